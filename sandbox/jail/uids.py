"""Leases of user ids, host-wide: a lock file each, so that two supervisors never share one."""

import contextlib
import fcntl
import itertools
import os
import secrets
import signal
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FIRST_UID = 58_000
LAST_UID = 59_999
"""At the top of the range that distributions leave to ordinary users; system ranges lie elsewhere."""

_LOCK_PARENTS = ("/run", "/var/lock", "/tmp")  # noqa: S108  (checked before it is used)
_LOCK_FOLDER = "tensor-tutor-uids"


class OutOfUids(Exception):  # noqa: N818
    """Every uid of the range is leased or in use."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A uid that is ours while `lock` is open."""

    uid: int
    lock: int


def lock_folder() -> Path:
    """Return the folder of the lock files, the same for every supervisor of this host.

    `/run` where it can be written, as on any ordinary host; else what a container with a read-only
    root leaves. Raises OSError when there is none that is ours alone.
    """
    for parent in _LOCK_PARENTS:
        folder = Path(parent, _LOCK_FOLDER)
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700)
        with contextlib.suppress(OSError):
            status = folder.lstat()
            ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
            if ours and not status.st_mode & 0o077 and os.access(folder, os.W_OK):
                return folder
    raise OSError(f"no folder for the locks of learners' uids: make {_LOCK_PARENTS[0]} writable")


def lease(folder: Path, in_use: set[int]) -> Lease:
    """Lock and return the first uid that nobody holds and nothing runs as. Raises OutOfUids."""
    for uid in _candidates(in_use):
        lock = os.open(folder / str(uid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return Lease(uid, lock)
    raise OutOfUids(f"no free uid from {FIRST_UID} to {LAST_UID}")


def uids_in_use() -> set[int]:
    """Return the uids of all processes there are."""
    return {owner for _, owner in _processes()}


def fork_as(uid: int | None, action: Callable[[], bool]) -> int:
    """Do `action` in a forked helper that has taken `uid`; returns the helper's pid.

    The helper exits with 0 when `action` returns True, else with 1. With None it keeps our uid.
    """
    helper = os.fork()
    if helper != 0:
        return helper
    done = False
    try:
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        done = action()
    finally:
        os._exit(0 if done else 1)


def kill_all_of_mine() -> bool:
    """Kill every process of this user; True when none was left to kill. Only via `fork_as`.

    `kill(-1)` reaches exactly what the taken uid may signal, however fast it forks. Linux answers
    it with success even when it reached nobody, so what is left is counted in /proc.
    """
    if os.getuid() == 0:
        raise PermissionError("never as root")
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    return not any(pid != os.getpid() for pid in processes_of(os.getuid()))


def processes_of(uid: int) -> list[int]:
    """Return the pids of all processes of `uid` that have not ended."""
    return [pid for pid, owner in _processes() if owner == uid and not _has_ended(pid)]


def wipe(folder: str) -> bool:
    """Delete `folder` and all in it, and this user's leftovers in /dev/shm; True when it is gone.

    Runs under the uid that owns the folder, so a symlink left in it leads nowhere forbidden. The
    folder itself may lie in a parent that this uid cannot write: then it is left empty.
    """
    with contextlib.suppress(OSError):
        _empty(folder)
    _wipe_shared_memory(os.getuid())
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    return not os.path.isdir(folder) or not os.listdir(folder)


def _empty(folder: str) -> None:
    """Delete all in `folder`, closed folders and endlessly deep ones too.

    What a folder holds is carried up to the top before it goes: no path gets long, nothing recurses,
    and no right beyond the owner's is needed. Works in `folder` as the current one.
    """
    os.chmod(folder, stat.S_IRWXU)
    os.chdir(folder)
    fresh = (f"{secrets.token_hex(8)}-{number}" for number in itertools.count())
    progress = True
    while progress:
        progress = False
        for name in os.listdir("."):
            with contextlib.suppress(OSError):
                _take_away(name, fresh)
                progress = True


def _take_away(name: str, fresh: Iterator[str]) -> None:
    if not stat.S_ISDIR(os.lstat(name).st_mode):
        os.unlink(name)
        return
    os.chmod(name, stat.S_IRWXU)
    for inner in os.listdir(name):
        path = f"{name}/{inner}"
        if stat.S_ISDIR(os.lstat(path).st_mode):
            os.chmod(path, stat.S_IRWXU)  # a folder that moves is written to
        os.rename(path, next(fresh))
    os.rmdir(name)


def _wipe_shared_memory(uid: int) -> None:
    if not FIRST_UID <= uid <= LAST_UID:
        return
    for entry in os.scandir("/dev/shm"):  # noqa: S108
        with contextlib.suppress(OSError):
            if entry.stat(follow_symlinks=False).st_uid == uid:
                os.unlink(entry.path)


def _processes() -> Iterator[tuple[int, int]]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), entry.stat().st_uid


def _has_ended(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as status:
            return status.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _candidates(in_use: set[int]) -> Iterator[int]:
    return (uid for uid in range(FIRST_UID, LAST_UID + 1) if uid not in in_use)
