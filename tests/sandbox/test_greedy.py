"""One session takes all it can get, of each kind in turn: every other one keeps what it has and answers.

`GREEDY_SESSIONS=200 pytest tests/sandbox/test_greedy.py` is the long form.
"""

import asyncio
import itertools
import os

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.wire import Cell, RunResult, SessionRef, SessionSpec
from tests.sandbox.counted import counted
from tests.sandbox.talking import quiet

_SESSIONS = int(os.environ.get("GREEDY_SESSIONS", "40"))
_CALLERS = 4
_REST_SECONDS = 0.05
_PATIENCE_SECONDS = 60.0
_LIMITS = ("--cpu-seconds", "2", "--wall-seconds", "20", "--memory-bytes", str(300 * 2**20))
_FILL = """
import time
for n in range(40): open(f'part{n}', 'wb').write(b'x' * (16 << 20))
time.sleep(9)
"""
_GREEDS = {
    "cpu": ("import os\nfor _ in range(3): os.fork()\nwhile True: pass", {"timeout"}),
    "memory": (
        "import mmap\nm = mmap.mmap(-1, 1 << 30)\nfor n in range(0, 1 << 30, 4096): m[n] = 1",
        {"oom"},
    ),
    "processes": (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        {"timeout", "killed", "oom"},
    ),
    "output": ("import os\nwhile True: os.write(1, b'x' * 65536)", {"output_limit"}),
    "disk": (_FILL, {"killed"}),
}

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120 + 3 * _SESSIONS)]


async def test_a_greedy_session_is_ended_and_costs_no_other_its_variables() -> None:
    with counted("--max-sessions", str(_SESSIONS + 1), *_LIMITS) as sandbox:
        async with connect(sandbox.socket) as executor:
            before = await sandbox.held(executor)
            others = [_Neighbour(executor, await _open(executor), n) for n in range(_SESSIONS)]
            for code, statuses in _GREEDS.values():
                greedy = await _open(executor)
                running = asyncio.create_task(_run(executor, greedy, code))
                await _ask_while(running, others)
                assert (await running).status in statuses, (code, await running)
                await executor.close(greedy)
            for other in others:
                await other.answer()
                await executor.close(other.ref)
            assert await sandbox.held(executor, before) == before


class _Neighbour:
    """Keeps a count in its session, and knows what it must be."""

    def __init__(self, executor: LocalExecutor, ref: SessionRef, start: int) -> None:
        self._executor = executor
        self._kept = start
        self._fresh = True
        self.ref = ref

    async def answer(self) -> None:
        """Run a cell that builds on the one before."""
        code = f"kept = {self._kept}; kept" if self._fresh else "kept += 1; kept"
        self._kept += not self._fresh
        self._fresh = False
        result = await _run(self._executor, self.ref, code)
        assert (result.status, result.value) == ("ok", str(self._kept)), result


async def _ask_while(running: "asyncio.Task[RunResult]", others: list[_Neighbour]) -> None:
    """Ask one after the other for as long as `running` runs, and each at least once."""

    async def caller(mine: list[_Neighbour]) -> None:
        for asked, other in enumerate(itertools.cycle(mine)):
            if asked >= len(mine) and running.done():
                return
            await other.answer()
            await asyncio.sleep(_REST_SECONDS)

    async with asyncio.TaskGroup() as group:
        for number in range(_CALLERS):
            group.create_task(caller(others[number::_CALLERS]))


async def _open(executor: LocalExecutor) -> SessionRef:
    return await executor.open("learner", SessionSpec(), _PATIENCE_SECONDS)


async def _run(executor: LocalExecutor, ref: SessionRef, code: str) -> RunResult:
    return await executor.run(ref, Cell(code), quiet)
