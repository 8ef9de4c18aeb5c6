"""How much memory the GPUs hold, and which session to end when that is more than was lent.

Which process holds how much cannot be told reliably inside a container (NVML reports pids of the
host), so what is read is the total of each device, and whose it is follows from when it grew.
"""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.supervisor.slots import Lease

_SHARE_OF_DEVICE = 0.8
"""Lent to sessions. The rest is for contexts, for spares, and for what the driver keeps."""


class MeterError(Exception):
    """The device did not tell; the message says why."""


class NoGpu(Exception):  # noqa: N818
    """No GPU can be offered here; the message is one sentence with the reason and the fix."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device: its index in PCI order, its name and its memory."""

    index: int
    name: str
    total_bytes: int


class Meter(Protocol):
    """Reads device totals."""

    def gpus(self) -> tuple[Gpu, ...]:
        """Return what there is. Raises MeterError."""
        ...

    def used_bytes(self, index: int) -> int:
        """Return what all processes together hold on a device. Raises MeterError."""
        ...


class Nvml:
    """The meter of NVIDIA's management library, which makes no CUDA context."""

    def __init__(self) -> None:
        """Load it. Raises NoGpu."""
        try:
            import pynvml  # noqa: PLC0415  (the extra `gpu`, of use only where there is one)
        except ImportError as error:
            raise NoGpu("NVML cannot be read: install tensor-tutor[gpu]") from error
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise NoGpu(f"the NVIDIA driver does not answer ({error}): see nvidia-smi") from error

    def gpus(self) -> tuple[Gpu, ...]:
        nvml = self._nvml
        try:
            return tuple(self._gpu(index) for index in range(nvml.nvmlDeviceGetCount()))
        except nvml.NVMLError as error:
            raise MeterError(str(error)) from error

    def used_bytes(self, index: int) -> int:
        nvml = self._nvml
        try:
            return int(nvml.nvmlDeviceGetMemoryInfo(nvml.nvmlDeviceGetHandleByIndex(index)).used)
        except nvml.NVMLError as error:
            raise MeterError(str(error)) from error

    def _gpu(self, index: int) -> Gpu:
        handle = self._nvml.nvmlDeviceGetHandleByIndex(index)
        name = self._nvml.nvmlDeviceGetName(handle)
        text = name.decode(errors="replace") if isinstance(name, bytes) else str(name)
        return Gpu(index, text, int(self._nvml.nvmlDeviceGetMemoryInfo(handle).total))


def nvml() -> Meter:
    """Return the meter of this machine's GPUs, of which there is at least one. Raises NoGpu."""
    if not glob.glob("/dev/nvidia[0-9]*"):
        raise NoGpu("there is no NVIDIA GPU here: /dev/nvidia0 does not exist")
    meter = Nvml()
    try:
        if meter.gpus():
            return meter
    except MeterError as error:
        raise NoGpu(f"the GPUs cannot be read: {error}") from error
    raise NoGpu("the NVIDIA driver lists no GPU")


def describe() -> tuple[tuple[str, ...], str | None]:
    """Return a line for each GPU that can be offered here, or why there is none, for the doctor."""
    try:
        found = nvml().gpus()
    except (NoGpu, MeterError) as error:
        return (), str(error)
    return tuple(f"GPU {g.index}: {g.name}, {g.total_bytes >> 20} MiB" for g in found), None


def cap_bytes(gpu: Gpu, per_device: int) -> int:
    """Return how much device memory one slot of `gpu` may hold."""
    return int(gpu.total_bytes * _SHARE_OF_DEVICE) // per_device


class Ledger:
    """Charges what a device holds beyond its quiet state to the sessions on it.

    With one slot that is exact. With several, growth is charged to whoever has a run in flight, in
    equal parts. A session that keeps to PyTorch's allocator cannot pass its own cap, so if all of
    them together hold too much, one went around it, and grew while it ran: the one charged most
    ends. That can be the wrong one when several run at once, hence one slot is the default.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._quiet: tuple[int, int] | None = None
        self._context = 0
        self._above = 0.0
        self._charged: dict[Lease, float] = {}

    def begin(self, empty: int, used: int, processes: int) -> None:
        """Take note of the device before the first context (`empty`) and with `processes` of them."""
        self._context = max(0, used - empty) // max(1, processes)
        self._quiet = (used, processes)

    def look(self, used: int, processes: int, leases: Sequence[Lease]) -> Lease | None:
        """Take a reading with `processes` contexts; return the lease that has to end, if one has."""
        if not leases or self._quiet is None:
            self._quiet, self._above = (used, processes), 0.0
            self._charged.clear()
            return None
        quiet, contexts = self._quiet
        above = used - quiet - (processes - contexts) * self._context
        self._charge(above, leases)
        # One context more than counted may just be on its way in or out.
        if above <= self._cap * len(leases) + self._context:
            return None
        return max(leases, key=lambda lease: self._charged[lease])

    def _charge(self, above: float, leases: Sequence[Lease]) -> None:
        for gone in [lease for lease in self._charged if lease not in leases]:
            self._above -= self._charged.pop(gone)
        for lease in leases:
            self._charged.setdefault(lease, 0.0)
        running = [lease for lease in leases if lease.runs] or list(leases)
        for lease in running:
            self._charged[lease] += (above - self._above) / len(running)
        self._above = above
