"""How the program and its sandbox are, as operators are told."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.admission import Admission
from bot.admission.host import RunningHost
from bot.tutor.host import SandboxState, SoFar
from sandbox.wire import BackendUnavailable, Busy, Capacity
from tests.doubles.fake_executor import FakeExecutor

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Reached:
    """An executor that tells how full it is, or why it does not."""

    def __init__(self, capacity: Capacity | Exception, trouble: str | None = None) -> None:
        self._capacity = capacity
        self.trouble = trouble

    async def capacity(self) -> Capacity:
        if isinstance(self._capacity, Exception):
            raise self._capacity
        return self._capacity


async def test_what_the_sandbox_tells_is_passed_on() -> None:
    capacity = Capacity(
        tier="A",
        sessions=3,
        max_sessions=200,
        spares=4,
        running=1,
        gpu_slots=2,
        gpu_free=1,
        gpu_queue=("7", "8"),
        memory_bytes=16,
        memory_free=5,
    )
    admission = Admission(FakeExecutor())
    state = await RunningHost(Reached(capacity), admission, lambda: 77, STARTED).state()
    assert state.sandbox == SandboxState(
        tier="A",
        sessions=3,
        most_sessions=200,
        spares=4,
        running=1,
        memory_bytes=16,
        memory_free=5,
        gpu_slots=2,
        gpu_free=1,
        gpu_waiting=2,
    )
    assert (state.running, state.waiting, state.database_bytes) == (0, 0, 77)
    assert (state.started, state.trouble) == (STARTED, "")


@pytest.mark.parametrize("error", [BackendUnavailable("gone"), Busy(3.0)])
async def test_without_a_sandbox_it_says_why(error: Exception) -> None:
    reached = Reached(error, "nobody listens")
    state = await RunningHost(reached, Admission(FakeExecutor()), lambda: 0, STARTED).state()
    assert (state.sandbox, state.trouble) == (None, "nobody listens")


async def test_what_was_seen_so_far_is_passed_on() -> None:
    seen = SoFar(first_reply=0.2, chat_failures=3)
    reached = Reached(Busy(1.0))
    host = RunningHost(reached, Admission(FakeExecutor()), lambda: 0, STARTED, lambda: seen)
    assert (await host.state()).so_far == seen


async def test_a_sandbox_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(Reached):
        async def capacity(self) -> Capacity:
            await asyncio.sleep(60)
            raise AssertionError

    monkeypatch.setattr("bot.admission.host.PATIENCE_SECONDS", 0.05)
    silent = Silent(Busy(1.0))
    state = await RunningHost(silent, Admission(FakeExecutor()), lambda: 0, STARTED).state()
    assert state.sandbox is None
