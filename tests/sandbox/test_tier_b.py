"""Tier B, a plain user with namespaces: what it gives beyond tier C, and what stands without it."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.wire import Cell, RunResult, SessionRef, SessionSpec
from tests.sandbox.plain_user import (
    as_plain_user,
    serving_after_a_wrong_guess,
    serving_in_tier_b,
)
from tests.sandbox.talking import quiet, text_of

pytestmark = pytest.mark.jail


@pytest.fixture(scope="module")
def sandbox_socket() -> Iterator[Path]:
    with serving_in_tier_b("--wall-seconds", "10", "--cpu-seconds", "6") as path:
        yield path


async def _run(executor: LocalExecutor, ref: SessionRef, code: str) -> RunResult:
    return await executor.run(ref, Cell(code), quiet)


async def test_loader_workers_and_multiprocessing_work(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    code = """
import multiprocessing as mp
def square(x): return x * x
with mp.Pool(2) as pool:
    print(pool.map(square, [1, 2, 3]))
import torch.utils.data as d
loader = d.DataLoader(d.TensorDataset(torch.arange(8.)), batch_size=4, num_workers=2)
print(sum(batch[0].sum().item() for batch in loader))
"""
    result = await _run(executor, ref, code)
    assert (text_of(result), result.tier) == ("[1, 4, 9]\n28.0\n", "B"), result


async def test_a_session_has_a_root_without_the_rest_of_the_machine(
    executor: LocalExecutor, ref: SessionRef, sandbox_socket: Path
) -> None:
    there = [
        path
        for path in ("/etc/passwd", "/etc/group", "/dev/tty", "/var", "/bin")
        if os.path.lexists(path) and not sys.prefix.startswith(f"{path}/")  # the way to Python
    ]
    there.append(str(sandbox_socket))
    code = f"import os\n[p for p in {there} if os.path.lexists(p)], os.uname().nodename"
    assert len(there) > 3
    assert (await _run(executor, ref, code)).value == "([], 'learner')"


async def test_sessions_see_neither_folder_nor_shared_memory_of_each_other(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    leave = "import os\nopen('mine', 'w').close()\nopen('/dev/shm/mine', 'w').close()\nprint(os.getcwd(), end='')"
    folder = text_of(await _run(executor, ref, leave))
    assert [path.name for path in Path(folder).iterdir()] == ["mine"]
    other = await executor.open("other", SessionSpec(), 20)
    look = f"import os\n[os.path.lexists(p) for p in ({folder!r}, '/dev/shm/mine', '/dev/shm', os.getcwd())]"
    seen = await _run(executor, other, look)
    await executor.close(other)
    assert seen.value == "[False, False, True, True]", seen


async def test_a_session_holds_no_capability(executor: LocalExecutor, ref: SessionRef) -> None:
    code = "{line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')}"
    assert (await _run(executor, ref, code)).value == "{'0000000000000000'}"


async def test_threads_of_one_session_take_none_from_another(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    """Forty each are more than one limit of sixty-four allows."""
    code = """
import threading
stop = threading.Event()
for _ in range(40): threading.Thread(target=stop.wait, daemon=True).start()
threading.active_count()
"""
    other = await executor.open("other", SessionSpec(), 20)
    counts = [(await _run(executor, each, code)).value for each in (ref, other)]
    await executor.close(other)
    assert counts == ["41", "41"]


async def test_a_killed_cell_is_undone(executor: LocalExecutor, ref: SessionRef) -> None:
    await _run(executor, ref, "kept = 6")
    killed = await _run(
        executor, ref, "import os, signal\nkept = 0\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    assert (killed.status, killed.restored) == ("killed", True)
    assert (await _run(executor, ref, "kept * 7")).value == "42"


def test_the_doctor_says_why_a_plain_user_gets_no_better_tier() -> None:
    done = as_plain_user("C", "doctor", "--json")
    found = json.loads(done.stdout)
    assert (found["tier"], found["serves"]) == ("C", True), found
    namespaces = next(layer for layer in found["layers"] if "namespaces" in layer["name"])
    assert not namespaces["on"]
    assert "a user namespace: Operation not permitted" in namespaces["why"]
    assert any("Operation not permitted" in advice for advice in found["better"])


def test_the_doctor_runs_a_cell_sandbox_socket(sandbox_socket: Path) -> None:
    done = as_plain_user("B", "doctor", "--json")
    found = json.loads(done.stdout)
    assert (found["tier"], found["serves"]) == ("B", True), found
    assert set(found["writable"]) == {"its own folder", "/dev/shm"}
    assert all(layer["on"] for layer in found["layers"] if "namespaces" in layer["name"])


@pytest.mark.parametrize("even_the_template", [True, False])
async def test_where_namespaces_fail_only_when_it_counts_tier_c_serves(
    even_the_template: bool,
) -> None:
    with serving_after_a_wrong_guess(even_the_template=even_the_template) as path:
        async with connect(path) as executor:
            ref = await executor.open("learner", SessionSpec(), 20)
            result = await _run(executor, ref, "6 * 7")
            assert (result.value, result.tier) == ("42", "C")
