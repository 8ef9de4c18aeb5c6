"""A GPU slot: whose it is, who is next, when it comes back, and whose memory is whose."""

import asyncio
from pathlib import Path

import pytest

from sandbox.supervisor.device_memory import Ledger, NoGpu, describe, nvml
from sandbox.supervisor.slots import Lease, Slot, Slots, Terms
from sandbox.wire import Busy

_TERMS = Terms(idle_seconds=60, wanted_idle_seconds=10, turn_seconds=120, run_seconds=20)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def one(clock: Clock) -> Slots:
    return Slots((0,), 1, _TERMS, clock)


async def _waiting(slots: Slots, learner: str) -> "asyncio.Task[Lease]":
    task = asyncio.create_task(slots.lease(learner, 3600))
    while learner not in slots.queue:
        await asyncio.sleep(0)
    return task


async def test_who_asks_first_is_served_first(one: Slots) -> None:
    first = await one.lease("ada", 0)
    bob, cy = await _waiting(one, "bob"), await _waiting(one, "cy")
    assert (one.total, one.free, one.queue) == (1, 0, ("bob", "cy"))
    one.give_back(first)
    assert (await bob).learner == "bob"
    assert one.queue == ("cy",)
    one.give_back(bob.result())
    one.give_back(await cy)
    assert (one.free, len(one.leases), len(one.queue)) == (1, 0, 0)


async def test_a_slot_given_back_twice_is_one_slot(one: Slots) -> None:
    lease = await one.lease("ada", 0)
    one.give_back(lease)
    one.give_back(lease)
    assert one.free == 1


async def test_nobody_holds_two_slots_or_waits_twice() -> None:
    slots = Slots((0,), 2, _TERMS)
    await slots.lease("ada", 0)
    with pytest.raises(Busy):
        await slots.lease("ada", 0)
    await slots.lease("bob", 0)
    cy = await _waiting(slots, "cy")
    with pytest.raises(Busy):
        await slots.lease("cy", 3600)
    assert slots.queue == ("cy",)
    cy.cancel()


async def test_who_gives_up_leaves_the_line(one: Slots) -> None:
    lease = await one.lease("ada", 0)
    bob, cy = await _waiting(one, "bob"), await _waiting(one, "cy")
    bob.cancel()
    await asyncio.gather(bob, return_exceptions=True)
    assert one.queue == ("cy",)
    one.give_back(lease)
    assert (await cy).learner == "cy"


async def test_who_gives_up_in_the_moment_of_being_served_loses_no_slot(one: Slots) -> None:
    lease = await one.lease("ada", 0)
    bob = await _waiting(one, "bob")
    one.give_back(lease)
    bob.cancel()
    await asyncio.gather(bob, return_exceptions=True)
    assert (one.free, one.leases) == (1, ())


async def test_a_wait_that_was_too_short_says_how_long_it_will_take(
    one: Slots, clock: Clock
) -> None:
    lease = await one.lease("ada", 0)
    clock.now += 4
    with pytest.raises(Busy) as busy:
        await one.lease("bob", 0)
    assert busy.value.retry_after == pytest.approx(6)  # idle for 4 of the 10 s it may be
    assert one.queue == ()
    with one.running(lease), pytest.raises(Busy) as busy:
        await one.lease("bob", 0)
    assert busy.value.retry_after == pytest.approx(30)  # a run of 20 s and 10 s idle
    cy = await _waiting(one, "cy")
    with pytest.raises(Busy) as later:
        await one.lease("bob", 0)
    assert later.value.retry_after == pytest.approx(10 + 30)  # after cy's turn
    cy.cancel()


async def test_an_idle_slot_comes_back_sooner_when_somebody_waits(one: Slots, clock: Clock) -> None:
    lease = await one.lease("ada", 0)
    clock.now += 59
    assert one.due() == ()
    clock.now += 1
    assert one.due() == (lease,)
    with one.running(lease):
        assert one.due() == ()
    clock.now += 10
    assert one.due() == ()
    bob = await _waiting(one, "bob")
    assert one.due() == (lease,)
    bob.cancel()


async def test_nobody_keeps_a_wanted_slot_by_running_again_and_again(
    one: Slots, clock: Clock
) -> None:
    lease = await one.lease("ada", 0)
    bob = await _waiting(one, "bob")
    for _ in range(24):
        assert one.due() == ()
        with one.running(lease):
            clock.now += 5
    assert one.due() == (lease,)
    bob.cancel()


async def test_devices_are_shared_only_when_all_are_taken() -> None:
    slots = Slots((0, 1), 2, _TERMS)
    devices = [(await slots.lease(name, 0)).slot.device for name in "abcd"]
    assert devices == [0, 1, 0, 1]


def _lease(name: str, *, runs: int = 1) -> Lease:
    return Lease(Slot(0, 0), name, since=0, used=0, runs=runs)


def test_memory_beyond_the_cap_ends_the_only_session() -> None:
    ledger, ada = Ledger(100), _lease("ada")
    ledger.begin(empty=50, used=60, processes=1)
    assert ledger.look(60, 1, [ada]) is None
    assert ledger.look(160, 1, [ada]) is None
    assert ledger.look(180, 1, [ada]) is ada


def test_a_new_spare_is_not_charged_to_the_session() -> None:
    ledger, ada = Ledger(100), _lease("ada")
    ledger.begin(empty=0, used=30, processes=1)
    assert ledger.look(30 + 100 + 30, 2, [ada]) is None
    assert ledger.look(30 + 100 + 30 + 31, 2, [ada]) is ada


def test_what_others_hold_while_no_session_is_on_is_nobodys_fault() -> None:
    ledger, ada = Ledger(100), _lease("ada")
    ledger.begin(empty=0, used=10, processes=1)
    assert ledger.look(900, 1, []) is None
    assert ledger.look(990, 1, [ada]) is None
    assert ledger.look(1100, 1, [ada]) is ada


def test_growth_is_charged_to_whoever_runs() -> None:
    ledger, ada, bob = Ledger(100), _lease("ada"), _lease("bob", runs=0)
    ledger.begin(empty=0, used=0, processes=1)
    assert ledger.look(90, 1, [ada, bob]) is None
    ada.runs, bob.runs = 0, 1
    assert ledger.look(250, 1, [ada, bob]) is bob


def test_memory_that_went_with_its_session_is_credited_to_nobody() -> None:
    ledger, ada, bob = Ledger(100), _lease("ada"), _lease("bob", runs=0)
    ledger.begin(empty=0, used=0, processes=1)
    ledger.look(90, 1, [ada, bob])
    bob.runs = 1
    assert ledger.look(0, 1, [bob]) is None
    assert ledger.look(101, 1, [bob]) is bob


def test_without_a_gpu_the_reason_is_said() -> None:
    if list(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("there is a GPU")
    with pytest.raises(NoGpu, match="/dev/nvidia0"):
        nvml()
    assert describe() == ((), "there is no NVIDIA GPU here: /dev/nvidia0 does not exist")
