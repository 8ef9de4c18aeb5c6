"""Hundreds of good and hostile runs, eight at a time: every status right, and nothing left or grown."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.jail import uids
from sandbox.wire import Busy, Cell, SessionRef, SessionSpec, Stream
from tests.sandbox.test_resilience import start

pytestmark = pytest.mark.jail

_RUNS = int(os.environ.get("SOAK_RUNS", "200"))
_AT_ONCE = 8
_CASES = [
    ("print(1)", {"ok"}),
    ("x = torch.rand(3, 3)\nx @ x", {"ok"}),
    ("open('f', 'w').write('x' * 1000)", {"ok"}),
    ("1 / 0", {"error"}),
    ("import sys; sys.exit(2)", {"error"}),
    ("import os; os._exit(3)", {"killed"}),
    ("import ctypes; ctypes.string_at(0)", {"killed"}),
    ("print('x' * 3_000_000)", {"output_limit"}),
    ("torch.ones(10**12)", {"oom"}),
    ("import os; os.closerange(0, 300)", {"killed", "ok"}),
    ("import os, time\nfor _ in range(3):\n    if os.fork() == 0: time.sleep(100)", {"ok"}),
]


async def test_many_hostile_runs_leave_nothing_behind() -> None:
    chance = random.Random(7)
    with start() as started:
        async with connect(started.path) as executor:
            before = _descriptors(started.supervisor)
            gate = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(
                *(_visit(executor, gate, *chance.choice(_CASES)) for _ in range(_RUNS))
            )
            await _settled(executor)
            capacity = await executor.capacity()
            assert capacity.sessions == 0
            assert capacity.running == 0
            # Each spare takes three descriptors, and there may be a spare or two more than before.
            assert _descriptors(started.supervisor) <= before + 3 * 2
            if capacity.tier == "A":
                owned = {p for p in started.everything() if _uid(p) >= uids.FIRST_UID}
                assert len(owned) == capacity.spares


async def _visit(
    executor: LocalExecutor, gate: asyncio.Semaphore, code: str, expected: set[str]
) -> None:
    async with gate:
        ref = await _open(executor)
        result = await executor.run(ref, Cell(code), _quiet)
        assert result.status in expected, (code, result)
        if result.alive:
            assert (await executor.run(ref, Cell("41 + 1"), _quiet)).value == "42", code
        await executor.close(ref)


async def _open(executor: LocalExecutor) -> SessionRef:
    while True:
        try:
            return await executor.open("visitor", SessionSpec(), 60)
        except Busy as busy:
            await asyncio.sleep(busy.retry_after)


async def _settled(executor: LocalExecutor) -> None:
    """Wait until the pool is full again and what was closed is gone."""
    while (await executor.capacity()).spares < 2:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)


async def _quiet(_stream: Stream, _text: str) -> None:
    pass


def _descriptors(pid: int) -> int:
    """Count pipes and sockets; the locks of leased uids stay, to be leased again."""
    links = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return sum(link.startswith(("pipe:", "socket:")) for link in links)


def _uid(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return 0
