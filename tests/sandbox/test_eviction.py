"""Sessions that nobody uses make way: after a while, for newcomers, and where memory runs short."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.supervisor import memory
from sandbox.supervisor.eviction import LEFT_ALONE, MEMORY_WAS_SHORT, Rules
from sandbox.wire import Busy, Cell, SessionLost, SessionRef, SessionSpec
from tests.sandbox.talking import quiet
from tests.sandbox.test_resilience import start

_NEVER_ENOUGH_BYTES = str(1 << 60)


async def _open(executor: LocalExecutor, learner: str = "learner") -> SessionRef:
    return await executor.open(learner, SessionSpec(), 60)


async def _until_sessions(executor: LocalExecutor, number: int) -> None:
    while (await executor.capacity()).sessions != number:
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _sandbox(*flags: str) -> AsyncIterator[LocalExecutor]:
    with start(*flags) as started:
        async with connect(started.path) as executor:
            yield executor


@pytest.mark.jail
async def test_a_session_left_alone_is_ended_and_its_learner_told_why() -> None:
    async with _sandbox("--idle-minutes", "0.01") as executor:
        ref = await _open(executor)
        assert (await executor.run(ref, Cell("x = 1\nx"), quiet)).value == "1"
        await _until_sessions(executor, 0)
        with pytest.raises(SessionLost) as lost:
            await executor.run(ref, Cell("x"), quiet)
        assert (lost.value.why, lost.value.ran) == (LEFT_ALONE, "no")


@pytest.mark.jail
async def test_a_session_is_not_idle_while_its_cell_runs() -> None:
    async with _sandbox("--idle-minutes", "0.01") as executor:
        ref = await _open(executor)
        code = "import time\ntime.sleep(4)\n'still here'"
        assert (await executor.run(ref, Cell(code), quiet)).value == "'still here'"


@pytest.mark.jail
async def test_where_memory_is_short_the_longest_idle_goes_and_a_running_one_stays() -> None:
    async with _sandbox("--memory-floor-bytes", _NEVER_ENOUGH_BYTES) as executor:
        idle, used = await _open(executor), await _open(executor)
        code = "import time\ntime.sleep(15)\n'still here'"
        running = asyncio.create_task(executor.run(used, Cell(code), quiet))
        await _until_sessions(executor, 1)
        with pytest.raises(SessionLost) as lost:
            await executor.run(idle, Cell("1"), quiet)
        assert (lost.value.why, lost.value.ran) == (MEMORY_WAS_SHORT, "no")
        assert (await running).value == "'still here'"


@pytest.mark.jail
async def test_no_more_sessions_than_allowed_even_if_all_come_at_once() -> None:
    async with _sandbox("--max-sessions", "3") as executor:
        opened = await asyncio.gather(
            *(_open(executor, f"learner {number}") for number in range(8)), return_exceptions=True
        )
        refused = [result for result in opened if isinstance(result, Busy)]
        assert len(refused) == 5
        assert (await executor.capacity()).sessions == 3
        # Nobody was idle for a minute yet: who comes back sooner comes in vain.
        assert all(0 < busy.retry_after <= 60 for busy in refused)


def test_the_longest_idle_makes_room_once_it_was_left_alone_for_a_minute() -> None:
    rules, idle = Rules(1800.0), {"young": 100.0, "old": 50.0}
    assert rules.for_room(idle, 105.0) is None
    assert rules.seconds_to_room(idle, 105.0) == 5.0
    assert rules.for_room(idle, 111.0) == "old"


def test_where_memory_is_short_one_goes_at_a_time_longest_idle_first() -> None:
    rules, idle = Rules(1800.0), {"young": 100.0, "old": 50.0}
    assert rules.due(idle, 120.0, memory_is_short=True) == {"old": MEMORY_WAS_SHORT}
    assert rules.due(idle, 120.0, memory_is_short=False) == {}
    assert rules.due(idle, 51.0, memory_is_short=True) == {}
    assert rules.due(idle, 2000.0, memory_is_short=True) == dict.fromkeys(idle, LEFT_ALONE)


def test_memory_is_short_below_a_floor() -> None:
    assert memory.is_short(1 << 60)
    assert not memory.is_short(0)
