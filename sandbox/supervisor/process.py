"""One jailed process seen from outside: its descriptors, its run in flight, its limits and its end."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.childwire import (
    CellDone,
    ChildBroken,
    ChildReady,
    EvaluationDone,
    FromChild,
    Inspected,
    RunCell,
    RunEvaluation,
)
from sandbox.jail.limits import Limits
from sandbox.supervisor import usage
from sandbox.supervisor.capture import Capture
from sandbox.supervisor.reaper import Reaper
from sandbox.supervisor.undo import undo
from sandbox.wire import (
    MAX_REPORT_BYTES,
    Cell,
    Evaluation,
    Exports,
    FrameDecoder,
    Inspection,
    RunResult,
    SessionLost,
    Status,
    Stream,
    WireError,
    encode,
)

_log = logging.getLogger(__name__)

_CHUNK = 65536
_WATCH_SECONDS = 0.05
_GRACE_SECONDS = 1.0
_INSPECTION_SECONDS = 0.5
_EXIT_SECONDS = 1.0

Sink = Callable[[Stream, str], None]
Reason = Literal["timeout", "oom", "output_limit", "interrupted", "killed"]


class ProcessBroken(Exception):  # noqa: N818
    """A child could not be closed in; nothing may run in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a process is made of: its ends of the descriptors, its folder and who it runs as."""

    pid: int
    uid: int | None
    folder: str
    control: socket.socket
    out: int
    err: int
    limits: Limits
    baseline_bytes: int
    tier: str


@dataclass(slots=True)
class _Flight:
    """A run in flight: resolved by the child's word, by its death, or by a limit."""

    ended: asyncio.Future[CellDone | EvaluationDone | None]
    inspected: asyncio.Future[Inspection | None]
    started: float
    reason: Reason | None = None
    peak_bytes: int = 0
    cpu_before: float | None = None
    timer: asyncio.TimerHandle | None = None
    grace: asyncio.TimerHandle | None = None


