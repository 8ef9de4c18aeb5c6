"""The same on a real GPU: run by `make test-gpu`, skipped where there is none."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor
from sandbox.supervisor.device_memory import MeterError, NoGpu, nvml
from sandbox.wire import Cell, RunResult, SessionRef, SessionSpec
from tests.conftest import serving
from tests.sandbox.talking import quiet

pytestmark = [pytest.mark.gpu, pytest.mark.jail]

_GPU = SessionSpec(device="cuda")


@pytest.fixture(scope="module")
def sandbox_socket() -> Iterator[Path]:
    """A sandbox that must offer a GPU; its limits leave time for a slow first kernel."""
    try:
        nvml().gpus()
    except (NoGpu, MeterError) as error:
        pytest.skip(str(error))
    with serving("--device", "cuda", "--wall-seconds", "60", "--cpu-seconds", "60") as path:
        yield path


@pytest.fixture
async def ref(executor: LocalExecutor) -> AsyncIterator[SessionRef]:
    opened = await executor.open("ada", _GPU, 60)
    yield opened
    await executor.close(opened)


async def _run(executor: LocalExecutor, ref: SessionRef, code: str) -> RunResult:
    return await executor.run(ref, Cell(code), quiet)


async def test_tensors_live_on_the_gpu_between_cells(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    first = await _run(executor, ref, "x = torch.ones(1000, 1000, device='cuda')")
    assert first.status == "ok", first
    result = await _run(executor, ref, "(x @ x).sum().item()")
    assert result.value == "1000000000.0", result
    assert result.inspection is not None
    assert result.inspection.tensors[0].device == "cuda:0"


async def test_training_with_backward_and_adam_works(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    """Backward starts a thread for the device: in the child that is no trouble."""
    code = """
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(72, 3)).cuda()
optimiser = torch.optim.Adam(model.parameters())
images, labels = torch.rand(4, 1, 8, 8).cuda(), torch.randint(0, 3, (4,)).cuda()
for _ in range(5):
    optimiser.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimiser.step()
loss.isfinite().item()
"""
    result = await _run(executor, ref, code)
    assert (result.status, result.value) == ("ok", "True"), result


async def test_two_sessions_draw_different_numbers_on_the_gpu(executor: LocalExecutor) -> None:
    drawn = set()
    for _ in range(2):
        ref = await executor.open("ada", _GPU, 60)
        drawn.add((await _run(executor, ref, "torch.rand(1, device='cuda').item()")).value)
        await executor.close(ref)
    assert len(drawn) == 2


async def test_a_device_side_assert_ends_that_session_only(executor: LocalExecutor) -> None:
    cpu = await executor.open("bob", SessionSpec(device="cpu"), 60)
    await _run(executor, cpu, "x = 41")
    ref = await executor.open("ada", _GPU, 60)
    code = "torch.arange(3, device='cuda')[torch.tensor([7], device='cuda')]"
    result = await _run(executor, ref, code)
    assert (result.status, result.alive) == ("error", False), result
    assert result.error is not None
    assert result.error.hint is not None
    assert result.error.hint.kind == "gpu_lost"
    assert (await _run(executor, cpu, "x + 1")).value == "42"
    again = await executor.open("ada", _GPU, 60)
    assert (await _run(executor, again, "torch.ones(2, device='cuda').sum().item()")).value == "2.0"
    await executor.close(again)
    await executor.close(cpu)


async def test_an_error_that_spoils_nothing_keeps_the_session(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    result = await _run(executor, ref, "torch.ones(1, device='cuda:99')")
    assert (result.status, result.alive) == ("error", True), result
    assert (await _run(executor, ref, "torch.ones(2, device='cuda').sum().item()")).value == "2.0"


async def test_more_device_memory_than_lent_is_out_of_memory_and_the_session_lives(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    code = "torch.empty(torch.cuda.get_device_properties(0).total_memory, dtype=torch.uint8, device='cuda')"
    result = await _run(executor, ref, code)
    assert (result.status, result.alive) == ("oom", True), result


async def test_memory_taken_around_the_allocator_ends_the_session(
    executor: LocalExecutor, ref: SessionRef
) -> None:
    code = """
import time
torch.cuda.set_per_process_memory_fraction(1.0)
free, total = torch.cuda.mem_get_info()
held = torch.empty(free - (256 << 20), dtype=torch.uint8, device='cuda')
time.sleep(20)
"""
    result = await _run(executor, ref, code)
    assert (result.status, result.alive) == ("oom", False), result


async def test_a_cpu_session_opens_no_device(executor: LocalExecutor) -> None:
    ref = await executor.open("bob", SessionSpec(device="cpu"), 60)
    result = await _run(executor, ref, "torch.ones(1).cuda()")
    assert result.error is not None
    assert result.error.hint is not None
    assert result.error.hint.kind == "needs_gpu"
    code = "import os\nos.open('/dev/nvidiactl', os.O_RDWR)"
    refused = await _run(executor, ref, code)
    assert refused.error is not None
    assert refused.error.type == "PermissionError"
    await executor.close(ref)
