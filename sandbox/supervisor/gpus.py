"""The GPU side of the supervisor: for each device a pool of its own, for all of them one line of learners."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from sandbox.childwire import OnGpu, TemplateSettings
from sandbox.jail.limits import MIB
from sandbox.supervisor.demand import Demand
from sandbox.supervisor.device_memory import Gpu, Ledger, Meter, MeterError, cap_bytes
from sandbox.supervisor.pool import Pool
from sandbox.supervisor.process import JailedProcess
from sandbox.supervisor.slots import Lease, Slots, Terms

_log = logging.getLogger(__name__)

_HOST_SIDE_OF_A_CONTEXT = 2048 * MIB
"""What CUDA may take of the host's memory for itself, on top of what the learner may."""


def settings_on(settings: TemplateSettings, gpu: Gpu, cap: int) -> TemplateSettings:
    """Return the settings of a template whose children work on `gpu` and hold `cap` bytes there."""
    limits = settings.limits
    return msgspec.structs.replace(
        settings,
        gpu=OnGpu(gpu.index, cap / gpu.total_bytes),
        limits=dataclasses.replace(
            limits, memory_bytes=limits.memory_bytes + _HOST_SIDE_OF_A_CONTEXT
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the GPU side is made of: how devices are read, what a template is told, and the terms."""

    meter: Meter
    per_device: int = 1
    terms: Terms = field(default_factory=Terms)
    settings_on: Callable[[TemplateSettings, Gpu, int], TemplateSettings] = settings_on


class Gpus:
    """Started GPUs. A process from here goes back by its own pool, and then its slot by `slots`."""

    def __init__(self, offer: Offer, pools: Mapping[int, Pool], ledgers: Mapping[int, Ledger]):
        self._meter = offer.meter
        self._pools = pools
        self._ledgers = ledgers
        self.slots = Slots(tuple(pools), offer.per_device, offer.terms)

    async def take(self, learner: str, deadline: float) -> tuple[JailedProcess, Pool, Lease]:
        """Wait for a slot, then for a process on its device. Raises Busy or BackendUnavailable."""
        give_up = time.monotonic() + deadline
        lease = await self.slots.lease(learner, deadline)
        try:
            pool = self._pools[lease.slot.device]
            return await pool.take(max(1.0, give_up - time.monotonic())), pool, lease
        except BaseException:
            self.slots.give_back(lease)
            raise

    async def over_cap(self) -> list[Lease]:
        """Return the leases whose sessions hold more device memory than lent.

        Where a device cannot be read, that is all of its leases: nobody limits those.
        """
        found: list[Lease] = []
        for device, ledger in self._ledgers.items():
            try:
                used = await asyncio.to_thread(self._meter.used_bytes, device)
            except MeterError as error:
                _log.warning("GPU %d does not tell its memory: %s", device, error)
                found += self._on(device)
                continue
            guilty = ledger.look(used, self._pools[device].processes, self._on(device))
            found += [guilty] if guilty is not None else []
        return found

    async def close(self) -> None:
        """End everything on the GPUs."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def _on(self, device: int) -> list[Lease]:
        return [lease for lease in self.slots.leases if lease.slot.device == device]


async def start(offer: Offer, cpu: Pool, settings: TemplateSettings, folder: Path) -> Gpus:
    """Start a template and a first spare on every GPU, beside the CPU's pool.

    Raises BackendUnavailable, ProcessBroken or MeterError, with nothing left running.
    """
    pools: dict[int, Pool] = {}
    ledgers: dict[int, Ledger] = {}
    try:
        for gpu in offer.meter.gpus():
            cap = cap_bytes(gpu, offer.per_device)
            empty = offer.meter.used_bytes(gpu.index)
            pools[gpu.index] = pool = Pool(
                settings=offer.settings_on(settings, gpu, cap),
                folder=folder,
                demand=Demand(1, 1),
                guard=cpu.guard,
                beside=cpu,
                name=f"gpu{gpu.index}-",
            )
            await pool.start()
            ledgers[gpu.index] = ledger = Ledger(cap)
            ledger.begin(empty, offer.meter.used_bytes(gpu.index), pool.processes)
    except BaseException:
        for pool in pools.values():
            await pool.close()
        raise
    return Gpus(offer, pools, ledgers)
