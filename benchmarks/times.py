"""How long a run takes: a new learner's first, one in a live session, in Jupyter, and cold.

The four are interleaved, so that a noisy machine is noisy for all of them. A newcomer comes after a
pause, in which a spare is made; live runs and Jupyter's come in bursts, so that both are equally warm.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from benchmarks.sandbox import open_session, run
from sandbox.client import LocalExecutor, connect
from sandbox.wire import SessionRef

CODE = "import torch; x = torch.rand(5, 5); print(x)"
_ROUNDS = 60
_BURST = 5
_COLD_ROUNDS = 5
_WARM_UP = 5
_PAUSE_SECONDS = 0.12
"""A learner's pause: long enough for a spare to be made before the next newcomer."""


@dataclass(slots=True)
class Times:
    """Seconds of every measured run, by what was measured."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, seconds: list[float]) -> None:
        self.seconds.setdefault(what, []).extend(seconds)

    def p50(self, what: str) -> float:
        return statistics.median(self.seconds[what])

    def p95(self, what: str) -> float:
        return statistics.quantiles(self.seconds[what], n=20)[-1]


async def measure(path: Path) -> Times:
    """Return the times of all four, measured in turns on the sandbox at `path`."""
    times = Times()
    manager, kernel = await _warm_kernel()
    try:
        async with connect(path) as executor:
            live = await open_session(executor)
            await _in_turns(
                times,
                _Newcomer(executor),
                lambda: run(executor, live, CODE),
                lambda: kernel.execute_interactive(CODE, output_hook=lambda _: None),
            )
    finally:
        kernel.stop_channels()
        await manager.shutdown_kernel(now=True)
    return times


class _Newcomer:
    """Opens a session and runs once in it; leaves afterwards, when nobody looks at the clock."""

    def __init__(self, executor: LocalExecutor) -> None:
        self._executor = executor
        self._ref: SessionRef | None = None

    async def come(self) -> None:
        self._ref = await open_session(self._executor)
        await run(self._executor, self._ref, CODE)

    async def leave(self) -> None:
        if self._ref is not None:
            await self._executor.close(self._ref)


Once = Callable[[], Awaitable[object]]


async def _in_turns(times: Times, newcomer: _Newcomer, live: Once, jupyter: Once) -> None:
    for number in range(-_WARM_UP, _ROUNDS):
        await asyncio.sleep(_PAUSE_SECONDS)
        seconds = {"first": [await _timed(newcomer.come)]}
        await newcomer.leave()
        seconds["live"] = [await _timed(live) for _ in range(_BURST)]
        seconds["jupyter"] = [await _timed(jupyter) for _ in range(_BURST)]
        if number >= 0:
            for what, measured in seconds.items():
                times.add(what, measured)
            if number % (_ROUNDS // _COLD_ROUNDS) == 0:
                times.add("cold", [_cold()])


async def _timed(once: Once) -> float:
    started = time.perf_counter()
    await once()
    return time.perf_counter() - started


def _cold() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", CODE], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


async def _warm_kernel() -> tuple[AsyncKernelManager, AsyncKernelClient]:
    manager = AsyncKernelManager(kernel_name="python3")
    await manager.start_kernel()
    kernel = manager.client()
    kernel.start_channels()
    await kernel.wait_for_ready(timeout=60)
    return manager, kernel
