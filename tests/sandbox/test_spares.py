"""Spares: a class that comes in at once is served, and for a while more spares are kept than before."""

import asyncio

import pytest

from sandbox.client import connect
from sandbox.supervisor.demand import Demand
from sandbox.wire import Busy, Cell, SessionSpec
from tests.sandbox.talking import quiet
from tests.sandbox.test_resilience import start


@pytest.mark.jail
async def test_a_class_of_thirty_gets_thirty_sessions_and_more_spares_are_kept_afterwards() -> None:
    with start("--most-spares", "5") as started:
        async with connect(started.path) as executor:

            async def attend(number: int) -> str | None:
                ref = await executor.open(f"learner {number}", SessionSpec(), 100)
                await executor.run(ref, Cell(f"mine = {number}"), quiet)
                return (await executor.run(ref, Cell("mine"), quiet)).value

            values = await asyncio.gather(*(attend(number) for number in range(30)))
            assert values == [str(number) for number in range(30)]
            while (capacity := await executor.capacity()).spares < 5:
                await asyncio.sleep(0.05)
            assert (capacity.sessions, capacity.spares) == (30, 5)


@pytest.mark.jail
async def test_who_cannot_wait_is_told_when_to_come_back() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            opened = await asyncio.gather(
                *(executor.open(f"learner {number}", SessionSpec(), 0) for number in range(9)),
                return_exceptions=True,
            )
            refused = [result for result in opened if isinstance(result, Busy)]
            assert refused
            assert all(0 < busy.retry_after < 60 for busy in refused)
            await asyncio.sleep(max(busy.retry_after for busy in refused))
            ref = await executor.open("learner", SessionSpec(), 60)
            assert (await executor.run(ref, Cell("6 * 7"), quiet)).value == "42"


def test_each_who_waits_adds_a_spare_up_to_the_most() -> None:
    demand = Demand(least=2, most=4)
    assert demand.target(1000.0) == 2
    for _ in range(9):
        demand.somebody_waits(1000.0)
    assert demand.target(1000.0) == 4


def test_what_was_added_goes_one_by_one_when_it_is_quiet() -> None:
    demand = Demand(least=2, most=5)
    for _ in range(3):
        demand.somebody_waits(1000.0)
    kept = [demand.target(1000.0 + quiet) for quiet in (0, 29, 31, 61, 91, 9000)]
    assert kept == [5, 5, 4, 3, 2, 2]
    demand.somebody_waits(1031.0)
    assert demand.target(1031.0) == 5


def test_the_fewest_win_over_the_most() -> None:
    demand = Demand(least=20, most=16)
    demand.somebody_waits(0.0)
    assert demand.target(0.0) == 20


def test_how_long_spares_take_follows_how_long_they_took_of_late() -> None:
    demand = Demand(least=1, most=2)
    for _ in range(50):
        demand.took(3.0)
    assert demand.seconds_for(4) == pytest.approx(12.0, rel=0.01)
