"""How the program and the sandbox behind it are, for operators to look at."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.admission.runner import Admission
from bot.tutor.host import HostState, SandboxState, SoFar
from sandbox.wire import BackendUnavailable, Busy, Capacity

PATIENCE_SECONDS = 2.0
"""A sandbox that does not answer by then, or is still starting, tells nothing."""


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
        so_far: Callable[[], SoFar] = SoFar,
    ) -> None:
        self._executor = executor
        self._admission = admission
        self._database_bytes = database_bytes
        self._started = started
        self._so_far = so_far

    async def state(self) -> HostState:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                sandbox = _sandbox(await self._executor.capacity())
        except (Busy, BackendUnavailable, TimeoutError):
            sandbox = None
        running, waiting = self._admission.load
        return HostState(
            started=self._started,
            running=running,
            waiting=waiting,
            database_bytes=self._database_bytes(),
            sandbox=sandbox,
            trouble=self._executor.trouble or "",
            so_far=self._so_far(),
        )


def _sandbox(capacity: Capacity) -> SandboxState:
    return SandboxState(
        tier=capacity.tier,
        sessions=capacity.sessions,
        most_sessions=capacity.max_sessions,
        spares=capacity.spares,
        running=capacity.running,
        memory_bytes=capacity.memory_bytes,
        memory_free=capacity.memory_free,
        gpu_slots=capacity.gpu_slots,
        gpu_free=capacity.gpu_free,
        gpu_waiting=len(capacity.gpu_queue),
    )
