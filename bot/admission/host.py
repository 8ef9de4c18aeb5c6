"""How the program and the sandbox behind it are, for operators to look at."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.admission.runner import Admission
from bot.tutor.host import HostState, SandboxState
from sandbox.wire import BackendUnavailable, Busy, Capacity


class WithCapacity(Protocol):
    """An executor, as far as it tells how full it is; `trouble` is why it is out of reach."""

    trouble: str | None

    async def capacity(self) -> Capacity: ...


class RunningHost:
    """The `Host` (bot.tutor.host) of a running program."""

    def __init__(
        self,
        executor: WithCapacity,
        admission: Admission,
        database_bytes: Callable[[], int],
        started: datetime,
    ) -> None:
        self._executor = executor
        self._admission = admission
        self._database_bytes = database_bytes
        self._started = started

    async def state(self) -> HostState:
        try:
            sandbox = _sandbox(await self._executor.capacity())
        except (Busy, BackendUnavailable):
            sandbox = None
        running, waiting = self._admission.load
        return HostState(
            started=self._started,
            running=running,
            waiting=waiting,
            database_bytes=self._database_bytes(),
            sandbox=sandbox,
            trouble=self._executor.trouble or "",
        )


def _sandbox(capacity: Capacity) -> SandboxState:
    return SandboxState(
        tier=capacity.tier,
        sessions=capacity.sessions,
        most_sessions=capacity.max_sessions,
        spares=capacity.spares,
        gpu_slots=capacity.gpu_slots,
        gpu_free=capacity.gpu_free,
        gpu_waiting=len(capacity.gpu_queue),
    )
