"""What a greedy session costs the others: p95 of their runs beside it / the same without it.

All sessions are alive; a few callers go round them at a human pace, for many at once would measure
only each other. Every run of the greedy one ends at a limit, and it starts again until time is up.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.effort import Effort
from benchmarks.sandbox import ignore_output, open_session, own_sandbox, run
from benchmarks.table import MOST_SPREAD, Row
from benchmarks.times import Times
from sandbox.client import LocalExecutor, connect
from sandbox.wire import Cell, SessionLost, SessionRef

_CALLERS = 20
_PACE_SECONDS = 0.5
_LIMITS = ("--wall-seconds", "4", "--cpu-seconds", "3")
_QUIET = "quiet"
_MEMORY = """
import mmap
m = mmap.mmap(-1, 3 << 29)
for n in range(0, 3 << 29, 4096): m[n] = 1
"""
_DISK = """
import time
for n in range(40): open(f'part{n}', 'wb').write(b'x' * (16 << 20))
time.sleep(4)
"""
_GREEDS = {
    "CPU": "import os\nfor _ in range(3): os.fork()\nwhile True: pass",
    "memory": _MEMORY,
    "processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "output": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "disk": _DISK,
}


async def rows(effort: Effort) -> list[Row]:
    """Measure on a sandbox of its own with short limits."""
    times = Times()
    flags = ("--max-sessions", str(effort.live), *_LIMITS)
    async with own_sandbox(*flags) as path, connect(path) as executor:
        others = [await _Neighbour.of(executor, n) for n in range(effort.live - 1)]
        await _go_round(others, Times(), _QUIET, effort.greedy_seconds / 2)
        await _go_round(others, times, _QUIET, effort.greedy_seconds)
        for greed, code in _GREEDS.items():
            async with _greedy(executor, code):
                await _go_round(others, times, greed, effort.greedy_seconds)
        lost = sum([not await other.is_as_it_was() for other in others])
    quiet = times.p95(_QUIET)
    sessions = f"{effort.live} live"
    return [
        *(
            Row(
                f"p95 of the others beside one greedy for {greed} / without, {sessions}",
                f"{times.p95(greed) / quiet:.1f} ×",
                f"≤ {MOST_SPREAD:.0f} ×",
                times.p95(greed) <= MOST_SPREAD * quiet,
            )
            for greed in _GREEDS
        ),
        Row(f"sessions lost beside the greedy one, {sessions}", str(lost), "0", lost == 0),
    ]


class _Neighbour:
    """One of the many: its session holds a number of its own."""

    def __init__(self, executor: LocalExecutor, ref: SessionRef, number: int) -> None:
        self._executor = executor
        self._ref = ref
        self._number = number

    @classmethod
    async def of(cls, executor: LocalExecutor, number: int) -> "_Neighbour":
        ref = await open_session(executor)
        await run(executor, ref, f"kept = {number}")
        return cls(executor, ref, number)

    async def ask(self) -> None:
        await run(self._executor, self._ref, "x = torch.rand(5, 5)\nprint(x)")

    async def is_as_it_was(self) -> bool:
        try:
            return (await run(self._executor, self._ref, "kept")).value == str(self._number)
        except SessionLost:
            return False


async def _go_round(others: list[_Neighbour], times: Times, what: str, seconds: float) -> None:
    give_up = time.perf_counter() + seconds

    async def caller(mine: list[_Neighbour], delay: float) -> None:
        await asyncio.sleep(delay)
        for other in itertools.cycle(mine):
            started = time.perf_counter()
            if started >= give_up:
                return
            with contextlib.suppress(SessionLost):
                await other.ask()
                times.add(what, time.perf_counter() - started)
            await asyncio.sleep(_PACE_SECONDS)

    callers = min(_CALLERS, len(others))
    await asyncio.gather(
        *(caller(others[n::callers], n * _PACE_SECONDS / callers) for n in range(callers))
    )


@asynccontextmanager
async def _greedy(executor: LocalExecutor, code: str) -> AsyncIterator[None]:
    """Run `code` again and again in a session, and in another one whenever that is lost."""

    async def go_on() -> None:
        while True:
            ref = await open_session(executor)
            try:
                while (await executor.run(ref, Cell(code), ignore_output)).alive:
                    pass
            finally:
                await executor.close(ref)

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
