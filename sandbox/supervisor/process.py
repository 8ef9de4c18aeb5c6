"""One jailed process seen from outside: its descriptors, its run in flight, its limits and its end."""

import asyncio
import contextlib
import errno
import os
import signal
from collections.abc import Callable

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
from sandbox.jail.limits import MIB
from sandbox.supervisor import usage
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.capture import Capture
from sandbox.supervisor.flight import Flight
from sandbox.supervisor.reaper import Reaper
from sandbox.supervisor.undo import undo
from sandbox.wire import (
    MAX_REPORT_BYTES,
    BackendUnavailable,
    Cell,
    CellError,
    Evaluation,
    Exports,
    FrameDecoder,
    Hint,
    RunResult,
    SessionLost,
    Stream,
    WireError,
    encode,
)

_CHUNK = 65536
_EXIT_SECONDS = 1.0

Sink = Callable[[Stream, str], None]


class ProcessBroken(Exception):  # noqa: N818
    """A child could not be closed in; nothing may run in it."""


class JailedProcess:
    """A spare, then a session or a one-off; create it with the running loop."""

    def __init__(self, birth: Birth, reaper: Reaper) -> None:
        self._birth = birth
        self._reaper = reaper
        self._loop = asyncio.get_running_loop()
        self._tree = birth.tree
        self._capture = Capture(birth.out, birth.err)
        self._decoder: FrameDecoder[FromChild] = FrameDecoder(FromChild, MAX_REPORT_BYTES)
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._flight: Flight | None = None
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
        flight = self._take_off(encode(RunCell(number, cell)), on_output)
        done = await flight.landing()
        if self._destroyed:
            raise SessionLost("it was closed", "unknown")
        cell_done = done if isinstance(done, CellDone) else None
        if cell_done is None:
            await self._await_exit()
        seconds = flight.seconds
        peak = max(flight.peak_bytes, self._memory_now())
        output = self._capture.end()
        inspection = await flight.inspection()
        self._flight = None
        if flight.leaves_too_much():
            flight.reason, self._gone = "killed", True
        self._gone |= cell_done is None or self._capture.closed or flight.missed_inspection
        if self.alive:
            flight.step_forward()
        return RunResult(
            status=flight.status(cell_done),
            output=output,
            value=cell_done.value if cell_done else None,
            error=self._error(flight, cell_done),
            truncated=self._capture.truncated,
            seconds=seconds,
            peak_bytes=peak,
            tier=self._birth.walls.tier,
            exit_code=cell_done.exit_code if cell_done else self._exit_code(),
            signal=None if cell_done else self._signal(),
            alive=self.alive,
            replaced=cell_done.replaced if cell_done else (),
            inspection=inspection,
        )

    async def evaluate(self, job: Evaluation) -> Exports:
        """Run a grading job; the process is of no further use afterwards.

        Raises BackendUnavailable when the sandbox is closed meanwhile.
        """
        flight = self._take_off(encode(RunEvaluation(job)), lambda _stream, _text: None)
        done = await flight.landing()
        self._flight, self._gone = None, True
        if self._destroyed:
            raise BackendUnavailable("the sandbox is closing")
        if isinstance(done, EvaluationDone) and flight.reason is None:
            return done.exports
        return Exports(
            status=flight.status(None),
            values={},
            state={},
            error=None,
            failed_cell=None,
            exited=flight.reason is None,
            stdout="",
            seconds=flight.seconds,
        )

    def interrupt(self) -> None:
        """Ask the run in flight, if there is one, to stop."""
        if self._flight is not None:
            self._flight.interrupt("interrupted")

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

    def _take_off(self, frame: bytes, on_output: Sink) -> Flight:
        birth = self._birth
        flight = Flight(birth, self._reaper, self._signal_main)
        self._flight = flight
        if self._calm:
            self._calm = False
            self._tree.signal(signal.SIGCONT)
        self._capture.begin(birth.limits.output_bytes, on_output)
        if self.alive:
            self._send(frame)
        else:
            flight.land(None)
        return flight

    def _land(self, done: CellDone | EvaluationDone | None) -> None:
        if self._flight is not None:
            self._flight.land(done)

    def _on_output(self, descriptor: int) -> None:
        self._capture.read(descriptor)
        if self._capture.closed:
            self._loop.remove_reader(descriptor)
        if self._capture.truncated:
            self._stop_flood()

    def _stop_flood(self) -> None:
        if self._flight is not None:
            self._flight.interrupt("output_limit")

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
            case CellDone() | EvaluationDone() if flight and flight.is_on:
                flight.land(message)
            case Inspected(inspection=inspection) if flight and flight.awaits_inspection:
                flight.report(inspection)
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

    def _error(self, flight: Flight, done: CellDone | None) -> CellError | None:
        if flight.filled_disk:
            most = f"{self._birth.limits.disk_bytes // MIB} MiB"
            text = f"OSError: [Errno {errno.EDQUOT}] {os.strerror(errno.EDQUOT)}"
            return CellError("OSError", text[9:], None, text, Hint("full_disk", (most,)))
        return done.error if done and flight.reason is None else None

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
