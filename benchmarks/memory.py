"""What an idle session costs: (MemAvailable before − after) / sessions, each having trained with Adam.

Two minutes after a cell a session gives up what made it quick. Nobody waits for that here: one sandbox
is told to do it after two seconds, another one shows what sessions hold before.
"""

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.sandbox import open_session, own_sandbox, run
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
_READY_SECONDS = 2.0
_SPARES = 4
_MOST_BYTES = 12e6


@dataclass(frozen=True, slots=True)
class _Held:
    """Bytes per session: after its first cell, and after another one."""

    one_cell: float
    two_cells: float


async def rows(effort: Effort, *flags: str) -> list[Row]:
    """Measure on sandboxes of its own, started with `flags`."""
    async with own_sandbox(*flags, "--ready-seconds", str(_READY_SECONDS)) as path:
        idle = [await _median(path, count, effort, _READY_SECONDS) for count in effort.sessions]
    async with own_sandbox(*flags) as path:
        ready = [await _median(path, count, effort, 0.0) for count in effort.sessions]
    counts = f"{' / '.join(str(count) for count in effort.sessions)} open"
    most = (f"≤ {_MOST_BYTES / 1e6:.0f} MB", _MOST_BYTES)
    return [
        _row(f"memory per idle session, {counts}", [each.one_cell for each in idle], most),
        _row(f"the same after a second cell, {counts}", [each.two_cells for each in idle], most),
        _row(f"the same two minutes before, {counts}", [each.one_cell for each in ready]),
        _row(
            f"after a second cell two minutes before, {counts}", [each.two_cells for each in ready]
        ),
    ]


def _row(name: str, held: list[float], target: tuple[str, float] | None = None) -> Row:
    shown = f"{' / '.join(f'{each / 1e6:.1f}' for each in held)} MB"
    if target is None:
        return Row(name, shown)
    wanted, most = target
    return Row(name, shown, wanted, all(each <= most for each in held))


async def _median(path: Path, count: int, effort: Effort, ready_seconds: float) -> _Held:
    """A single session is lost in the noise of the machine: it is measured a few times over."""
    repeats = effort.single_repeats if count == 1 else 1
    measured = [await _once(path, count, ready_seconds) for _ in range(repeats)]
    return _Held(
        statistics.median(held.one_cell for held in measured),
        statistics.median(held.two_cells for held in measured),
    )


async def _once(path: Path, count: int, ready_seconds: float) -> _Held:
    async with connect(path) as executor:
        warm = await open_session(executor)
        await run(executor, warm, _TRAIN)
        await _settle(executor, ready_seconds)
        before = _available()
        opened: list[SessionRef] = []
        for _ in range(count):
            ref = await open_session(executor)
            await run(executor, ref, _TRAIN)
            opened.append(ref)
        await _settle(executor, ready_seconds)
        once = (before - _available()) / count
        for ref in opened:
            await run(executor, ref, _TRAIN)
        await _settle(executor, ready_seconds)
        twice = (before - _available()) / count
        for ref in [*opened, warm]:
            await executor.close(ref)
        return _Held(once, twice)


async def _settle(executor: LocalExecutor, ready_seconds: float) -> None:
    """Wait until as many spares are ready as ever, so that none counts as a session, and all snapshots."""
    await asyncio.sleep(ready_seconds)
    while (await executor.capacity()).spares < _SPARES:
        await asyncio.sleep(_SETTLE_SECONDS)
    await asyncio.sleep(_SETTLE_SECONDS)


def _available() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no MemAvailable in /proc/meminfo")
