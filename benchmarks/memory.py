"""What an idle session costs: (MemAvailable before − after) / sessions, each having trained with Adam."""

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.sandbox import open_session, run
from benchmarks.table import Row
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
_MOST_BYTES = 12e6


@dataclass(frozen=True, slots=True)
class _Held:
    """Bytes per session: with the one snapshot of its first cell, and with the two after another."""

    one_snapshot: float
    two_snapshots: float


async def rows(path: Path, effort: Effort) -> list[Row]:
    """Measure on the sandbox at `path`."""
    held = [await _median(path, count, effort.single_repeats) for count in effort.sessions]
    counts = " / ".join(str(count) for count in effort.sessions)
    return [
        _row(f"one snapshot, {counts} open", [each.one_snapshot for each in held]),
        _row(f"trained again, two snapshots, {counts} open", [each.two_snapshots for each in held]),
    ]


def _row(name: str, held: list[float]) -> Row:
    return Row(
        f"memory per idle session that trained with Adam, {name}",
        f"{' / '.join(f'{each / 1e6:.1f}' for each in held)} MB",
        f"≤ {_MOST_BYTES / 1e6:.0f} MB",
        all(each <= _MOST_BYTES for each in held),
    )


async def _median(path: Path, count: int, single_repeats: int) -> _Held:
    """A single session is lost in the noise of the machine: it is measured a few times over."""
    measured = [await _once(path, count) for _ in range(single_repeats if count == 1 else 1)]
    return _Held(
        statistics.median(held.one_snapshot for held in measured),
        statistics.median(held.two_snapshots for held in measured),
    )


async def _once(path: Path, count: int) -> _Held:
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
        once = (before - _available()) / count
        for ref in opened:
            await run(executor, ref, _TRAIN)
        await _settle(executor)
        twice = (before - _available()) / count
        for ref in [*opened, warm]:
            await executor.close(ref)
        return _Held(once, twice)


async def _settle(executor: LocalExecutor) -> None:
    """Wait until as many spares are ready as ever, so that none counts as a session, and all snapshots."""
    while (await executor.capacity()).spares < _SPARES:
        await asyncio.sleep(_SETTLE_SECONDS)
    await asyncio.sleep(_SETTLE_SECONDS)


def _available() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no MemAvailable in /proc/meminfo")
