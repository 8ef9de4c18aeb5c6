"""The guard: keeps a supervisor alive, and however one dies, leaves no process and no file of it.

A death signal tied to the parent does not reach sessions (fork clears it), so this small process
keeps the list of what would be left over, holds the uid locks, sweeps, and starts another.
"""

import contextlib
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from sandbox.jail import kernel, reach, uids

_MESSAGE = 4096
_PATIENCE_SECONDS = 5.0
_SWEEP_PAUSE_SECONDS = 0.01
_SWEEP_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
_HEALTHY_SECONDS = 60.0
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_BROKEN = 70
"""The exit status of a supervisor that raised, as in sysexits.h."""

Supervise = Callable[[socket.socket, Path, bool], int]
"""Takes the channel to the guard, a folder, and whether to announce that it serves."""


@dataclass(slots=True)
class _Leftovers:
    """What would outlive the supervisor: uids with their lock descriptors, and process groups."""

    locks: dict[int, int] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)
    has_served: bool = False

    def note(self, message: str, descriptors: list[int]) -> None:
        what, _, number = message.partition(" ")
        if what == "uid" and descriptors:
            self.locks[int(number)] = descriptors[0]
        elif what == "group":
            self.groups.add(int(number))
        elif what == "gone":
            self.groups.discard(int(number))
        elif what == "serving":
            self.has_served = True


class Guard:
    """Keeps a supervisor alive: `supervise(channel, folder, announce)` runs in a child, and again
    in a new one when that was killed or broke.

    `lifeline` is the read end of a pipe: when all its writers are gone, everything ends.
    """

    def __init__(self, supervise: Supervise, lifeline: int | None) -> None:
        self._supervise = supervise
        self._lifeline = lifeline
        self._pid = 0
        self._stopping = False
        self._has_served = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def keep(self, *, once: bool) -> int:
        """Run one supervisor after the other, or just one; returns the exit status of the last.

        One that ends by its own decision is not started again. Nor is one that fails before any
        has served: nothing would change.
        """
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # whoever loses its parent becomes our child
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a session takes five of them
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in _ENDINGS:
            signal.signal(number, self._stop)
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            status = self._live_once()
            if once or self._stopping or self._is_final(status):
                return status
            if time.monotonic() - began > _HEALTHY_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            with contextlib.suppress(OSError):
                print("sandbox: the supervisor died; starting another", file=sys.stderr)  # noqa: T201
            if not self._rest(pause):
                return status
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _is_final(self, status: int) -> bool:
        return status == 0 or (status > 0 and not self._has_served)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)

    def _live_once(self) -> int:
        """Run one supervisor and clean up behind it; returns its exit status."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="tensor-tutor-", dir=_open_folder()))
            folder.chmod(0o711)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._fork(ours, theirs, folder)
        except OSError:
            if not self._has_served:
                raise
            return _BROKEN
        theirs.close()
        leftovers = _Leftovers()
        watch = os.pidfd_open(self._pid)
        try:
            self._attend(watch, ours, leftovers)
        finally:
            pid, self._pid = self._pid, 0
            _, status = os.waitpid(pid, 0)
            os.close(watch)
            _drain(ours, leftovers)
            _sweep(leftovers, folder)
            self._has_served |= leftovers.has_served
        return os.waitstatus_to_exitcode(status)

    def _fork(self, ours: socket.socket, theirs: socket.socket, folder: Path) -> None:
        """Start a supervisor; an order to end that comes meanwhile waits until it can be passed on."""
        announce, parent = not self._has_served, os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
        try:
            self._pid = os.fork()
            if self._pid == 0:
                ours.close()
                _become_supervisor(lambda: self._supervise(theirs, folder, announce), parent)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)

    def _attend(self, watch: int, channel: socket.socket, leftovers: _Leftovers) -> None:
        """Take notes until the supervisor is dead; one that was told to end gets a little time."""
        watched: list[int | socket.socket] = [watch, channel, *self._orders()]
        give_up: float | None = None
        is_ending = False
        while True:
            left = None if give_up is None else max(0.0, give_up - time.monotonic())
            ready, _, _ = select.select(watched, [], [], left)
            if give_up is not None and time.monotonic() >= give_up:
                os.kill(self._pid, signal.SIGKILL)
                give_up = None
            if watch in ready:
                return
            if channel in ready and not _take_note(channel, leftovers):
                watched.remove(channel)
            if not is_ending and self._is_told_to_end(ready):
                # Once: a supervisor that goes on to send notes gets no more time for that.
                is_ending = True
                watched = [watch, *(s for s in watched if s is channel)]
                give_up = time.monotonic() + _PATIENCE_SECONDS

    def _rest(self, seconds: float) -> bool:
        """Wait before the next start; False when everything is to end instead."""
        give_up = time.monotonic() + seconds
        while (left := give_up - time.monotonic()) > 0 and not self._stopping:
            ready, _, _ = select.select(self._orders(), [], [], left)
            self._is_told_to_end(ready)
        return not self._stopping

    def _orders(self) -> list[int]:
        return [fd for fd in (self._wake_read, self._lifeline) if fd is not None]

    def _is_told_to_end(self, ready: Sequence[int | socket.socket]) -> bool:
        if self._wake_read in ready:
            os.read(self._wake_read, _MESSAGE)
        cut = self._lifeline
        if cut is not None and cut in ready and not os.read(cut, _MESSAGE):
            self._stop()
        return self._stopping


def _open_folder() -> str:
    """Return where temporary files go, but not below a folder that learners' uids may not enter."""
    usual = tempfile.gettempdir()
    return next((f for f in (usual, "/tmp", "/var/tmp") if not reach.closed_ancestor(f)), usual)  # noqa: S108


