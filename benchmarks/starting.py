"""How long it takes until there is somebody to run code: a whole sandbox, and one more spare."""

import asyncio
import time
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.sandbox import open_session, own_sandbox
from benchmarks.table import Row
from benchmarks.times import Times, cold, timed
from sandbox.client import LocalExecutor, connect

_IMPORT = "import torch"
_POLL_SECONDS = 0.002


async def rows(path: Path, effort: Effort) -> list[Row]:
    """Measure starts of other sandboxes, and the refilling of the one at `path`."""
    times = Times()
    for _ in range(effort.starts):
        await _start(times)
        times.add("cold", cold(_IMPORT))
    async with connect(path) as executor:
        for _ in range(effort.refills):
            await _refill(executor, times)
    return [
        Row(
            f'start of sandbox and template, until the first spare is proven / cold `python -c "{_IMPORT}"`',
            f"{times.ratio('start', 'cold'):.1f} ×",
        ),
        Row(
            f'cold `python -c "{_IMPORT}"` / a spare made anew after one was taken',
            f"{times.ratio('cold', 'refill'):.0f} ×",
            spread=times.spread("refill"),
        ),
    ]


async def _start(times: Times) -> None:
    started = time.perf_counter()
    async with own_sandbox():
        times.add("start", time.perf_counter() - started)


async def _refill(executor: LocalExecutor, times: Times) -> None:
    """Take one of the spares, and wait until there are as many as before."""
    full = (await executor.capacity()).spares
    ref = await open_session(executor)

    async def filled() -> None:
        while (await executor.capacity()).spares < full:
            await asyncio.sleep(_POLL_SECONDS)

    times.add("refill", await timed(filled))
    await executor.close(ref)
