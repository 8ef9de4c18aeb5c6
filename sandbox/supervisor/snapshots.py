"""Which states a session can go back to: its snapshot of now, and the one before its latest cell."""

import asyncio
import contextlib
import os
import signal


class Snapshots:
    """`now` has the state of the session as it is, `base` that before its latest cell.

    A pid counts as a snapshot's only if it is in the session's process `group`.
    """

    def __init__(self, group: int) -> None:
        self._group = group
        self._stale: set[int] = set()
        self._cells = 0
        self._asked_after = 0
        self._answered = asyncio.Event()
        self._answered.set()
        self.now: int | None = None
        self.base: int | None = None
        self.undone = True
        """Whether the session is in the state before its latest cell, or has run none."""

    @property
    def pids(self) -> frozenset[int]:
        """All snapshots that may be alive, those of no more use too."""
        return frozenset({*self._stale, *(pid for pid in (self.now, self.base) if pid is not None)})

    @property
    def asked(self) -> bool:
        """Whether a snapshot is awaited."""
        return not self._answered.is_set()

    def ask(self) -> None:
        """Take note that the session was asked for a snapshot of what is now."""
        self._asked_after = self._cells
        self._answered.clear()

    def refused(self) -> None:
        """Take note that none will come."""
        self._answered.set()

    async def settled(self, seconds: float) -> None:
        """Wait until what was asked for is answered, for at most `seconds`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._answered.wait(), seconds)

    def add(self, pid: int) -> None:
        """Take `pid` as the snapshot that was asked for; a cell may have been sent since."""
        cells_since = self._cells - self._asked_after
        self._answered.set()
        if cells_since == 0:
            self.now = self._replace(self.now, pid)
        elif cells_since == 1:
            self.base = self._replace(self.base, pid)
        else:
            self._stale.add(pid)

    def forget(self, pid: int) -> None:
        """Take note that a process ended."""
        self._stale.discard(pid)
        self.now = None if self.now == pid else self.now
        self.base = None if self.base == pid else self.base

    def take_off(self) -> None:
        """A cell starts: what is now the state will be the one before it."""
        self.base = self._replace(self.base, self.now)
        self.now, self.undone = None, False
        self._cells += 1

    def went_back(self) -> None:
        """The session has the state of `base` again: nothing is left of its latest cell."""
        self.now = self._replace(self.now, self.base)
        self.base, self.undone = None, True
        self._answered.set()

    def drop_base(self) -> None:
        """Kill the snapshot of the state before the latest cell: it is only memory by now."""
        self.base = self._replace(self.base, None)
        self.drop_stale()

    def drop_stale(self) -> None:
        """Kill the snapshots of no more use; that takes a while, so not while somebody waits."""
        for pid in self._stale:
            signal_member(pid, self._group, signal.SIGKILL)

    def _replace(self, old: int | None, new: int | None) -> int | None:
        if old is not None and old != new:
            self._stale.add(old)
        return new


def signal_member(pid: int, group: int, number: int) -> None:
    """Signal `pid` if it is of process group `group`, and nobody who got its number since."""
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if os.getpgid(pid) == group:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def group_of(pid: int) -> int:
    """Return the process group of `pid`, or -1 when there is no such process."""
    try:
        return os.getpgid(pid)
    except OSError:
        return -1
