"""Ready spares: forked, closed in and verified ahead of time, so that nobody waits for a fork."""

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.childwire import Spawn, TemplateReady, TemplateSettings
from sandbox.jail import uids
from sandbox.supervisor import control, template
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.demand import Demand
from sandbox.supervisor.process import JailedProcess, ProcessBroken
from sandbox.supervisor.reaper import Reaper
from sandbox.wire import BackendUnavailable, Busy

_log = logging.getLogger(__name__)

_QUIET_SECONDS = 0.03
_RESTART_SECONDS = 1.0
_LONGEST_REST_SECONDS = 30.0
_MOST_DOUBLINGS = 6
_LOOK_SECONDS = 10.0
_SHORTEST_RETRY_SECONDS = 0.5


class Pool:
    """Keeps as many processes ready as `demand` tells, which hears when those were not enough.

    It knows every process there is. `guard` hears of every uid and process group, to clean up after
    us if we die. A pool `beside` another shares its reaper, and its `name` keeps their folders apart.
    """

    def __init__(
        self,
        *,
        settings: TemplateSettings,
        folder: Path,
        demand: Demand,
        guard: "GuardLine",
        beside: "Pool | None" = None,
        name: str = "",
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._demand = demand
        self.guard = guard
        self._name = name
        self._beside = beside
        self._neighbours: list[Pool] = []
        if beside is not None:
            beside._neighbours.append(self)  # noqa: SLF001  (our own kind)
        self._reaper: Reaper = Reaper(self._ended) if beside is None else beside._reaper  # noqa: SLF001
        self._keys = itertools.count(1)
        self._ready: asyncio.Queue[JailedProcess] = asyncio.Queue()
        self._processes: dict[int, JailedProcess] = {}
        self._pulses: dict[int, int] = {}
        self._free_uids: list[int] = []
        self._in_use: set[int] = set()
        self._template: template.Template | None = None
        self._warm: TemplateReady | None = None
        self._need = asyncio.Event()
        self._waiting = 0
        self._busy = 0
        self._put_off = False
        self._failure: BackendUnavailable | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def spares(self) -> int:
        """How many processes are ready now."""
        return self._ready.qsize()

    @property
    def processes(self) -> int:
        """How many processes there are, ready or in use."""
        return len(self._processes)

    async def start(self) -> None:
        """Warm a template up and make the first spare. Raises BackendUnavailable or ProcessBroken."""
        if self._beside is None:
            self._reaper.start()
        self._in_use = uids.uids_in_use() if self._settings.walls.tier == "A" else set()
        self._warm = await self._start_template()
        self._ready.put_nowait(await self._make())
        self._need.set()
        self._spawn_task(self._keep_full())
        self._spawn_task(self._keep_template())

    async def take(self, deadline: float) -> JailedProcess:
        """Return a ready process. Raises Busy when none is ready within `deadline` seconds."""
        while not self._ready.empty():
            process = self._ready.get_nowait()
            if process.alive:
                self._need.set()
                return process
            self.discard_soon(process)
        return await self._wait_for_spare(deadline)

    async def _wait_for_spare(self, deadline: float) -> JailedProcess:
        self._waiting += 1
        self._demand.somebody_waits(time.monotonic())
        self._need.set()
        try:
            return await asyncio.wait_for(self._ready.get(), deadline)
        except TimeoutError:
            if self._failure is not None:
                raise self._failure from None
            raise Busy(self._retry_seconds()) from None
        finally:
            self._waiting -= 1
            self._need.set()

    def _retry_seconds(self) -> float:
        """Return how long it takes to serve all that wait now."""
        return max(_SHORTEST_RETRY_SECONDS, self._demand.seconds_for(self._waiting))

    async def discard(self, process: JailedProcess) -> None:
        """End `process` for good and give its uid back once nothing runs as it."""
        await process.destroy()
        self._processes.pop(process.pid, None)
        pulse = self._pulses.pop(process.pid, None)
        if pulse is not None:
            os.close(pulse)
        self.guard.group(process.pid, alive=False)
        if process.uid is not None:
            self._free_uids.append(process.uid)

    def discard_soon(self, process: JailedProcess) -> None:
        """Start `discard` off the reply's path."""
        self._spawn_task(self.discard(process))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Mark a run in flight: spares are not made meanwhile unless somebody waits for one."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._put_off:
                self._put_off = False
                self._need.set()

    async def close(self) -> None:
        """End everything: template, spares and whatever else is alive."""
        for task in self._tasks:
            task.cancel()
        if self._template is not None:
            self._template.close()
        await asyncio.gather(
            *(self.discard(process) for process in list(self._processes.values())),
            return_exceptions=True,
        )

    async def _start_template(self) -> TemplateReady:
        cache = self._folder / f"{self._name}template"
        cache.mkdir(mode=0o700, exist_ok=True)
        self._template = template.start(self._settings, cache, self._reaper, self._ended)
        return await self._template.ready()

    async def _keep_template(self) -> None:
        """Start a new template when one dies. Sessions live on: they are nobody's threads but their own."""
        failures = 0
        while True:
            assert self._template is not None  # noqa: S101
            await self._template.ended
            _log.warning("the template ended; starting another")
            try:
                self._warm = await self._start_template()
                failures, self._failure = 0, None
                self._need.set()
            except (BackendUnavailable, OSError) as error:
                self._failure = BackendUnavailable(str(error))
                await asyncio.sleep(min(_RESTART_SECONDS * 2**failures, _LONGEST_REST_SECONDS))
                failures = min(failures + 1, _MOST_DOUBLINGS)

    async def _keep_full(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._need.wait(), _LOOK_SECONDS)
            self._need.clear()
            while (lacking := self._lacking()) > 0:
                if self._busy and not self._waiting:
                    self._put_off = True
                    break
                if not self._waiting:
                    await asyncio.sleep(_QUIET_SECONDS)
                if not await self._add(min(lacking, _at_once()) if self._waiting else 1):
                    await asyncio.sleep(_RESTART_SECONDS)
            for _ in range(-lacking):
                self.discard_soon(self._ready.get_nowait())

    def _lacking(self) -> int:
        """Return how many spares are to be made for those who wait and to be kept; below 0, ended."""
        return self._demand.target(time.monotonic()) + self._waiting - self._ready.qsize()

    async def _add(self, number: int) -> bool:
        """Make so many spares at once; False when any of them failed."""
        began = time.monotonic()
        added = await asyncio.gather(*(self._add_one() for _ in range(number)))
        self._demand.took((time.monotonic() - began) / number)
        return all(added)

    async def _add_one(self) -> bool:
        try:
            self._ready.put_nowait(await self._make())
        except (BackendUnavailable, ProcessBroken, uids.OutOfUids, OSError) as error:
            _log.warning("no new spare: %s", error)
            self._failure = BackendUnavailable(str(error))
            return False
        self._failure = None
        return True

    async def _make(self) -> JailedProcess:
        if self._template is None or self._warm is None:
            raise BackendUnavailable("there is no template")
        key = next(self._keys)
        uid = self._uid()
        folder = self._folder / f"{self._name}{key}"
        folder.mkdir(mode=0o700)
        if uid is not None:
            os.chown(folder, uid, uid)
        ends = _Ends.open()
        try:
            pid = await self._template.spawn(Spawn(key, uid, str(folder)), ends.theirs())
        except BackendUnavailable:
            ends.close_ours()
            raise
        finally:
            ends.close_theirs()
        self.guard.group(pid, alive=True)
        self._pulses[pid] = ends.pulse[0]
        birth = Birth(
            pid=pid,
            uid=uid,
            folder=str(folder),
            control=ends.control[0],
            out=ends.out[0],
            err=ends.err[0],
            limits=self._settings.limits,
            baseline_bytes=self._warm.baseline_bytes,
            walls=self._settings.walls,
            snapshots=self._settings.gpu is None,
        )
        return await self._proven(JailedProcess(birth, self._reaper))

    async def _proven(self, process: JailedProcess) -> JailedProcess:
        """Return `process` once its walls were tried from inside. Raises ProcessBroken."""
        self._processes[process.pid] = process
        try:
            await process.ready()
        except ProcessBroken:
            await self.discard(process)
            raise
        return process

    def _uid(self) -> int | None:
        if self._settings.walls.tier != "A":
            return None
        if self._free_uids:
            return self._free_uids.pop(0)
        lease = uids.lease(uids.lock_folder(), self._in_use)
        self._in_use.add(lease.uid)
        self.guard.lease(lease)
        return lease.uid

    def _ended(self, pid: int, status: int) -> None:
        for process in self._processes.values():
            if process.owns(pid):
                process.exited(pid, status)
                return
        for neighbour in self._neighbours:
            neighbour._ended(pid, status)  # noqa: SLF001  (our own kind)

    def _spawn_task(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _at_once() -> int:
    """Return how many spares to make at once: forking is the template's, closing in is their own."""
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Ends:
    """Both ends of a child's descriptors; the first of each pair is ours."""

    control: tuple[socket.socket, socket.socket]
    out: tuple[int, int]
    err: tuple[int, int]
    pulse: tuple[int, int]

    @classmethod
    def open(cls) -> "_Ends":
        pulse_read, pulse_write = os.pipe2(os.O_CLOEXEC)
        return cls(
            control=control.pair(),
            out=os.pipe2(os.O_CLOEXEC),
            err=os.pipe2(os.O_CLOEXEC),
            pulse=(pulse_write, pulse_read),
        )

    def theirs(self) -> list[int]:
        return [self.control[1].fileno(), self.out[1], self.err[1], self.pulse[1]]

    def close_theirs(self) -> None:
        self.control[1].close()
        os.close(self.out[1])
        os.close(self.err[1])
        os.close(self.pulse[1])

    def close_ours(self) -> None:
        self.control[0].close()
        os.close(self.out[0])
        os.close(self.err[0])
        os.close(self.pulse[0])


class GuardLine:
    """Tells the guard process what would have to be cleaned up if this process died now."""

    def __init__(self, channel: socket.socket | None) -> None:
        self._channel = channel

    def lease(self, lease: uids.Lease) -> None:
        """The guard keeps the lock too, so nobody else gets the uid before it is swept."""
        self._tell(f"uid {lease.uid}", [lease.lock])

    def group(self, pid: int, *, alive: bool) -> None:
        self._tell(f"group {pid}" if alive else f"gone {pid}", [])

    def serving(self) -> None:
        """From now on, clients were promised somebody to answer them."""
        self._tell("serving", [])

    def _tell(self, what: str, descriptors: list[int]) -> None:
        if self._channel is not None:
            with contextlib.suppress(OSError):
                socket.send_fds(self._channel, [what.encode()], descriptors)
