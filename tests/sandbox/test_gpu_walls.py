"""What a GPU child's walls let through beyond a CPU child's: device files, and names for its threads."""

import mmap
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.jail import uids
from sandbox.jail.confine import SYSTEM, Enclosure, confine, gpu_devices, verify
from sandbox.jail.limits import Limits
from sandbox.jail.tiers import NoSandbox, detect

pytestmark = pytest.mark.jail


def _inside(attempt: Callable[[], object], *, gpu: bool) -> str:
    """Return how `attempt` ended in a forked child behind the walls: "done" or the error's name."""
    try:
        walls = detect()
    except NoSandbox as error:
        pytest.skip(str(error))
    lease = uids.lease(uids.lock_folder(), uids.uids_in_use()) if walls.tier == "A" else None
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tt-test-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        own = Path(folder, "own")
        own.mkdir()
        if lease is not None:
            os.chown(own, lease.uid, lease.uid)
        enclosure = Enclosure(
            walls=walls,
            uid=lease.uid if lease else None,
            folder=str(own),
            readable=(*SYSTEM, sys.prefix, sys.base_prefix),
            executables=(),
            limits=Limits(),
            gpu=gpu,
        )
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os.write(write, _try(enclosure, attempt).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            said = answer.read()
        os.waitpid(pid, 0)
        if lease is not None:
            os.close(lease.lock)
    return said


def _try(enclosure: Enclosure, attempt: Callable[[], object]) -> str:
    try:
        confine(enclosure)
        verify(enclosure)
    except Exception as error:  # noqa: BLE001  (told to the test)
        return f"no walls: {error!r}"
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def _name_a_thread() -> None:
    """Do as glibc for the CUDA driver, which names another thread; refused, cuInit fails with 304."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        descriptor = os.open(f"/proc/self/task/{thread.native_id}/comm", os.O_RDWR)
        os.write(descriptor, b"cuda-a")
        os.close(descriptor)
    finally:
        over.set()
        thread.join()


def test_a_gpu_child_may_name_its_threads_and_a_cpu_child_may_not() -> None:
    assert _inside(_name_a_thread, gpu=True) == "done"
    refused = ("PermissionError", "OSError")  # by Landlock; in tier B because /proc is read-only
    assert _inside(_name_a_thread, gpu=False) in refused


def test_a_gpu_child_may_reserve_address_space_and_a_cpu_child_may_not() -> None:
    def reserve() -> None:
        mmap.mmap(-1, 64 << 30, prot=0, flags=mmap.MAP_PRIVATE | 0x4000).close()  # no reserve

    assert _inside(reserve, gpu=True) == "done"
    assert _inside(reserve, gpu=False) == "OSError"


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/1/status", "/proc/1/comm"])
def test_a_gpu_child_reads_no_more_of_the_host(path: str) -> None:
    assert _inside(lambda: os.open(path, os.O_RDONLY), gpu=True) == "PermissionError"


def test_a_gpu_child_may_not_spare_itself_when_memory_runs_out() -> None:
    def spare() -> None:
        Path(f"/proc/self/task/{os.getpid()}/oom_score_adj").write_text("-1000")

    assert _inside(spare, gpu=True) == "PermissionError"


def test_the_device_files_of_the_driver_itself_are_always_named() -> None:
    assert {"/dev/nvidiactl", "/dev/nvidia-uvm"} <= set(gpu_devices())