def _become_supervisor(supervise: Callable[[], int], parent: int) -> NoReturn:
    """Run `supervise` in the child that was just forked and end with it."""
    status = _BROKEN
    try:
        signal.set_wakeup_fd(-1)
        kernel.die_with_parent(signal.SIGTERM)
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)
        if os.getppid() == parent:
            status = supervise()
    except Exception:  # noqa: BLE001  (nothing of the guard may run in its child)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _take_note(channel: socket.socket, leftovers: _Leftovers) -> bool:
    message, descriptors, _, _ = socket.recv_fds(channel, _MESSAGE, 1)
    if not message:
        return False
    leftovers.note(message.decode("ascii"), descriptors)
    return True


def _drain(channel: socket.socket, leftovers: _Leftovers) -> None:
    channel.setblocking(False)
    with contextlib.suppress(OSError):
        while _take_note(channel, leftovers):
            pass
    channel.close()


def _sweep(leftovers: _Leftovers, folder: Path) -> None:
    """Kill what is left until nothing is, wipe its files under its own uid, then give the uids back."""
    give_up = time.monotonic() + _SWEEP_SECONDS
    _kill_children()
    for group in leftovers.groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for uid in leftovers.locks:
        while not _done(uids.fork_as(uid, uids.kill_all_of_mine)) and time.monotonic() < give_up:
            time.sleep(_SWEEP_PAUSE_SECONDS)
    while not _kill_children() and time.monotonic() < give_up:
        time.sleep(_SWEEP_PAUSE_SECONDS)
    for entry in list(folder.glob("*")):  # a supervisor that ended well took the folder with it
        owner = entry.stat(follow_symlinks=False).st_uid
        if owner in leftovers.locks:
            path = str(entry)
            _done(uids.fork_as(owner, lambda path=path: uids.wipe(path)))  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)
    for lock in leftovers.locks.values():
        os.close(lock)


def _kill_children() -> bool:
    """Kill our children, the inherited ones too, and collect the dead; True when there is none."""
    for pid in _children():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _children() -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(entry.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                yield int(entry.parent.name)


def _done(helper: int) -> bool:
    _, status = os.waitpid(helper, 0)
    return os.waitstatus_to_exitcode(status) == 0
