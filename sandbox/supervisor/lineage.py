"""Which process is the session: the first one, or whichever a snapshot of it forked since."""

import asyncio
import contextlib
import os
import signal
import time

from sandbox.childwire import WAKE, FromChild, NoSnapshot, Snapshotted, TakeSnapshot, Woken
from sandbox.supervisor import usage
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.control import Control
from sandbox.supervisor.pace import Pace
from sandbox.supervisor.snapshots import Snapshots, group_of, signal_member
from sandbox.supervisor.undo import kill_all_but
from sandbox.wire import encode

_EXIT_SECONDS = 1.0
_WAKE_SECONDS = 2.0
_ANSWER_SECONDS = 1.0
_BASE_SECONDS = 600.0
"""How long after a cell it can still be run again on the state before it."""


class Lineage:
    """The `head`, which runs cells, and the snapshots it forked of itself, where it may have any."""

    def __init__(self, birth: Birth, control: Control) -> None:
        self._birth = birth
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._snapshots = Snapshots(birth.pid)
        self._pace = Pace()
        self._resting = False
        self._looked = True
        self._rested = time.monotonic()
        self._waking: asyncio.Future[bool] | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self.head = birth.pid

    @property
    def has_ended(self) -> bool:
        """Whether the head has ended."""
        return self._exit.done()

    @property
    def is_moving(self) -> bool:
        """Whether the session is on its way from one process to another."""
        return self._waking is not None

    @property
    def is_keeping(self) -> bool:
        """Whether a snapshot is due or on its way."""
        return self._snapshots.asked or (self._resting and not self._looked)

    @property
    def undone(self) -> bool:
        """Whether the session is in the state before its latest cell."""
        return self._snapshots.undone

    @property
    def snapshots(self) -> frozenset[int]:
        """The pids of all snapshots."""
        return self._snapshots.pids

    def owns(self, pid: int) -> bool:
        """Tell whether `pid` is the head or a snapshot."""
        return pid == self.head or pid in self._snapshots.pids

    def exited(self, pid: int, status: int) -> bool:
        """Take note that one of them ended with wait status `status`; True if it was the head."""
        self._snapshots.forget(pid)
        if pid == self.head and not self._exit.done():
            self._exit.set_result(status)
        return pid == self.head

    def signal(self, number: int) -> None:
        """Signal the head."""
        if not self._exit.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.head, number)

    async def exit(self) -> tuple[int | None, int | None]:
        """Wait a little; return the head's exit code and the signal that ended it, if it did end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._exit), _EXIT_SECONDS)
        if not self._exit.done():
            return None, None
        code = os.waitstatus_to_exitcode(self._exit.result())
        return (code, None) if code >= 0 else (None, -code)

    def begin(self) -> None:
        """A cell is about to be sent to the head."""
        if self._resting and not self._looked and self._pace.may_wait:
            self._take_snapshot()  # the cell is sent after it, and waits
        self._stop_waiting()
        self._snapshots.take_off()
        self._pace.begin(self._loop.time())

    def rest(self) -> None:
        """The head waits for its next cell: keep what it has now."""
        if not self._birth.snapshots:
            return
        self._resting, self._looked = True, False
        self._rested = time.monotonic()
        delay = self._pace.end(self._loop.time())
        self._timers = [
            self._loop.call_later(delay, self._take_snapshot),
            self._loop.call_later(_BASE_SECONDS, self._snapshots.drop_base),
        ]

    def close(self) -> None:
        """Keep nothing more, and give up moving; safe to call twice."""
        self._stop_waiting()
        if self._waking is not None and not self._waking.done():
            self._waking.set_result(False)

    def hear(self, sender: int, message: FromChild | None) -> bool:
        """Take a word about snapshots, and those of processes that are dead; False for all others."""
        match message:
            case Woken() if self._waking is not None and not self._waking.done():
                self._follow(sender)
            case _ if self._waking is not None:
                pass  # the last words of what was killed
            case Snapshotted() if self._snapshots.asked and self._is_kin(sender):
                self._snapshots.add(sender)
                if self._resting:
                    self._take_snapshot()  # unless this one came in time
            case NoSnapshot() if self._snapshots.asked and sender == self.head:
                self._snapshots.refused()
            case _:
                return False
        return True

    async def go_back(self) -> bool:
        """Kill all there is but the snapshot before the latest cell, and go on from that one."""
        await self._snapshots.settled(_ANSWER_SECONDS)
        base = self._snapshots.base
        if base is None:
            return False
        tree = self._birth.tree
        self._waking = self._loop.create_future()
        try:
            if await kill_all_but(frozenset({base}), tree):
                tree.signal(signal.SIGCONT)
                signal_member(base, self._birth.pid, WAKE)
                return await asyncio.wait_for(self._waking, _WAKE_SECONDS)
        except TimeoutError:
            pass
        finally:
            self._waking = None
        return False

    def _take_snapshot(self) -> None:
        """Ask the head to fork a snapshot, if it is one that can be returned to."""
        self._looked = True
        self._snapshots.drop_stale()
        if self._snapshots.asked or self._exit.done() or self._snapshots.now is not None:
            return
        held = usage.memory_above(self.head, self._birth.baseline_bytes)
        busy = self._birth.tree.is_busy(self.head, self._snapshots.pids, self._rested)
        if held <= usage.MOST_SNAPSHOT_BYTES and not busy:
            self._snapshots.ask()
            self._control.send(encode(TakeSnapshot()))

    def _follow(self, sender: int) -> None:
        """Make `sender`, which the snapshot has forked, the head."""
        if self._waking is not None and self._is_kin(sender):
            self.head = self._control.head = sender
            self._exit = self._loop.create_future()
            self._snapshots.went_back()
            self._waking.set_result(True)

    def _is_kin(self, pid: int) -> bool:
        return group_of(pid) == self._birth.pid

    def _stop_waiting(self) -> None:
        self._resting = False
        for timer in self._timers:
            timer.cancel()
