"""The guard: starts the supervisor and, however that one dies, leaves no process and no file of it.

A death signal tied to the parent does not reach sessions (fork clears it), so this small process
keeps the list of what would be left over, holds the uid locks, and sweeps.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.jail import kernel, reach, uids

_MESSAGE = 4096
_PATIENCE_SECONDS = 5.0
_SWEEP_PAUSE_SECONDS = 0.01
_SWEEP_SECONDS = 10.0


@dataclass(slots=True)
class _Leftovers:
    """What would outlive the supervisor: uids with their lock descriptors, and process groups."""

    locks: dict[int, int] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)

    def note(self, message: str, descriptors: list[int]) -> None:
        what, _, number = message.partition(" ")
        if what == "uid" and descriptors:
            self.locks[int(number)] = descriptors[0]
        elif what == "group":
            self.groups.add(int(number))
        elif what == "gone":
            self.groups.discard(int(number))


def guard(supervise: Callable[[socket.socket, Path], int], lifeline: int | None) -> int:
    """Run `supervise(channel, folder)` in a child and clean up behind it; returns its exit status.

    `lifeline` is the read end of a pipe: when all its writers are gone, everything ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="tensor-tutor-", dir=_open_folder()))
    folder.chmod(0o711)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        ours.close()
        os._exit(_supervise(supervise, theirs, folder, os.getppid()))
    theirs.close()
    watch = os.pidfd_open(pid)
    leftovers = _Leftovers()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(pid, signal.SIGTERM))
    try:
        _attend(watch, ours, lifeline, leftovers, pid)
    finally:
        _, status = os.waitpid(pid, 0)
        _drain(ours, leftovers)
        _sweep(leftovers, folder)
    return os.waitstatus_to_exitcode(status)


def _open_folder() -> str:
    """Return where temporary files go, but not below a folder that learners' uids may not enter."""
    usual = tempfile.gettempdir()
    return next((f for f in (usual, "/tmp", "/var/tmp") if not reach.closed_ancestor(f)), usual)  # noqa: S108


def _supervise(
    supervise: Callable[[socket.socket, Path], int],
    channel: socket.socket,
    folder: Path,
    parent: int,
) -> int:
    kernel.die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        return 1
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        return supervise(channel, folder)
    except KeyboardInterrupt:
        return 0


def _attend(
    watch: int, channel: socket.socket, lifeline: int | None, leftovers: _Leftovers, pid: int
) -> None:
    """Take notes until the supervisor is dead; end it when the lifeline is cut."""
    watched: list[int | socket.socket] = [watch, channel]
    if lifeline is not None:
        watched.append(lifeline)
    patience: float | None = None
    while True:
        ready, _, _ = select.select(watched, [], [], patience)
        if not ready:
            os.kill(pid, signal.SIGKILL)
        if watch in ready:
            return
        if channel in ready and not _take_note(channel, leftovers):
            watched.remove(channel)
        if lifeline in ready and not os.read(lifeline or 0, _MESSAGE):
            watched.remove(lifeline or 0)
            os.kill(pid, signal.SIGTERM)
            patience = _PATIENCE_SECONDS


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
    for group in leftovers.groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for uid in leftovers.locks:
        while not _done(uids.fork_as(uid, uids.kill_all_of_mine)) and time.monotonic() < give_up:
            time.sleep(_SWEEP_PAUSE_SECONDS)
    for entry in list(folder.iterdir()):
        owner = entry.stat(follow_symlinks=False).st_uid
        if owner in leftovers.locks:
            path = str(entry)
            _done(uids.fork_as(owner, lambda path=path: uids.wipe(path)))  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)
    for lock in leftovers.locks.values():
        os.close(lock)


def _done(helper: int) -> bool:
    _, status = os.waitpid(helper, 0)
    return os.waitstatus_to_exitcode(status) == 0
