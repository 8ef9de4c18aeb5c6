"""What visitors of a soak do: good, clumsy and hostile cells, each with the statuses it may end with."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from sandbox.client import LocalExecutor, connect
from sandbox.wire import (
    Busy,
    Cell,
    Evaluation,
    PlainValue,
    RunResult,
    SessionRef,
    SessionSpec,
    Status,
    Stream,
    ValueOf,
)
from tests.sandbox.counted import SHARED_MARK
from tests.sandbox.talking import quiet

_PATIENCE_SECONDS = 120.0

_DIE = "import os; os._exit(3)"
_TRAIN = """
model = torch.nn.Linear(10, 1)
optimiser = torch.optim.Adam(model.parameters())
for _ in range(3):
    optimiser.zero_grad()
    model(torch.rand(8, 10)).pow(2).mean().backward()
    optimiser.step()
optimiser.state_dict()['state'][0]['step'].item()
"""
_FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('그림')"

Hostile = tuple[str, set[Status]]
_QUICK: list[Hostile] = [
    ("1 / 0", {"error"}),
    ("import sys; sys.exit(2)", {"error"}),
    (_DIE, {"killed"}),
    ("import ctypes; ctypes.string_at(0)", {"killed"}),
    ("print('x' * 3_000_000)", {"output_limit"}),
    ("torch.ones(10**12)", {"oom"}),
    ("import os; os.closerange(0, 300)", {"killed", "ok"}),
    ("import os; os.write(2, b'y' * 500); os.kill(0, 9)", {"killed"}),
    ("import os, time\nfor _ in range(3):\n    if os.fork() == 0: time.sleep(100)", {"ok"}),
    ("import os, time\nif os.fork() == 0:\n    if os.fork() == 0: time.sleep(100)\n    os._exit(0)", {"ok"}),
    ("import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()", {"ok"}),
    (f"import os\ntry: open(f'/dev/shm/{SHARED_MARK}{{os.getpid()}}', 'w').write('x')\nexcept OSError: pass", {"ok"}),
    ("import os\nfor n in range(60):\n    os.makedirs(f'a/b{n}'); os.symlink('/etc/passwd', f'a/b{n}/c')", {"ok"}),
    # Names, not files: ext4 without a journal passes over each inode that was freed within a minute, and
    # where thousands were, the time to make one more file is what a run is ended for.
    ("import os\nopen('f', 'w').close()\nfor n in range(2500): os.link('f', f'f{n}')", {"killed"}),
]  # fmt: skip
_SLOW: list[Hostile] = [
    ("while True: pass", {"timeout"}),
    ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", {"timeout", "killed", "oom"}),
    ("import mmap\nm = mmap.mmap(-1, 600 << 20)\nfor n in range(0, 600 << 20, 4096): m[n] = 1", {"oom"}),
]  # fmt: skip


class Soak:
    """Visitors of one sandbox at `path`; counts their runs and those that were undone."""

    def __init__(self, path: Path, executor: LocalExecutor, chance: random.Random) -> None:
        self._path = path
        self._executor = executor
        self._chance = chance
        self.runs = 0
        self.restored = 0

    async def until(self, runs: int, at_once: int) -> None:
        """Let `at_once` visitors come and go until there were `runs` runs."""

        async def keep_coming() -> None:
            while self.runs < runs:
                await asyncio.wait_for(self._visit(), _PATIENCE_SECONDS)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(keep_coming())

    async def _visit(self) -> None:
        kinds = (
            *(self._learn, self._learn, self._be_hostile, self._be_hostile, self._be_hostile),
            *(self._be_undone, self._be_undone, self._rewind, self._draw, self._write),
            *(self._evaluate, self._interrupt, self._hang_up, self._leave_at_once),
        )
        visit: Callable[[SessionRef], Awaitable[None]] = self._chance.choice(kinds)
        ref = await self._open()
        await visit(ref)
        await self._executor.close(ref)

    async def _open(self) -> SessionRef:
        while True:
            try:
                return await self._executor.open("visitor", SessionSpec(), _PATIENCE_SECONDS)
            except Busy as busy:
                await asyncio.sleep(busy.retry_after)

    async def _run(
        self, ref: SessionRef, code: str, *statuses: Status, rewind: bool = False
    ) -> RunResult:
        self.runs += 1
        result = await self._executor.run(ref, Cell(code, rewind=rewind), quiet)
        assert result.status in (statuses or ("ok",)), (code, result)
        self.restored += result.restored
        return result

    async def _learn(self, ref: SessionRef) -> None:
        assert (await self._run(ref, _TRAIN)).value == "3.0"
        await self._run(ref, "model(torch.rand(3, 3))", "error")
        assert (
            await self._run(ref, "model(torch.rand(3, 10)).shape")
        ).value == "torch.Size([3, 1])"

    async def _be_hostile(self, ref: SessionRef) -> None:
        cases = _SLOW if self._chance.random() < 0.05 else _QUICK
        code, expected = self._chance.choice(cases)
        result = await self._run(ref, code, *expected)
        if result.alive:
            assert (await self._run(ref, "41 + 1")).value == "42", (code, result)

    async def _be_undone(self, ref: SessionRef) -> None:
        await self._run(ref, "x = [1]")
        result = await self._run(ref, f"x.append(2); {_DIE}", "killed")
        assert result.alive == result.restored
        if result.restored:
            assert (await self._run(ref, "x")).value == "[1]"

    async def _rewind(self, ref: SessionRef) -> None:
        await self._run(ref, "x = [1]")
        await self._run(ref, "x.append(2)")
        result = await self._run(ref, "x.append(3)", rewind=True)
        expected = "[1, 3]" if result.rewound else "[1, 2, 3]"
        assert (await self._run(ref, "x")).value == expected

    async def _draw(self, ref: SessionRef) -> None:
        assert len((await self._run(ref, _FIGURE)).figures) <= 1
        assert not (await self._run(ref, "1")).figures

    async def _write(self, ref: SessionRef) -> None:
        result = await self._run(ref, "open('a.txt', 'w').write('x' * 1000); None")
        assert [file.name for file in result.files] in (["a.txt"], [])
        await self._run(ref, "open('b.txt', 'w').write('x'); import os; os._exit(0)", "killed")

    async def _evaluate(self, _ref: SessionRef) -> None:
        good, bad = self._job("y = n + 1"), self._job("import os; os._exit(0)")
        self.runs += 2
        exports = await self._executor.evaluate(good, _PATIENCE_SECONDS)
        assert (exports.status, exports.values) == ("ok", {"y": PlainValue(3)})
        assert (await self._executor.evaluate(bad, _PATIENCE_SECONDS)).status == "killed"

    @staticmethod
    def _job(code: str) -> Evaluation:
        return Evaluation(
            given={"n": PlainValue(2)}, cells=(code,), exports={"y": ValueOf("y")}, seed=1
        )

    async def _interrupt(self, ref: SessionRef) -> None:
        async def stop(_stream: Stream, _text: str) -> None:
            await self._executor.interrupt(ref)

        self.runs += 1
        code = "import time\nprint('on')\ntime.sleep(60)"
        result = await self._executor.run(ref, Cell(code), stop)
        assert result.status == "interrupted", result
        assert (await self._run(ref, "41 + 1")).value == "42"

    async def _hang_up(self, ref: SessionRef) -> None:
        """A client that goes away in the middle of a run."""
        began = asyncio.Event()

        async def listen(_stream: Stream, _text: str) -> None:
            began.set()

        self.runs += 1
        async with connect(self._path) as another:
            cell = Cell("import time\nprint('on')\ntime.sleep(60)")
            running = asyncio.create_task(another.run(ref, cell, listen))
            await began.wait()
        await asyncio.gather(running, return_exceptions=True)

    async def _leave_at_once(self, ref: SessionRef) -> None:
        await self._executor.close(ref)
