"""GPU sessions end to end, on invented devices: the line, the end of a lease, and who dies of what."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.supervisor.device_memory import cap_bytes
from sandbox.wire import Busy, Capacity, Cell, SessionLost, SessionRef, SessionSpec, Stream
from tests.sandbox.fake_gpu import GIB, Started, serving_invented_gpus
from tests.sandbox.talking import quiet

pytestmark = pytest.mark.jail

_GPU = SessionSpec(device="cuda")
_PATIENCE_SECONDS = 30
_TOO_MUCH = 9 * GIB


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """One invented GPU with one slot, kept for long."""
    with serving_invented_gpus() as serving:
        yield serving


@pytest.fixture
async def executor(started: Started) -> AsyncIterator[LocalExecutor]:
    started.meter.show(0)
    async with connect(started.path) as connected:
        yield connected
        await _until_free(connected)


async def test_a_gpu_session_is_a_session(executor: LocalExecutor) -> None:
    ref = await executor.open("ada", _GPU, 20)
    assert (await executor.capacity()).gpu_free == 0
    assert (await _run(executor, ref, "x = torch.ones(2)")) is None
    assert (await _run(executor, ref, "x.sum().item()")) == "2.0"
    await executor.close(ref)
    assert (await executor.capacity()).gpu_free == 1


async def test_an_open_choice_of_device_takes_no_slot(executor: LocalExecutor) -> None:
    ref = await executor.open("ada", SessionSpec(), 20)
    capacity = await executor.capacity()
    assert (capacity.gpu_slots, capacity.gpu_free) == (1, 1)
    await executor.close(ref)


async def test_the_second_learner_sees_the_line_and_is_served_next(executor: LocalExecutor) -> None:
    ada = await executor.open("ada", _GPU, 20)
    bob = asyncio.create_task(executor.open("bob", _GPU, _PATIENCE_SECONDS))
    await _until(executor, lambda c: c.gpu_queue == ("bob",))
    cy = asyncio.create_task(executor.open("cy", _GPU, _PATIENCE_SECONDS))
    await _until(executor, lambda c: c.gpu_queue == ("bob", "cy"))
    await executor.close(ada)
    ref = await bob
    assert await _run(executor, ref, "'bob'") == "'bob'"
    assert (await executor.capacity()).gpu_queue == ("cy",)
    await executor.close(ref)
    await executor.close(await cy)


async def test_no_slot_within_the_deadline_is_busy_and_leaves_the_line(
    executor: LocalExecutor,
) -> None:
    ada = await executor.open("ada", _GPU, 20)
    with pytest.raises(Busy) as busy:
        await executor.open("bob", _GPU, 0.1)
    assert 1 <= busy.value.retry_after <= 60
    assert (await executor.capacity()).gpu_queue == ()
    await executor.close(ada)


async def test_a_client_that_hangs_up_leaves_the_line(
    executor: LocalExecutor, started: Started
) -> None:
    ada = await executor.open("ada", _GPU, 20)
    async with connect(started.path) as other:
        waiting = asyncio.create_task(other.open("bob", _GPU, 3600))
        await _until(executor, lambda c: c.gpu_queue == ("bob",))
    await asyncio.gather(waiting, return_exceptions=True)
    await _until(executor, lambda c: c.gpu_queue == ())
    await executor.close(ada)


async def test_what_a_learner_left_on_the_gpu_makes_way_for_the_same_learner(
    executor: LocalExecutor,
) -> None:
    old = await executor.open("ada", _GPU, 20)
    new = await executor.open("ada", _GPU, 20)
    with pytest.raises(SessionLost, match="you took the GPU anew"):
        await _run(executor, old, "1")
    assert await _run(executor, new, "1") == "1"
    await executor.close(new)


async def test_a_crash_gives_the_slot_back(executor: LocalExecutor) -> None:
    ref = await executor.open("ada", _GPU, 20)
    result = await executor.run(ref, Cell("import os; os._exit(3)"), quiet)
    assert (result.status, result.alive) == ("killed", False)
    await _until_free(executor)


async def test_a_spoilt_context_ends_its_session_and_gives_the_slot_back(
    executor: LocalExecutor,
) -> None:
    """On an invented GPU every look at the device fails, once the session takes it for real."""
    cpu = await executor.open("bob", SessionSpec(), 20)
    ref = await executor.open("ada", _GPU, 20)
    await _run(executor, cpu, "x = 41")
    code = "import sys; sys.modules['sandbox.child.gpu']._State.entered = True"
    result = await executor.run(ref, Cell(code), quiet)
    assert (result.status, result.alive) == ("error", False)
    assert result.error is not None
    assert result.error.hint is not None
    assert result.error.hint.kind == "gpu_lost"
    with pytest.raises(SessionLost):
        await _run(executor, ref, "1")
    assert await _run(executor, cpu, "x + 1") == "42"
    await executor.close(cpu)


async def test_too_much_device_memory_ends_the_run_and_no_other(
    executor: LocalExecutor, started: Started
) -> None:
    cpu = await executor.open("bob", SessionSpec(), 20)
    await _run(executor, cpu, "x = 41")
    ref = await executor.open("ada", _GPU, 20)
    code = Cell("import time\nprint('on', flush=True)\ntime.sleep(15)")
    result = await executor.run(ref, code, _then(lambda: started.meter.show(_TOO_MUCH)))
    assert (result.status, result.alive) == ("oom", False)
    assert await _run(executor, cpu, "x + 1") == "42"
    started.meter.show(0)
    await _until_free(executor)
    await executor.close(cpu)


async def test_too_much_device_memory_between_cells_ends_the_session(
    executor: LocalExecutor, started: Started
) -> None:
    ref = await executor.open("ada", _GPU, 20)
    await _run(executor, ref, "1")
    gpu = started.meter.gpus()[0]
    started.meter.show(cap_bytes(gpu, 1) + GIB)
    await _until_free(executor)
    with pytest.raises(SessionLost, match="memory"):
        await _run(executor, ref, "1")


async def test_a_gpu_that_cannot_be_read_is_used_by_nobody(
    executor: LocalExecutor, started: Started
) -> None:
    ref = await executor.open("ada", _GPU, 20)
    (started.meter.folder / "0").write_text("gone")
    await _until_free(executor)
    with pytest.raises(SessionLost):
        await _run(executor, ref, "1")
    started.meter.show(0)
    again = await executor.open("ada", _GPU, 20)
    assert await _run(executor, again, "1") == "1"
    await executor.close(again)


async def test_a_killed_gpu_template_is_replaced_and_nobody_notices(
    executor: LocalExecutor, started: Started
) -> None:
    cpu = await executor.open("bob", SessionSpec(), 20)
    ref = await executor.open("ada", _GPU, 20)
    await _run(executor, ref, "x = 41")
    before = _templates(started.guard)
    assert len(before) == 2
    os.kill(max(before), signal.SIGKILL)  # the CPU's was started first
    assert await _run(executor, ref, "x + 1") == "42"
    assert await _run(executor, cpu, "1") == "1"
    await executor.close(ref)
    for _ in range(2):  # the spare that was there, and one of the new template
        ref = await executor.open("ada", _GPU, 60)
        assert await _run(executor, ref, "1 + 1") == "2"
        await executor.close(ref)
    assert len(_templates(started.guard)) == 2
    await executor.close(cpu)


async def test_an_idle_gpu_is_given_back_and_the_learner_told() -> None:
    with serving_invented_gpus(idle_seconds=0.5) as started:
        async with connect(started.path) as executor:
            ref = await executor.open("ada", _GPU, 20)
            await executor.run(ref, Cell("import time; time.sleep(1.5)"), quiet)
            await _until_free(executor)
            with pytest.raises(SessionLost) as lost:
                await _run(executor, ref, "1")
            assert (lost.value.why, lost.value.ran) == ("the GPU was given back", "no")


async def test_an_idle_gpu_goes_to_whoever_waits() -> None:
    with serving_invented_gpus("--gpu-slots", "2", wanted_idle_seconds=0.5) as started:
        async with connect(started.path) as executor:
            for name in ("ada", "bob"):
                await executor.open(name, _GPU, 20)
            ref = await executor.open("cy", _GPU, _PATIENCE_SECONDS)
            assert await _run(executor, ref, "1") == "1"


async def test_every_gpu_has_a_template_of_its_own() -> None:
    with serving_invented_gpus(gpus=2) as started:
        async with connect(started.path) as executor:
            refs = [await executor.open(name, _GPU, 20) for name in ("ada", "bob")]
            assert [await _run(executor, ref, "1") for ref in refs] == ["1", "1"]
            assert len(_templates(started.guard)) == 3
            started.meter.show(_TOO_MUCH, index=1)
            await _until(executor, lambda c: c.gpu_free == 1)
            assert await _run(executor, refs[0], "1") == "1"
            with pytest.raises(SessionLost):
                await _run(executor, refs[1], "1")


async def test_nothing_on_a_gpu_outlives_the_guard() -> None:
    with serving_invented_gpus() as started:
        async with connect(started.path) as executor:
            await executor.open("ada", _GPU, 20)
            everything = _descendants(started.guard)
            assert len(everything) >= 5  # a supervisor, two templates, the session, spares
            os.kill(started.guard, signal.SIGKILL)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while any(_is_alive(pid) for pid in everything):
                    await asyncio.sleep(0.05)


async def test_with_device_cuda_everybody_is_on_a_gpu() -> None:
    with serving_invented_gpus("--device", "cuda") as started:
        async with connect(started.path) as executor:
            ref = await executor.open("ada", SessionSpec(), 20)
            assert (await executor.capacity()).gpu_free == 0
            cpu = await executor.open("bob", SessionSpec(device="cpu"), 20)
            assert await _run(executor, cpu, "1") == await _run(executor, ref, "1")


async def test_with_device_cpu_no_gpu_is_offered() -> None:
    with serving_invented_gpus("--device", "cpu") as started:
        async with connect(started.path) as executor:
            assert (await executor.capacity()).gpu_slots == 0
            with pytest.raises(ValueError, match="no GPU here"):
                await executor.open("ada", _GPU, 20)


async def test_a_gpu_that_fails_its_own_test_is_not_offered() -> None:
    """The real GPU template, whose children find no device: the CPU is served all the same."""
    if list(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("there is a GPU")
    with serving_invented_gpus(really=True) as started:
        async with connect(started.path) as executor:
            assert (await executor.capacity()).gpu_slots == 0
            ref = await executor.open("ada", SessionSpec(), 20)
            assert await _run(executor, ref, "1") == "1"
            assert len(_templates(started.guard)) == 1


def test_asked_for_a_gpu_that_is_not_there_the_sandbox_says_so(tmp_path: Path) -> None:
    if list(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("there is a GPU")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sandbox", "serve", "--socket", str(tmp_path / "s")),
            *("--device", "cuda"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        "sandbox: device cuda: there is no NVIDIA GPU here: /dev/nvidia0 does not exist"
    )


def _then(act: Callable[[], None]) -> Callable[[Stream, str], Awaitable[None]]:
    async def on_output(_stream: Stream, _text: str) -> None:
        act()

    return on_output


async def _run(executor: LocalExecutor, ref: SessionRef, code: str) -> str | None:
    return (await executor.run(ref, Cell(code), quiet)).value


async def _until(executor: LocalExecutor, holds: Callable[[Capacity], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not holds(await executor.capacity()):
            await asyncio.sleep(0.05)


async def _until_free(executor: LocalExecutor) -> None:
    await _until(executor, lambda c: c.gpu_free == c.gpu_slots)


def _templates(guard: int) -> list[int]:
    """Return the pids of the templates behind `guard`; their children look the same but are not."""
    (supervisor,) = _children(guard)
    return [pid for pid in _children(supervisor) if b"sandbox.child" in _command(pid)]


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in tasks.split()]


def _descendants(pid: int) -> set[int]:
    return {below for child in _children(pid) for below in (child, *_descendants(child))}


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
