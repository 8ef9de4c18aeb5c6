"""One jailed process seen from outside: its descriptors, its run in flight, its limits and its end."""

import asyncio
import errno
import os
import signal

import msgspec

from sandbox.childwire import (
    CellDone,
    ChildBroken,
    ChildReady,
    Drawing,
    Drawn,
    EvaluationDone,
    FromChild,
    Inspected,
    RunCell,
    RunEvaluation,
)
from sandbox.jail.limits import MIB
from sandbox.supervisor import usage
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.capture import Capture, Sink
from sandbox.supervisor.control import Control
from sandbox.supervisor.flight import Flight, Reason
from sandbox.supervisor.folder import Folder
from sandbox.supervisor.lineage import Lineage
from sandbox.supervisor.produced import Produced
from sandbox.supervisor.reaper import Reaper
from sandbox.supervisor.undo import undo
from sandbox.wire import (
    BackendUnavailable,
    Cell,
    CellError,
    Evaluation,
    Exports,
    Hint,
    RunResult,
    SessionLost,
    Stream,
    encode,
)

_MOST_COUNTED = 9999

Ended = tuple[int | None, int | None]
"""An exit code and the signal that ended a process; None for what does not apply."""


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
        self._control = Control(birth.control, birth.pid, self._hear, self._lose_control)
        self._lineage = Lineage(birth, self._control)
        self._folder = Folder(birth.folder, birth.limits.disk_files, birth.uid)
        self._produced = Produced(birth, reaper)
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._flight: Flight | None = None
        self._gone = False
        self._destroyed = False
        self._calm = False
        self._patient = True
        self._held = True
        for descriptor in self._capture.descriptors:
            os.set_blocking(descriptor, False)
        self._resume_output()

    @property
    def pid(self) -> int:
        """The first process, which gives the group its number; the session may be another now."""
        return self._birth.pid

    def owns(self, pid: int) -> bool:
        """Tell whether `pid` is the session's main process or one of its snapshots."""
        return self._lineage.owns(pid)

    @property
    def uid(self) -> int | None:
        return self._birth.uid

    @property
    def alive(self) -> bool:
        """Whether another cell can run here."""
        return not self._gone and not self._lineage.has_ended

    async def ready(self) -> None:
        """Wait until the process is closed in and verified. Raises ProcessBroken."""
        await self._ready

    def exited(self, pid: int, status: int) -> None:
        """Take note that `pid`, which this process owns, ended with wait status `status`."""
        if self._lineage.exited(pid, status):
            self._fail_ready("it ended while it was being closed in")
            self._land(None)

    async def run(self, cell: Cell, number: int, on_output: Sink) -> RunResult:
        """Run one cell within the limits; every way it can end by itself is a RunResult.

        Raises SessionLost when the session is closed meanwhile.
        """
        rewound = cell.rewind and (self._lineage.undone or await self._lineage.go_back())
        flight = self._take_off(encode(RunCell(number, cell)), on_output)
        done = await flight.landing()
        self._raise_if_closed()
        cell_done = done if isinstance(done, CellDone) else None
        ended = (cell_done.exit_code, None) if cell_done else await self._lineage.exit()
        result = await self._brought_out(flight, self._told(flight, cell_done, ended))
        restored = await self._settle(flight, cell_done)
        self._raise_if_closed()
        return msgspec.structs.replace(
            result,
            status=flight.status(cell_done),
            error=self._error(flight, cell_done),
            alive=self.alive,
            restored=restored,
            rewound=rewound,
        )

    async def look(self, cell: Cell, number: int) -> RunResult:
        """Answer a cell that only looks, within the limits of a run. Raises SessionLost as `run` does.

        Nothing of the session changes, so its snapshots stay what they are of.
        """
        flight = self._take_off(encode(RunCell(number, cell)), _ignore_output, changes=False)
        done = await flight.landing()
        self._raise_if_closed()
        cell_done = done if isinstance(done, CellDone) else None
        ended = (cell_done.exit_code, None) if cell_done else await self._lineage.exit()
        result = self._told(flight, cell_done, ended)
        inspected = await flight.inspection()
        self._flight = None
        self._gone |= flight.load.leaves_too_much() or self._capture.closed
        self._gone |= cell_done is None or flight.missed_inspection
        self._raise_if_closed()
        return msgspec.structs.replace(
            result,
            status=flight.status(cell_done),
            output=(),
            inspection=inspected.inspection if inspected else None,
            alive=self.alive,
        )

    def _told(self, flight: Flight, done: CellDone | None, ended: Ended) -> RunResult:
        """Return what is known of a run the moment it ended."""
        return RunResult(
            status=flight.status(done),
            output=self._capture.end(),
            value=done.value if done else None,
            error=None,
            truncated=self._capture.truncated,
            seconds=flight.seconds,
            peak_bytes=max(flight.load.peak_bytes, self._memory_now()),
            tier=self._birth.walls.tier,
            exit_code=ended[0],
            signal=ended[1],
            alive=self.alive,
            replaced=done.replaced if done else (),
        )

    async def _brought_out(self, flight: Flight, result: RunResult) -> RunResult:
        """Return `result` with what comes after its end: report, figures and files."""
        inspected = await flight.inspection()
        figures = await flight.figures.finished()
        if inspected is None:
            return msgspec.structs.replace(result, figures=figures)
        files, more_files = await self._produced.collect() if inspected.wrote else ((), 0)
        return msgspec.structs.replace(
            result,
            inspection=inspected.inspection,
            figures=figures,
            files=files,
            more_figures=_count(inspected.more_figures),
            more_files=more_files,
        )

    async def _settle(self, flight: Flight, done: CellDone | None) -> bool:
        """Make ready for the next cell, if there can be one; tells whether this one was undone."""
        self._flight = None
        if flight.load.leaves_too_much():
            flight.reason, self._gone = "killed", True
        self._gone |= self._capture.closed
        silent = flight.missed_inspection or self._lineage.has_ended  # it drew, or was looked at
        undone = done is None or silent
        restored = undone and not self._gone and await self._lineage.go_back() and not self._gone
        self._gone |= undone and not restored
        if self.alive:
            flight.step_forward()
            self._lineage.rest()
        return restored

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

    def end_run(self, reason: Reason) -> None:
        """End the run in flight, if there is one, without a grace; the session goes with it."""
        if self._flight is not None and self._flight.is_on:
            self._gone = True
            self._flight.end(reason)

    async def destroy(self) -> None:
        """Kill the whole tree, close the descriptors and wipe the folder; safe to call twice."""
        self._gone = self._destroyed = True
        self._lineage.close()
        self._fail_ready("it was destroyed")
        self._land(None)
        self._forget_descriptors()
        await undo(self._tree, self._birth.folder, self._reaper)

    def calm(self) -> None:
        """Stop all of a session without a run: whatever it left running waits for the next one.

        Called again and again, for there are ways to go on. Costs a system call, and no variable.
        """
        if self._flight is not None or self._lineage.is_moving or not self.alive:
            return
        if self._lineage.is_keeping and self._patient:
            self._patient = False  # it forks a snapshot right now, or pretends to
            return
        self._calm = True
        self._tree.signal(signal.SIGSTOP)

    def _take_off(self, frame: bytes, on_output: Sink, *, changes: bool = True) -> Flight:
        birth = self._birth
        self._patient = True
        if changes:
            self._lineage.begin()
        if self._calm:
            self._calm = False
            self._tree.signal(signal.SIGCONT)
        self._capture.drain()
        if self.alive:
            self._control.send(frame)  # from here on the cell runs, and we make ready for its words
        flight = Flight(birth, self._folder, self._reaper, self._lineage)
        self._flight = flight
        self._capture.begin(birth.limits.output_bytes, birth.limits.output_lines, on_output)
        self._resume_output()  # the run before may have left it held
        if not self.alive:
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
        if self._capture.blocked is not None:
            self._hold_output(self._capture.blocked)

    def _hold_output(self, until: asyncio.Future[None]) -> None:
        """Read no more before `until` is done; a cell that goes on printing waits in write(2).

        That counts as the run's time: if its clock stood still, a client that never reads could
        keep a process, and its place in the sandbox, for ever.
        """
        self._held = True
        for descriptor in self._capture.descriptors:
            self._loop.remove_reader(descriptor)
        until.add_done_callback(lambda _: self._resume_output())

    def _resume_output(self) -> None:
        if self._held and not self._destroyed:
            self._held = False
            for descriptor in self._capture.descriptors:
                self._loop.add_reader(descriptor, self._on_output, descriptor)

    def _stop_flood(self) -> None:
        if self._flight is not None:
            self._flight.interrupt("output_limit")

    def _hear(self, sender: int, message: FromChild | None) -> None:
        """Take a frame; what does not fit the moment, or its sender, is a forgery and ends it all."""
        if self._lineage.hear(sender, message):
            return
        if sender == self._lineage.head and message is not None:
            self._hear_head(message)
        else:
            self._lose_control()

    def _hear_head(self, message: FromChild) -> None:
        flight = self._flight
        match message:
            case ChildReady() if not self._ready.done():
                self._ready.set_result(None)
            case ChildBroken(why=why) if not self._ready.done():
                self._fail_ready(why)
            case CellDone() | EvaluationDone() if flight and flight.is_on:
                flight.land(message)
            case Drawing() if flight and flight.awaits_inspection and flight.starts_drawing():
                pass
            case Drawn() if flight and flight.awaits_inspection and flight.figures.take(message):
                pass
            case Inspected() if flight and flight.awaits_inspection:
                flight.report(message)
            case _:
                self._lose_control()

    def _lose_control(self) -> None:
        """The control channel is closed or abused: nothing more can be believed or asked."""
        self._control.deafen()
        self._fail_ready("it closed its control channel")
        self._gone = True
        self._lineage.close()
        self._lineage.signal(signal.SIGKILL)
        self._land(None)

    def _fail_ready(self, why: str) -> None:
        if not self._ready.done():
            self._ready.set_exception(ProcessBroken(why))

    def _error(self, flight: Flight, done: CellDone | None) -> CellError | None:
        if flight.load.filled_disk:
            most = f"{self._birth.limits.disk_bytes // MIB} MiB"
            text = f"OSError: [Errno {errno.EDQUOT}] {os.strerror(errno.EDQUOT)}"
            return CellError("OSError", text[9:], None, text, Hint("full_disk", (most,)))
        return done.error if done and flight.reason is None else None

    def _memory_now(self) -> int:
        return usage.private_above(self._lineage.head, self._birth.baseline_bytes)

    def _raise_if_closed(self) -> None:
        if self._destroyed:
            raise SessionLost("it was closed", "unknown")

    def _forget_descriptors(self) -> None:
        if self._birth.control.fileno() < 0:
            return
        self._control.close()
        for descriptor in (self._birth.out, self._birth.err):
            self._loop.remove_reader(descriptor)
            os.close(descriptor)


def _ignore_output(_stream: Stream, _text: str) -> None:
    """Drop what runs on in the background may print, as between runs."""


def _count(claimed: int) -> int:
    """Return a number of figures as a child tells it, kept within reason."""
    return max(0, min(claimed, _MOST_COUNTED))
