"""How many runs a second there are, with one caller and with several at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.jupyter import jupyter
from benchmarks.sandbox import open_session, run
from benchmarks.table import Row
from benchmarks.times import CODE
from sandbox.client import LocalExecutor, connect

_CALLERS = (1, 2, 4, 8)

Once = Callable[[], Awaitable[object]]


async def rows(path: Path, effort: Effort) -> list[Row]:
    """Measure on the sandbox at `path`; every caller has a connection of its own."""
    seconds = effort.window_seconds
    strangers = [await _strangers(path, callers, seconds) for callers in _CALLERS]
    live = [await _live(path, callers, seconds) for callers in _CALLERS]
    async with jupyter() as kernel:
        await kernel.run(CODE)
        alone = await _a_second([lambda: kernel.run(CODE)], seconds)
    callers = " / ".join(str(number) for number in _CALLERS)
    return [
        Row(f"new learners a second (open, run, close), {callers} callers", _each(strangers)),
        Row(f"runs a second in live sessions, {callers} callers", _each(live)),
        Row("runs a second in warm Jupyter, 1 caller", f"{alone:.0f}"),
    ]


async def _strangers(path: Path, callers: int, seconds: float) -> float:
    async with AsyncExitStack() as stack:
        executors = [await stack.enter_async_context(connect(path)) for _ in range(callers)]
        return await _a_second([lambda e=e: _visit(e) for e in executors], seconds)  # type: ignore[misc]


async def _visit(executor: LocalExecutor) -> None:
    ref = await open_session(executor)
    await run(executor, ref, CODE)
    await executor.close(ref)


async def _live(path: Path, callers: int, seconds: float) -> float:
    async with AsyncExitStack() as stack:
        executors = [await stack.enter_async_context(connect(path)) for _ in range(callers)]
        refs = [await open_session(executor) for executor in executors]
        pairs = list(zip(executors, refs, strict=True))
        for executor, ref in pairs:
            await run(executor, ref, CODE)
        rate = await _a_second([lambda e=e, r=r: run(e, r, CODE) for e, r in pairs], seconds)  # type: ignore[misc]
        for executor, ref in pairs:
            await executor.close(ref)
        return rate


async def _a_second(callers: list[Once], seconds: float) -> float:
    """Let every caller go on for `seconds`; returns how many rounds a second there were in all."""
    started = time.perf_counter()

    async def go_on(once: Once) -> int:
        rounds = 0
        while time.perf_counter() - started < seconds:
            await once()
            rounds += 1
        return rounds

    rounds = await asyncio.gather(*(go_on(once) for once in callers))
    return sum(rounds) / (time.perf_counter() - started)


def _each(rates: list[float]) -> str:
    return " / ".join(f"{rate:.0f}" for rate in rates)
