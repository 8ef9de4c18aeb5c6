"""How the program and its sandbox are, as operators are told."""

from datetime import UTC, datetime

import pytest

from bot.admission import Admission
from bot.admission.host import RunningHost
from bot.tutor.host import SandboxState
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
    )
    admission = Admission(FakeExecutor())
    state = await RunningHost(Reached(capacity), admission, lambda: 77, STARTED).state()
    assert state.sandbox == SandboxState(
        tier="A",
        sessions=3,
        most_sessions=200,
        spares=4,
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
