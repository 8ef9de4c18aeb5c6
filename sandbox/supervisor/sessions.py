"""The supervisor: learners' live sessions and one-off evaluations, on processes from the pool."""

import asyncio
import contextlib
import logging
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.supervisor import eviction, memory
from sandbox.supervisor.capture import Sink
from sandbox.supervisor.gpus import Gpus
from sandbox.supervisor.pool import Pool
from sandbox.supervisor.process import JailedProcess
from sandbox.supervisor.slots import Lease
from sandbox.wire import (
    MAX_CODE_CHARS,
    BackendUnavailable,
    Busy,
    Capacity,
    Cell,
    CellError,
    Evaluation,
    Exports,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
)

_log = logging.getLogger(__name__)

_CALM_SECONDS = 0.3
_LONGEST_DEADLINE = 3600.0
_START_OVER_SECONDS = 2.0
_GPU_LOOK_SECONDS = 0.1
_MOST_FAREWELLS = 1000


class Refused(Exception):  # noqa: N818
    """The request itself cannot be served; the message says why."""


@dataclass(slots=True)
class _Session:
    process: JailedProcess
    pool: Pool
    learner: str
    lease: Lease | None = None
    cells: int = 0
    kept: int = 0
    """How many cells its state is made of, at least: 0 is the state of a spare."""
    used: float = field(default_factory=time.monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    current: asyncio.Task[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many sessions there may be, and for how long one may be left alone.

    With less memory left than `memory_floor_bytes` idle sessions make way; None leaves that to
    `sandbox.supervisor.memory`.
    """

    max_sessions: int
    idle_seconds: float
    memory_floor_bytes: int | None = None


class Supervisor:
    """Serves what `sandbox.client.Executor` asks; exceptions are those of `sandbox.wire`.

    With `gpu_first` a session whose device is left open gets a GPU too.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        tier: str,
        room: Room,
        evaluations: int,
        gpus: Gpus | None = None,
        gpu_first: bool = False,
    ) -> None:
        self._pool = pool
        self._gpus = gpus
        self._gpu_first = gpu_first
        self._farewells: dict[str, str] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._tier = tier
        self._room = room
        self._rules = eviction.Rules(room.idle_seconds)
        self._opening = 0
        self._epoch = secrets.token_hex(8)
        self._sessions: dict[str, _Session] = {}
        self._evaluating = asyncio.Semaphore(evaluations)
        self._running = 0
        self._runs: dict[asyncio.Task[Any], _Session] = {}

    @property
    def tier(self) -> str:
        return self._tier

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        """Start a session within `deadline` seconds. Raises Busy, Refused or BackendUnavailable."""
        if spec.device == "cuda" or (spec.device == "auto" and self._gpu_first):
            return self._add(await self._open_on_gpu(learner, _bounded(deadline)))
        self._make_room()
        self._opening += 1
        try:
            process = await self._pool.take(_bounded(deadline))
        finally:
            self._opening -= 1
        return self._add(_Session(process, self._pool, learner))

    def _add(self, session: _Session) -> SessionRef:
        session_id = secrets.token_hex(16)
        self._sessions[session_id] = session
        return SessionRef(session_id, self._epoch)

    async def _open_on_gpu(self, learner: str, deadline: float) -> _Session:
        """Wait in line for a GPU. What the learner left idle on one makes way at once."""
        if self._gpus is None:
            raise Refused("there is no GPU here: open the session with device auto or cpu")
        for session_id, session in list(self._sessions.items()):
            if session.lease and session.learner == learner and not session.turn.locked():
                await asyncio.shield(self._drop(session_id, "you took the GPU anew"))
        process, pool, lease = await self._gpus.take(learner, deadline)
        return _Session(process, pool, learner, lease)

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        """Run a cell in its session. Raises SessionLost or Refused.

        The task that calls this is not to be cancelled: `leave` tells that nobody waits for it.
        """
        if len(cell.code) > MAX_CODE_CHARS:
            raise Refused(f"a cell holds at most {MAX_CODE_CHARS} characters")
        session, work = self._find(ref), asyncio.current_task()
        assert work is not None  # noqa: S101
        self._runs[work] = session
        try:
            return await self._in_turn(ref, session, cell, on_output)
        finally:
            del self._runs[work]

    def leave(self, work: asyncio.Task[None]) -> None:
        """Give up what a task does here: a run is stopped and stays watched to its end."""
        session = self._runs.get(work)
        if session is not None and session.current is work:
            session.process.interrupt()
        else:
            work.cancel()

    async def _in_turn(
        self, ref: SessionRef, session: _Session, cell: Cell, on_output: Sink
    ) -> RunResult:
        async with session.turn:
            self._find(ref)  # it may have been closed while this cell waited
            session.current = asyncio.current_task()
            if not session.process.alive:
                self._drop(ref.session_id)
                raise SessionLost(
                    self._farewells.get(ref.session_id, "its process has ended"), "no"
                )
            try:
                result = await self._run(session, cell, on_output)
            finally:
                session.current = None
                session.used = time.monotonic()
        if session.lease and result.error and _spoilt_the_gpu(result.error):
            result = msgspec.structs.replace(result, alive=False)  # nothing works there any more
        if not result.alive:
            self._drop(ref.session_id)
        return result

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        """Run a grading job in a process of its own. Raises Busy, Refused or BackendUnavailable."""
        if any(len(code) > MAX_CODE_CHARS for code in job.cells):
            raise Refused(f"a cell holds at most {MAX_CODE_CHARS} characters")
        async with self._evaluating:
            process = await self._pool.take(_bounded(deadline))
            try:
                with self._pool.running():
                    return await process.evaluate(job)
            finally:
                self._pool.discard_soon(process)

    async def interrupt(self, ref: SessionRef) -> None:
        """Stop the run in flight of a session, if there is one. Raises SessionLost."""
        self._find(ref).process.interrupt()

    async def close(self, ref: SessionRef) -> None:
        """End a session; closing one that is gone already is no error."""
        if ref.epoch == self._epoch:
            await asyncio.shield(self._drop(ref.session_id))

    async def keep_calm(self) -> None:
        """Every 0.3 s, stop what idle sessions left running, and end who makes way.

        It goes on until it is cancelled.
        """
        while True:
            await asyncio.sleep(_CALM_SECONDS)
            self._evict()
            for session in list(self._sessions.values()):
                if not session.turn.locked():
                    session.process.calm()

    async def keep_gpus(self) -> None:
        """Take GPUs back that are due, and from sessions that hold too much; ends when cancelled."""
        gpus = self._gpus
        while gpus is not None:
            await asyncio.sleep(_GPU_LOOK_SECONDS)
            for lease in gpus.slots.due():
                self._end_lease(lease, "the GPU was given back")
            try:
                over = await gpus.over_cap()
            except Exception:  # noqa: BLE001  (a GPU that nobody watches is used by nobody)
                _log.exception("the GPUs could not be watched")
                over = list(gpus.slots.leases)
            for lease in over:
                self._end_lease(lease, "it held more of the GPU's memory than it may")

    def _end_lease(self, lease: Lease, why: str) -> None:
        """End the session of `lease`; a run in flight there is out of memory."""
        for session_id, session in list(self._sessions.items()):
            if session.lease is lease:
                if lease.runs:
                    session.process.end_run("oom")
                elif not session.turn.locked():
                    self._drop(session_id, why)

    async def capacity(self) -> Capacity:
        """Return how full the sandbox is."""
        slots = self._gpus.slots if self._gpus else None
        memory_bytes, memory_free = memory.room()
        return Capacity(
            tier=self._tier,
            sessions=len(self._sessions),
            max_sessions=self._room.max_sessions,
            spares=self._pool.spares,
            running=self._running,
            gpu_slots=slots.total if slots else 0,
            gpu_free=slots.free if slots else 0,
            gpu_queue=slots.queue if slots else (),
            memory_bytes=memory_bytes,
            memory_free=memory_free,
        )

    async def _run(self, session: _Session, cell: Cell, on_output: Sink) -> RunResult:
        """Run a cell. Where it is undone and nothing came before it, a spare has the state to go back to."""
        if cell.look is not None:
            return await self._in_flight(session, cell, on_output)
        if cell.rewind and session.kept == 1 and await self._start_over(session):
            session.kept = 0
        session.cells += 1
        result = await self._in_flight(session, cell, on_output)
        if result.alive and not result.restored:
            session.kept += not (result.rewound and session.kept)
        elif not result.alive and session.kept == 0 and await self._start_over(session):
            result = msgspec.structs.replace(result, alive=True, restored=True)
        return result

    async def _start_over(self, session: _Session) -> bool:
        """Give `session` a process in which nothing has run; False when there is none soon.

        On a GPU there is never one: a lease is for one process.
        """
        if session.lease is not None:
            return False
        try:
            fresh = await self._pool.take(_START_OVER_SECONDS)
        except (Busy, BackendUnavailable):
            return False
        self._pool.discard_soon(session.process)
        session.process = fresh
        return True

    async def _in_flight(self, session: _Session, cell: Cell, on_output: Sink) -> RunResult:
        self._running += 1
        try:
            with session.pool.running(), self._on_slot(session):
                if cell.look is not None:
                    return await session.process.look(cell, session.cells)
                return await session.process.run(cell, session.cells, on_output)
        finally:
            self._running -= 1

    def _find(self, ref: SessionRef) -> _Session:
        if ref.epoch != self._epoch:
            raise SessionLost("the sandbox was restarted", "no")
        session = self._sessions.get(ref.session_id)
        if session is None:
            raise SessionLost(self._farewells.get(ref.session_id, "it was closed"), "no")
        return session

    def _on_slot(self, session: _Session) -> contextlib.AbstractContextManager[None]:
        if self._gpus is None or session.lease is None:
            return contextlib.nullcontext()
        return self._gpus.slots.running(session.lease)

    def _drop(self, session_id: str, why: str = "") -> asyncio.Task[None]:
        """Let nobody use a session any more, tell who tries `why`, and end it off the reply's path."""
        if why:
            self._farewells[session_id] = why
            while len(self._farewells) > _MOST_FAREWELLS:
                del self._farewells[next(iter(self._farewells))]
        session = self._sessions.pop(session_id, None)
        task = asyncio.get_running_loop().create_task(self._end(session))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _end(self, session: _Session | None) -> None:
        """End a session that was dropped. Its slot comes back when nothing of it is left."""
        if session is None:
            return
        try:
            await session.pool.discard(session.process)
        finally:
            if self._gpus is not None and session.lease is not None:
                self._gpus.slots.give_back(session.lease)

    def _make_room(self) -> None:
        """See that one more session fits. Raises Busy, with the time until the longest idle makes way."""
        if len(self._sessions) + self._opening < self._room.max_sessions:
            return
        idle, now = self._idle(), time.monotonic()
        first = self._rules.for_room(idle, now)
        if first is None:
            raise Busy(self._rules.seconds_to_room(idle, now))
        self._drop(first, eviction.ROOM_WAS_SHORT)

    def _evict(self) -> None:
        short = memory.is_short(self._room.memory_floor_bytes)
        due = self._rules.due(self._idle(), time.monotonic(), memory_is_short=short)
        for session_id, why in due.items():
            self._drop(session_id, why)

    def _idle(self) -> eviction.Idle:
        """Return the sessions in which nothing runs or waits to run."""
        return {
            session_id: session.used
            for session_id, session in self._sessions.items()
            if not session.turn.locked() and session.lease is None  # those have rules of their own
        }


def _spoilt_the_gpu(error: CellError) -> bool:
    return error.hint is not None and error.hint.kind == "gpu_lost"


def _bounded(deadline: float) -> float:
    return max(0.0, min(deadline, _LONGEST_DEADLINE))