class JailedProcess:
    """A spare, then a session or a one-off; create it with the running loop."""

    def __init__(self, birth: Birth, reaper: Reaper) -> None:
        self._birth = birth
        self._reaper = reaper
        self._loop = asyncio.get_running_loop()
        self._tree = usage.Tree(birth.pid, birth.uid)
        self._capture = Capture(birth.out, birth.err)
        self._decoder: FrameDecoder[FromChild] = FrameDecoder(FromChild, MAX_REPORT_BYTES)
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._flight: _Flight | None = None
        self._gone = False
        self._destroyed = False
        self._calm = False
        self._sending: asyncio.Task[None] | None = None
        birth.control.setblocking(False)
        for descriptor in (birth.out, birth.err):
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, self._on_output, descriptor)
        self._loop.add_reader(birth.control.fileno(), self._on_control)

    @property
    def pid(self) -> int:
        return self._birth.pid

    @property
    def uid(self) -> int | None:
        return self._birth.uid

    @property
    def alive(self) -> bool:
        """Whether another cell can run here."""
        return not self._gone and not self._exit.done()

    async def ready(self) -> None:
        """Wait until the process is closed in and verified. Raises ProcessBroken."""
        await self._ready

    def exited(self, status: int) -> None:
        """Take note that the main process ended with wait status `status`."""
        if not self._exit.done():
            self._exit.set_result(status)
        self._fail_ready("it ended while it was being closed in")
        self._land(None)

    async def run(self, cell: Cell, number: int, on_output: Sink) -> RunResult:
        """Run one cell within the limits; every way it can end by itself is a RunResult.

        Raises SessionLost when the session is closed meanwhile.
        """
        flight = self._take_off(on_output)
        self._send(encode(RunCell(number, cell)))
        done = await self._landing(flight)
        if self._destroyed:
            raise SessionLost("it was closed", "unknown")
        cell_done = done if isinstance(done, CellDone) else None
        if cell_done is None:
            await self._await_exit()
        seconds = time.monotonic() - flight.started
        peak = max(flight.peak_bytes, self._memory_now())
        output = self._capture.end()
        inspection = await self._inspection(flight)
        self._flight = None
        if cell_done is None or self._capture.closed:
            self._gone = True
        return RunResult(
            status=_status(flight.reason, cell_done),
            output=output,
            value=cell_done.value if cell_done else None,
            error=cell_done.error if cell_done and flight.reason is None else None,
            truncated=self._capture.truncated,
            seconds=seconds,
            peak_bytes=peak,
            tier=self._birth.tier,
            exit_code=cell_done.exit_code if cell_done else self._exit_code(),
            signal=None if cell_done else self._signal(),
            alive=self.alive,
            replaced=cell_done.replaced if cell_done else (),
            inspection=inspection,
        )

    async def evaluate(self, job: Evaluation) -> Exports:
        """Run a grading job; the process is of no further use afterwards."""
        flight = self._take_off(lambda _stream, _text: None)
        self._send(encode(RunEvaluation(job)))
        done = await self._landing(flight)
        self._flight, self._gone = None, True
        if isinstance(done, EvaluationDone) and flight.reason is None:
            return done.exports
        await self._await_exit()
        exited = flight.reason is None
        return Exports(
            status=_status(flight.reason, None),
            values={},
            state={},
            error=None,
            failed_cell=None,
            exited=exited,
            stdout="",
            seconds=time.monotonic() - flight.started,
        )

    def interrupt(self, reason: Reason = "interrupted") -> None:
        """Ask the run in flight to stop, and after a second's grace end the process."""
        flight = self._flight
        if flight is None or flight.reason is not None or flight.ended.done():
            return
        flight.reason = reason
        self._signal_main(signal.SIGINT)
        flight.grace = self._loop.call_later(_GRACE_SECONDS, self._end_run, flight, reason)

    async def destroy(self) -> None:
        """Kill the whole tree, close the descriptors and wipe the folder; safe to call twice."""
        self._gone = self._destroyed = True
        self._fail_ready("it was destroyed")
        self._land(None)
        self._forget_descriptors()
        await undo(self._tree, self._birth.folder, self._reaper)

    def calm(self) -> None:
        """Stop what a session without a run goes on doing: threads and children it left behind.

        They go on with the next run. Stopping costs a system call or two and keeps every variable.
        """
        if self._flight is None and self.alive and not self._calm and self._tree.is_busy():
            self._calm = True
            self._tree.signal(signal.SIGSTOP)

    def _take_off(self, on_output: Sink) -> _Flight:
        flight = _Flight(
            ended=self._loop.create_future(),
            inspected=self._loop.create_future(),
            started=time.monotonic(),
        )
        self._flight = flight
        if self._calm:
            self._calm = False
            self._tree.signal(signal.SIGCONT)
        self._capture.begin(self._birth.limits.output_bytes, on_output)
        if not self.alive:
            self._land(None)
        return flight

    async def _landing(self, flight: _Flight) -> CellDone | EvaluationDone | None:
        flight.timer = self._loop.call_later(_WATCH_SECONDS, self._watch, flight)
        try:
            return await flight.ended
        finally:
            flight.timer.cancel()
            if flight.grace is not None:
                flight.grace.cancel()

    def _watch(self, flight: _Flight) -> None:
        """Hold the run to what only someone outside can measure, and end it if that fails."""
        try:
            self._check(flight, self._birth.limits)
        except Exception:  # noqa: BLE001  (a run that nobody limits must not go on)
            _log.exception("a run could not be watched")
            self._end_run(flight, "killed")
        if not flight.ended.done():
            flight.timer = self._loop.call_later(_WATCH_SECONDS, self._watch, flight)

    def _check(self, flight: _Flight, limits: Limits) -> None:
        now = usage.measure(self._tree, self._birth.baseline_bytes)
        flight.peak_bytes = max(flight.peak_bytes, now.memory_bytes)
        if flight.cpu_before is None:  # read here, not at the start: nobody waits for this look
            flight.cpu_before = now.cpu_seconds
        spent = now.cpu_seconds - flight.cpu_before
        waited = time.monotonic() - flight.started
        if now.memory_bytes > limits.memory_bytes:
            self._end_run(flight, "oom")
        elif waited > limits.wall_seconds or spent > limits.cpu_seconds:
            self.interrupt("timeout")

    def _end_run(self, flight: _Flight, reason: Reason) -> None:
        """Kill the main process; the rest of the tree goes when the session is destroyed."""
        if not flight.ended.done():
            flight.reason = reason
            self._signal_main(signal.SIGKILL)
            self._land(None)

    def _land(self, done: CellDone | EvaluationDone | None) -> None:
        flight = self._flight
        if flight is None:
            return
        if not flight.ended.done():
            flight.ended.set_result(done)
        if done is None and not flight.inspected.done():
            flight.inspected.set_result(None)

    async def _inspection(self, flight: _Flight) -> Inspection | None:
        """Wait a little for the collector's report; a collector that hangs costs the session."""
        give_up = self._loop.call_later(_INSPECTION_SECONDS, self._miss_inspection, flight)
        try:
            return await flight.inspected
        finally:
            give_up.cancel()

    def _miss_inspection(self, flight: _Flight) -> None:
        if not flight.inspected.done():
            self._gone = True
            flight.inspected.set_result(None)

    def _on_output(self, descriptor: int) -> None:
        self._capture.read(descriptor)
        if self._capture.closed:
            self._loop.remove_reader(descriptor)
        if self._capture.truncated:
            self.interrupt("output_limit")

    def _on_control(self) -> None:
        try:
            data = self._birth.control.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose_control()
            return
        try:
            for message in self._decoder.feed(data):
                self._hear(message)
        except WireError:
            self._lose_control()

    def _hear(self, message: FromChild) -> None:
        """Take a frame from the child; what does not fit the moment is a forgery and ends it."""
        flight = self._flight
        match message:
            case ChildReady() if not self._ready.done():
                self._ready.set_result(None)
            case ChildBroken(why=why):
                self._fail_ready(why)
            case CellDone() | EvaluationDone() if flight and not flight.ended.done():
                self._land(message)
            case Inspected(inspection=inspection) if (
                flight and flight.ended.done() and not flight.inspected.done()
            ):
                flight.inspected.set_result(inspection)
            case _:
                self._lose_control()

    def _lose_control(self) -> None:
        """The control channel is closed or abused: nothing more can be believed or asked."""
        self._loop.remove_reader(self._birth.control.fileno())
        self._fail_ready("it closed its control channel")
        self._gone = True
        self._signal_main(signal.SIGKILL)
        self._land(None)

    def _send(self, frame: bytes) -> None:
        """Send a frame; what the socket does not take at once follows when it can."""
        try:
            sent = self._birth.control.send(frame)
        except OSError:
            sent = 0
        if sent < len(frame):
            self._sending = self._loop.create_task(self._send_all(frame[sent:]))

    async def _send_all(self, frame: bytes) -> None:
        with contextlib.suppress(OSError):
            await self._loop.sock_sendall(self._birth.control, frame)

    def _fail_ready(self, why: str) -> None:
        if not self._ready.done():
            self._ready.set_exception(ProcessBroken(why))

    def _signal_main(self, number: int) -> None:
        if not self._exit.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)

    async def _await_exit(self) -> None:
        """Learn how the main process ended, if it did by itself."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._exit), _EXIT_SECONDS)

    def _memory_now(self) -> int:
        return usage.private_above(self.pid, self._birth.baseline_bytes)

    def _exit_code(self) -> int | None:
        if not self._exit.done():
            return None
        code = os.waitstatus_to_exitcode(self._exit.result())
        return code if code >= 0 else None

    def _signal(self) -> int | None:
        if not self._exit.done():
            return None
        code = os.waitstatus_to_exitcode(self._exit.result())
        return -code if code < 0 else None

    def _forget_descriptors(self) -> None:
        if self._birth.control.fileno() < 0:
            return
        self._loop.remove_reader(self._birth.control.fileno())
        self._birth.control.close()
        for descriptor in (self._birth.out, self._birth.err):
            self._loop.remove_reader(descriptor)
            os.close(descriptor)


def _status(reason: Reason | None, done: CellDone | None) -> Status:
    if reason is not None:
        return reason
    return done.status if done is not None else "killed"
