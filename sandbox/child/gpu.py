"""A session's side of its GPU: the context made after the walls stand, its end, and what may not be before."""

import contextlib
import ctypes
from collections.abc import Callable

import torch

from sandbox.wire import Hint

_NOT_INITIALIZED = 3
"""CUDA_ERROR_NOT_INITIALIZED, what every driver call answers before cuInit."""


class GpuBroken(RuntimeError):  # noqa: N818
    """The GPU cannot be used from here; the message says why."""


class _State:
    entered = False


def check_untouched() -> None:
    """Prove that this process has not begun to use CUDA: no child forked after that could.

    Raises GpuBroken.
    """
    if torch.cuda.is_initialized():
        raise GpuBroken("torch has started CUDA before the fork")
    with contextlib.suppress(OSError):  # no driver: enter() will tell
        count = ctypes.c_int()
        answer = ctypes.CDLL("libcuda.so.1").cuDeviceGetCount(ctypes.byref(count))
        if answer != _NOT_INITIALIZED:
            raise GpuBroken(f"the CUDA driver was started before the fork (answer {answer})")


def enter(memory_fraction: float) -> None:
    """Make the context, keep PyTorch's allocator to a share of the device, and try a real kernel.

    Raises GpuBroken. `nvidia-smi` working proves nothing: only a kernel does.
    """
    try:
        torch.cuda.init()
        torch.cuda.set_per_process_memory_fraction(memory_fraction)
        ones = torch.ones(2, 2, device="cuda")
        total = (ones @ ones).sum().item()
    except Exception as error:
        raise GpuBroken(f"the GPU does not work from inside the walls: {error}") from error
    if total != 8:
        raise GpuBroken(f"the GPU takes the sum of four twos for {total}")
    _State.entered = True


def settle() -> None:
    """Wait for what a cell has started on the GPU, so that its errors are this cell's errors."""
    if _State.entered:
        torch.cuda.synchronize()


def hint_for(error: BaseException) -> Hint | None:
    """Return the hint that the context is lost, if that is what came with `error`.

    A device-side assert and its like spoil the context for good, while an impossible device number
    or a full device do not, and their texts look alike. So the device is asked.
    """
    if not _State.entered or issubclass(type(error), KeyboardInterrupt):
        return None
    return Hint("gpu_lost") if is_lost(_probe) else None


def is_lost(probe: Callable[[], object]) -> bool:
    """Tell whether the device no longer answers a harmless `probe`."""
    try:
        probe()
    except torch.OutOfMemoryError:
        return False
    except Exception:
        return True
    return False


def _probe() -> None:
    torch.cuda.synchronize()
    torch.zeros(1, device="cuda").item()
