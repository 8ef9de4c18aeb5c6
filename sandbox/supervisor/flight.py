"""A run in flight: the limits it is held to, and the ways it can end."""

import asyncio
import logging
import signal
import time
from typing import Literal

from sandbox.childwire import CellDone, EvaluationDone, Inspected
from sandbox.jail import priority, uids
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.drawing import DrawingWatch
from sandbox.supervisor.figures import Figures
from sandbox.supervisor.folder import Folder
from sandbox.supervisor.lineage import Lineage
from sandbox.supervisor.load import Excess, Load
from sandbox.supervisor.reaper import Reaper
from sandbox.wire import Status

_log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.05
_GRACE_SECONDS = 1.0
_INSPECTION_SECONDS = 0.5
_POLITE_SECONDS = 0.3
"""CPU time after which a run lets shorter ones go first."""

_NICE = 15
_NICE_OF_MANY = 19
"""Sixty processes of priority 15 leave a run of 10 a twentieth of the CPU; of 19, a tenth of it."""

_MANY = 8

Reason = Literal["timeout", "oom", "output_limit", "interrupted", "killed"]
Ending = CellDone | EvaluationDone | None


class Flight:
    """One run, from the moment its cell is sent.

    `lineage` knows the main process, and the snapshots, which only wait.
    """

    def __init__(self, birth: Birth, folder: Folder, reaper: Reaper, lineage: Lineage) -> None:
        self._birth = birth
        self._tree = birth.tree
        self._limits = birth.limits
        self._reaper = reaper
        self._lineage = lineage
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[Ending] = self._loop.create_future()
        self._inspected: asyncio.Future[Inspected | None] = self._loop.create_future()
        self._started = time.monotonic()
        self._stepped_back = False
        self._grace: asyncio.TimerHandle | None = None
        self._timer = self._loop.call_later(_WATCH_SECONDS, self._watch)
        self.reason: Reason | None = None
        self.load = Load(birth, folder, lineage, self._is_too_much)
        self.missed_inspection = False
        self.figures = Figures()
        self._drawing: DrawingWatch | None = None
        self._give_up: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        """How long it has been on."""
        return time.monotonic() - self._started

    @property
    def is_on(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.done()

    @property
    def awaits_inspection(self) -> bool:
        """Whether the cell has ended and its report may still come."""
        return self._ended.done() and not self._inspected.done()

    async def landing(self) -> Ending:
        """Wait for the end: the child's word, or None when the process ended or was ended."""
        try:
            return await self._ended
        finally:
            self._timer.cancel()
            if self._grace is not None:
                self._grace.cancel()

    def starts_drawing(self) -> bool:
        """Wait longer for the report, and watch meanwhile; False when that was said before."""
        if self._drawing is not None:
            return False
        if self._give_up is not None:
            self._give_up.cancel()
        self._drawing = DrawingWatch(self.load, self._lineage.signal, self._miss_inspection)
        return True

    async def inspection(self) -> Inspected | None:
        """Wait a little for the collector's report; one that hangs sets `missed_inspection`."""
        if self._drawing is None:
            self._give_up = self._loop.call_later(_INSPECTION_SECONDS, self._miss_inspection)
        try:
            return await self._inspected
        finally:
            if self._give_up is not None:
                self._give_up.cancel()
            if self._drawing is not None:
                self._drawing.close()

    def land(self, ending: Ending) -> None:
        """Take the first ending there is; without a word from the child no report will come."""
        if not self._ended.done():
            self._ended.set_result(ending)
        if ending is None and not self._inspected.done():
            self._inspected.set_result(None)

    def report(self, inspected: Inspected) -> None:
        """Take the collector's report."""
        self._inspected.set_result(inspected)

    def interrupt(self, reason: Reason) -> None:
        """Ask the run to stop, and after a second's grace end it."""
        if self.is_on and self.reason is None:
            self.reason = reason
            self._lineage.signal(signal.SIGINT)
            self._grace = self._loop.call_later(_GRACE_SECONDS, self.end, reason)
        elif self._drawing is not None and self.awaits_inspection:
            self._drawing.interrupt()

    def end(self, reason: Reason) -> None:
        """Kill the main process; the rest of the tree goes with its session."""
        if self.is_on:
            self.reason = reason
            self._lineage.signal(signal.SIGKILL)
            self.land(None)

    def step_forward(self) -> None:
        """Give back the priority that a long run has lost."""
        if self._stepped_back:
            self._stepped_back = False
            self._set_nice(priority.NICE)

    def status(self, done: CellDone | None) -> Status:
        """Return how the run ended: what we did to it goes before what the child says."""
        if self.reason is not None:
            return self.reason
        return done.status if done is not None else "killed"

    def _watch(self) -> None:
        """Hold the run to what only someone outside can measure, and end it if that fails."""
        try:
            self._check()
        except Exception:  # noqa: BLE001  (a run that nobody limits must not go on)
            _log.exception("a run could not be watched")
            self.end("killed")
        if self.is_on:
            self._timer = self._loop.call_later(_WATCH_SECONDS, self._watch)

    def _check(self) -> None:
        load = self.load
        load.look()
        may_step_back = self._birth.walls.priority_returns and not self._stepped_back
        if load.cpu_seconds > _POLITE_SECONDS and may_step_back:
            self._stepped_back = True
            self._set_nice(_NICE if load.processes <= _MANY else _NICE_OF_MANY)
        limits = self._limits
        if self.seconds > limits.wall_seconds or load.cpu_seconds > limits.cpu_seconds:
            self.interrupt("timeout")

    def _is_too_much(self, excess: Excess) -> None:
        if self._drawing is not None and self.awaits_inspection:
            self._drawing.end()
        else:
            self.end(excess)

    def _set_nice(self, nice: int) -> None:
        """Change the tree's priority: by ourselves, or by a helper under its uid where we may not."""
        if not self._tree.step_back(nice):
            self._reaper.watch(uids.fork_as(self._tree.uid, lambda: self._tree.step_back(nice)))

    def _miss_inspection(self) -> None:
        if not self._inspected.done():
            self.missed_inspection = True
            self._inspected.set_result(None)
