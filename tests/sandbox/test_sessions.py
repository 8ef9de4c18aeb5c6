"""A session is a notebook: what stays between cells, what is shown, and how a cell can end."""

import asyncio
import os

import pytest

from sandbox.client import LocalExecutor
from sandbox.jail import priority
from sandbox.jail.tiers import detect
from sandbox.supervisor.usage import cpu_seconds
from sandbox.wire import (
    Cell,
    PlainValue,
    SessionLost,
    SessionRef,
    SessionSpec,
    Stream,
    TensorValue,
)
from tests.sandbox.talking import Run, quiet, text_of

pytestmark = pytest.mark.jail

_THREAD = (
    "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
)
"""Leaves behind what no snapshot can hold."""


async def test_variables_stay_and_torch_is_imported(run: Run) -> None:
    await run("x = torch.arange(3)")
    result = await run("x.sum()")
    assert (result.status, result.value) == ("ok", "tensor(3)")


async def test_the_last_expression_is_the_value_and_underscore(run: Run) -> None:
    assert (await run("6 * 7")).value == "42"
    assert (await run("_ + 1")).value == "43"
    assert (await run("_;")).value is None
    assert (await run("None")).value is None


async def test_await_works_at_the_top_level_across_cells(run: Run) -> None:
    await run("import asyncio\nasync def later():\n    await asyncio.sleep(0.01)\n    return 5")
    assert (await run("await later()")).value == "5"
    await run("task = asyncio.ensure_future(later())")
    assert (await run("await task")).value == "5"


async def test_display_shows_a_repr(run: Run) -> None:
    assert text_of(await run("display('a', 1)")) == "'a'\n1\n"


async def test_stdout_and_stderr_keep_their_order(run: Run) -> None:
    code = """
import sys, os
for n in range(20):
    print(n)
    print(n, file=sys.stderr)
print("end", end="")
os.write(2, b"raw")
"""
    result = await run(code)
    alternating = "".join(f"{n}\n{n}\n" for n in range(20))
    assert text_of(result).startswith(alternating)
    assert result.output[0] == ("stdout", "0\n")
    assert result.output[1] == ("stderr", "0\n")


async def test_output_reaches_the_caller_while_the_cell_runs(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    heard: list[str] = []

    async def listen(_stream: Stream, text: str) -> None:
        heard.append(text)
        if "waiting" in text:
            await executor.interrupt(ref)

    code = "import time\nprint('waiting')\ntime.sleep(30)"
    result = await executor.run(ref, Cell(code), listen)
    assert result.status == "interrupted"
    assert result.alive
    assert "".join(heard).startswith("waiting")


async def test_a_traceback_shows_only_the_learners_lines(run: Run) -> None:
    await run("def f(a, b):\n    return torch.nn.functional.linear(a, b)")
    result = await run("import torch\n\nf(torch.ones(2, 3), torch.ones(4, 5))")
    assert result.status == "error"
    assert result.error is not None
    assert result.error.type == "RuntimeError"
    assert result.error.line == 2 or result.error.line == 3
    assert "functional.py" not in result.error.traceback
    assert "sandbox" not in result.error.traceback
    assert "return torch.nn.functional.linear(a, b)" in result.error.traceback


async def test_a_syntax_error_names_its_line(run: Run) -> None:
    result = await run("x = 1\nif x\n    pass")
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("SyntaxError", 2)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("%matplotlib inline", "magic"),
        ("!pip install x", "shell"),
        ("import pandas", "missing_module"),
        ("input()", "no_input"),
        ("import urllib.request as u\nu.urlopen('http://example.org')", "no_network"),
        ("torch.ones(3).cuda()", "needs_gpu"),
        ("torch.nn.Linear(2, 2).to('cuda')", "needs_gpu"),
        ("torch.ones(3, device='cuda:1')", "needs_gpu"),
        ("torch.cuda.get_device_name(0)", "needs_gpu"),
        ("torch.cuda.set_device(0)", "needs_gpu"),
        ("torch.Generator(device='cuda')", "needs_gpu"),
        ("torch.cuda.FloatTensor(3)", "needs_gpu"),
        ("torch.ones(3).to(0)", "needs_gpu"),
        ("torch.cuda.Stream()", "needs_gpu"),
        ("torch.hub.load_state_dict_from_url('https://example.org/m.pt')", "no_network"),
    ],
)
async def test_sandbox_errors_carry_a_hint(run: Run, code: str, kind: str) -> None:
    result = await run(code)
    assert result.error is not None
    assert result.error.hint is not None
    assert result.error.hint.kind == kind


