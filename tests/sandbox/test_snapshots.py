"""A killed cell is undone: the session goes back to how it was before, and says what does not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.wire import Cell, RunResult, SessionLost, SessionRef, SessionSpec
from tests.sandbox.processes import group
from tests.sandbox.talking import quiet

pytestmark = pytest.mark.jail

_PATIENCE_STEPS = 1000
_DIE = "import os; os._exit(7)"


class Notebook:
    """A session whose cells can be followed by a rest, long enough for its state to be kept."""

    def __init__(self, executor: LocalExecutor, ref: SessionRef) -> None:
        self._executor = executor
        self.ref = ref
        self.group = 0

    async def run(self, code: str, *, rewind: bool = False) -> RunResult:
        return await self._executor.run(self.ref, Cell(code, rewind=rewind), quiet)

    async def value(self, code: str) -> str | None:
        return (await self.run(code)).value

    async def rest_after(self, code: str) -> RunResult:
        """Run a cell and wait until there is a process that was not there before: its snapshot."""
        if not self.group:
            self.group = int((await self.value("import os; os.getpgrp()")) or 0)
            await self._until_others_than({self.group})
        known = set(group(self.group))
        result = await self.run(code)
        await self._until_others_than(known)
        return result

    async def _until_others_than(self, known: set[int]) -> None:
        for _ in range(_PATIENCE_STEPS):
            if set(group(self.group)) - known:
                return
            await asyncio.sleep(0.01)
        pytest.fail("no snapshot was taken")


@pytest.fixture
async def notebook(sandbox_socket: Path) -> AsyncIterator[Notebook]:
    async with connect(sandbox_socket) as executor:
        ref = await executor.open("learner", SessionSpec(), 20)
        yield Notebook(executor, ref)
        await executor.close(ref)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("x = 9; os._exit(7)", "killed"),
        ("x = 9; os.kill(os.getpid(), 9)", "killed"),
        ("x = 9\nimport ctypes\nctypes.string_at(0)", "killed"),
        ("x = 9\nimport mmap\nhoard = mmap.mmap(-1, 3 << 29)\nfor n in range(0, 3 << 29, 4096): hoard[n] = 1", "oom"),
        ("x = 9\nwhile True:\n    try:\n        while True: print('flood')\n    except BaseException: pass", "output_limit"),
        ("x = 9\nimport signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", "timeout"),
    ],
)  # fmt: skip
async def test_a_killed_cell_is_undone(notebook: Notebook, code: str, status: str) -> None:
    await notebook.rest_after("import os; x = 1; weights = torch.ones(3)")
    result = await notebook.run(code)
    assert (result.status, result.alive, result.restored) == (status, True, True)
    assert (
        await notebook.value("x, weights.sum().item(), 'hoard' in globals()") == "(1, 3.0, False)"
    )


async def test_random_states_are_as_they_were(notebook: Notebook) -> None:
    draw = "torch.rand(1).item(), random.random(), np.random.rand()"
    await notebook.rest_after("import os, random, numpy as np")
    await notebook.rest_after("torch.manual_seed(1); random.seed(2); np.random.seed(3)")
    await notebook.run(f"print({draw}); os._exit(1)")
    undone = await notebook.value(draw)
    await notebook.run("torch.manual_seed(1); random.seed(2); np.random.seed(3)")
    assert undone == await notebook.value(draw)


async def test_one_state_can_be_gone_back_to_again_and_again(notebook: Notebook) -> None:
    await notebook.rest_after("import os; x = [1]")
    for _ in range(3):
        assert (await notebook.run("x.append(2); os._exit(1)")).restored
    assert await notebook.value("x") == "[1]"


async def test_training_goes_on_where_it_was(notebook: Notebook) -> None:
    await notebook.rest_after(
        "import os\n"
        "torch.manual_seed(0)\n"
        "model = torch.nn.Linear(3, 1)\n"
        "optimiser = torch.optim.Adam(model.parameters())\n"
        "def step():\n"
        "    optimiser.zero_grad()\n"
        "    loss = model(torch.ones(2, 3)).pow(2).mean()\n"
        "    loss.backward()\n"
        "    optimiser.step()\n"
        "    return loss.item()\n"
    )
    await notebook.rest_after("first = [step() for _ in range(3)]")
    assert (await notebook.run("lost = [step() for _ in range(5)]; os._exit(1)")).restored
    await notebook.run("then = [step() for _ in range(3)]")
    await notebook.run("torch.manual_seed(0)\nmodel = torch.nn.Linear(3, 1)")
    await notebook.run("optimiser = torch.optim.Adam(model.parameters())")
    assert await notebook.value("first + then == [step() for _ in range(6)]") == "True"


async def test_files_and_shared_memory_stay_as_the_killed_cell_left_them(
    notebook: Notebook,
) -> None:
    await notebook.rest_after("import os; shared = torch.zeros(1).share_memory_()")
    await notebook.run("open('note', 'w').write('kept'); shared += 1; os._exit(1)")
    assert await notebook.value("open('note').read(), shared.item()") == "('kept', 1.0)"


@pytest.mark.parametrize(
    "left_over",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)",
        "big = torch.ones(50_000_000)",
    ],
)
async def test_what_a_snapshot_cannot_hold_is_lost_with_the_cell(
    notebook: Notebook, left_over: str
) -> None:
    await notebook.rest_after("import os; x = 1")
    await notebook.run(left_over)
    result = await notebook.run("os._exit(1)")
    assert (result.status, result.alive, result.restored) == ("killed", False, False)
    with pytest.raises(SessionLost):
        await notebook.run("x")


async def test_the_first_cell_is_undone_too(notebook: Notebook) -> None:
    result = await notebook.run("x = 1\nimport os\nos._exit(1)")
    assert (result.status, result.alive, result.restored) == ("killed", True, True)
    assert await notebook.value("'x' in globals(), 1 + 1") == "(False, 2)"


async def test_an_edited_cell_runs_on_the_state_before_it(notebook: Notebook) -> None:
    await notebook.rest_after("x = 1")
    await notebook.rest_after("x += 10; y = 5")
    result = await notebook.run("x += 100", rewind=True)
    assert (result.rewound, await notebook.value("x, 'y' in globals()")) == (True, "(101, False)")


async def test_an_edited_cell_can_be_edited_again(notebook: Notebook) -> None:
    await notebook.rest_after("x = 1")
    await notebook.rest_after("x += 10")
    for change in (20, 30, 40):
        result = await notebook.run(f"x += {change}; x", rewind=True)
        assert (result.rewound, result.value) == (True, str(1 + change))


async def test_the_first_cell_can_be_edited(notebook: Notebook) -> None:
    await notebook.run("x = 1; y = 2")
    for _ in range(2):
        result = await notebook.run("x = 3", rewind=True)
        assert result.rewound
    assert await notebook.value("x, 'y' in globals()") == "(3, False)"


async def test_an_edit_of_a_killed_cell_runs_on_what_it_was_undone_to(notebook: Notebook) -> None:
    await notebook.rest_after("import os; x = 1")
    assert (await notebook.run("x = 2; os._exit(1)")).restored
    result = await notebook.run("x += 1; x", rewind=True)
    assert (result.rewound, result.value) == (True, "2")


async def test_without_a_kept_state_an_edited_cell_says_that_it_ran_on_what_is(
    notebook: Notebook,
) -> None:
    await notebook.run("import threading, time; x = 1")
    await notebook.run(
        "t = threading.Thread(target=time.sleep, args=(60,), daemon=True); t.start()"
    )
    await notebook.run("x = 5")
    result = await notebook.run("x += 1; x", rewind=True)
    assert (result.rewound, result.value) == (False, "6")


async def test_the_learner_sees_no_child_and_keeps_the_pid(notebook: Notebook) -> None:
    await notebook.rest_after("import os; pid = os.getpid()")
    await notebook.rest_after("x = 1")
    code = "try:\n    os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError:\n    print('none')"
    assert (await notebook.run(code)).output == (("stdout", "none\n"),)
    assert await notebook.value("os.getpid() == pid") == "True"


async def test_a_fork_that_runs_to_the_end_of_its_cell_is_not_a_second_session(
    notebook: Notebook,
) -> None:
    await notebook.run("import os\nx = 1\nchild = os.fork()\nif child: os.waitpid(child, 0)")
    assert await notebook.value("x") == "1"


async def test_whoever_kills_the_snapshots_too_loses_the_session(notebook: Notebook) -> None:
    await notebook.rest_after("import os; x = 1")
    result = await notebook.run("os.killpg(0, 9)")
    assert (result.status, result.alive) == ("killed", False)
    for _ in range(_PATIENCE_STEPS):
        if not group(notebook.group):
            return
        await asyncio.sleep(0.01)
    pytest.fail("somebody is left")


async def test_whoever_breeds_is_killed_and_the_session_is_itself_again(
    notebook: Notebook,
) -> None:
    await notebook.rest_after("import os; x = 1")
    bomb = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    result = await notebook.run(bomb)
    assert result.status in ("timeout", "killed", "oom")
    if result.alive:  # else it went on breeding for half a second, and all of it is gone
        assert result.restored
        assert await notebook.value("x") == "1"


@pytest.mark.parametrize("frame", ["Snapshotted", "Woken", "NoSnapshot"])
async def test_a_forged_word_about_snapshots_ends_the_session(
    notebook: Notebook, frame: str
) -> None:
    await notebook.run("import os, struct; x = 1")
    forged = f"b'\\x81\\xa2is' + bytes([0xa0 + {len(frame)}]) + b'{frame}'"
    result = await notebook.run(
        f"body = {forged}\nos.write(3, struct.pack('>I', len(body)) + body)\nwhile True: pass"
    )
    assert (result.status, result.restored) == ("killed", False)
