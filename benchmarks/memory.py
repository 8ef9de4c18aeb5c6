"""What an idle session costs: (MemAvailable before − after) / sessions, each having trained with Adam."""

import asyncio
import statistics
from pathlib import Path

from benchmarks.sandbox import open_session, run
from sandbox.client import LocalExecutor, connect
from sandbox.wire import SessionRef

_TRAIN = """
import torch
model = torch.nn.Linear(10, 1)
optimiser = torch.optim.Adam(model.parameters())
for _ in range(20):
    optimiser.zero_grad()
    loss = torch.nn.functional.mse_loss(model(torch.rand(8, 10)), torch.rand(8, 1))
    loss.backward()
    optimiser.step()
"""
_SETTLE_SECONDS = 1.0
_SPARES = 4
_REPEATS = 9


async def bytes_per_session(path: Path, count: int) -> float:
    """Open `count` sessions, train a little in each, and return what each one holds, in bytes.

    A single session is lost in the noise of the machine: it is measured a few times over.
    """
    return statistics.median(
        [await _once(path, count) for _ in range(_REPEATS if count == 1 else 1)]
    )


async def _once(path: Path, count: int) -> float:
    async with connect(path) as executor:
        warm = await open_session(executor)
        await run(executor, warm, _TRAIN)
        await _settle(executor)
        before = _available()
        opened: list[SessionRef] = []
        for _ in range(count):
            ref = await open_session(executor)
            await run(executor, ref, _TRAIN)
            opened.append(ref)
        await _settle(executor)
        held = (before - _available()) / count
        for ref in [*opened, warm]:
            await executor.close(ref)
        return held


async def _settle(executor: LocalExecutor) -> None:
    """Wait until as many spares are ready as ever, so that none is counted as a session's memory."""
    while (await executor.capacity()).spares < _SPARES:
        await asyncio.sleep(_SETTLE_SECONDS)
    await asyncio.sleep(_SETTLE_SECONDS)


def _available() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no MemAvailable in /proc/meminfo")