async def test_mixed_devices_can_be_shown_without_a_gpu_and_without_waiting(run: Run) -> None:
    """All that fake tensors need is imported already; alone that would take seconds."""
    code = """
import sys
before = set(sys.modules)
from torch._subclasses.fake_tensor import FakeTensorMode
with FakeTensorMode():
    print(torch.ones(3, device="cuda") + torch.tensor(1.0))
    try:
        torch.ones(3) + torch.ones(3, device="cuda")
    except RuntimeError as error:
        print(error)
set(sys.modules) - before
"""
    result = await run(code)
    assert "device='cuda:0', size=(3,)" in text_of(result)
    assert "Expected all tensors to be on the same device" in text_of(result)
    assert result.value == "set()"


async def test_the_text_alone_of_a_spoilt_gpu_ends_no_session_on_the_cpu(run: Run) -> None:
    result = await run("raise RuntimeError('CUDA error: device-side assert triggered')")
    assert result.alive
    assert result.error is not None
    assert result.error.hint is None


async def test_input_reads_what_came_with_the_cell(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    result = await executor.run(ref, Cell("input() + input()", stdin="a\nb\n"), quiet)
    assert result.value == "'ab'"


async def test_sys_exit_zero_is_ok_and_the_session_lives(run: Run) -> None:
    await run("x = 1")
    result = await run("import sys\nsys.exit(0)")
    assert (result.status, result.exit_code, result.alive) == ("ok", 0, True)
    assert (await run("x")).value == "1"


async def test_given_values_are_bound_and_replaced_names_told(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    data = b"\0\0\x80?\0\0\0@"
    await executor.run(ref, Cell("n = 1"), quiet)
    cell = Cell("(n, F)", given={"n": PlainValue(2), "F": TensorValue("float32", (2,), data)})
    result = await executor.run(ref, cell, quiet)
    assert result.value == "(2, tensor([1., 2.]))"
    assert result.replaced == ("n",)


async def test_the_inspector_reports_tensors(run: Run) -> None:
    result = await run("a = torch.ones(2, 3, requires_grad=True)\nb = (a * 2)\nc = a.detach().T")
    assert result.inspection is not None
    a, b, c = result.inspection.tensors
    assert (a.name, a.shape, a.dtype, a.device) == ("a", (2, 3), "float32", "cpu")
    assert (a.requires_grad, a.grad_fn, a.bytes) == (True, None, 24)
    assert (a.min, a.mean, a.max, a.nan) == (1.0, 1.0, 1.0, 0)
    assert b.grad_fn == "MulBackward0"
    assert ([other.name for other in c.shares_with], c.contiguous) == (["a"], False)


async def test_looking_changes_neither_version_nor_random_state(run: Run) -> None:
    await run("torch.manual_seed(3)\nx = torch.ones(100, 100)")
    assert (await run("x._version")).value == "0"
    drawn = (await run("torch.rand(1).item()")).value
    assert (await run("torch.manual_seed(3).initial_seed(), torch.rand(1).item()")).value == (
        f"(3, {drawn})"
    )


async def test_two_sessions_draw_different_numbers(executor: LocalExecutor) -> None:
    drawn = set()
    for _ in range(3):
        ref = await executor.open("x", SessionSpec(), 20)
        code = "import random, numpy\n(torch.rand(1).item(), random.random(), numpy.random.rand())"
        drawn.add((await executor.run(ref, Cell(code), quiet)).value)
        await executor.close(ref)
    assert len(drawn) == 3


async def test_a_lost_session_is_never_reopened_silently(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    await executor.run(ref, Cell(_THREAD), quiet)
    await executor.run(ref, Cell("import os; os._exit(0)"), quiet)
    with pytest.raises(SessionLost) as lost:
        await executor.run(ref, Cell("1"), quiet)
    assert lost.value.ran == "no"


async def test_an_unknown_epoch_is_a_lost_session(executor: LocalExecutor) -> None:
    with pytest.raises(SessionLost):
        await executor.run(SessionRef("0" * 32, "other"), Cell("1"), quiet)


async def test_code_that_is_too_long_is_refused(executor: LocalExecutor, ref: SessionRef) -> None:
    with pytest.raises(ValueError, match="characters"):
        await executor.run(ref, Cell("#" * 70_000), quiet)


async def test_training_data_loaders_and_pools_work_inside(run: Run) -> None:
    code = """
import torch.utils.data as d
class Numbers(d.Dataset):
    def __len__(self): return 8
    def __getitem__(self, i): return torch.tensor([float(i)])
model = torch.nn.Linear(1, 1)
optimiser = torch.optim.Adam(model.parameters())
for batch in d.DataLoader(Numbers(), batch_size=4):
    optimiser.zero_grad()
    model(batch).sum().backward()
    optimiser.step()
'done'
"""
    result = await run(code)
    assert result.value == "'done'", result


async def test_loader_workers_and_multiprocessing_work_where_they_may(run: Run) -> None:
    code = """
import multiprocessing as mp
def square(x): return x * x
with mp.Pool(2) as pool:
    print(pool.map(square, [1, 2, 3]))
import torch.utils.data as d
loader = d.DataLoader(d.TensorDataset(torch.arange(8.)), batch_size=4, num_workers=2)
print(sum(batch[0].sum().item() for batch in loader))
"""
    result = await run(code)
    if result.tier == "C":
        pytest.skip("worker processes need local sockets, which tier C refuses")
    assert text_of(result) == "[1, 4, 9]\n28.0\n", result


async def test_what_a_cell_leaves_running_stops_between_cells(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    """A thread that spins on costs nobody anything, and goes on with the next cell."""
    spin = "import threading\ncount = [0]\ndef f():\n while True: count[0] += 1\nthreading.Thread(target=f, daemon=True).start()"
    await executor.run(ref, Cell(spin), quiet)
    pid = (await executor.run(ref, Cell("import os; os.getpid()"), quiet)).value
    await asyncio.sleep(1.5)
    before = cpu_seconds(int(pid or 0))
    await asyncio.sleep(1.0)
    assert cpu_seconds(int(pid or 0)) == before
    assert (await executor.run(ref, Cell("count[0] > 0"), quiet)).value == "True"


async def test_carets_stand_under_what_failed(run: Run) -> None:
    result = await run("x = torch.ones(2, 3)\nx @ x")
    assert result.error is not None
    assert "    x @ x\n    ~~^~~\n" in result.error.traceback


async def test_a_long_run_steps_back_and_the_next_one_does_not(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    if not detect().priority_returns:
        pytest.skip("a plain user here may lower a priority, but not give it back")
    pid = int((await executor.run(ref, Cell("import os; os.getpid()"), quiet)).value or 0)
    code = "import time\nwhile time.process_time() < 1.5: pass\nprint('long', flush=True)\ntime.sleep(0.5)"
    seen: list[int] = []

    async def look(_stream: Stream, _text: str) -> None:
        seen.append(os.getpriority(os.PRIO_PROCESS, pid))

    await executor.run(ref, Cell(code), look)
    assert seen == [15]
    await executor.run(ref, Cell("1"), quiet)
    assert os.getpriority(os.PRIO_PROCESS, pid) == priority.NICE
