"""Copies the database into another file while it is in use: whole, checked, and all or nothing."""

import contextlib
import errno
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.storage.errors import BUSY_SECONDS, DiskTrouble, StorageError, explain

_UNFINISHED = ".tensor-tutor-backup-"
_GIVEN_UP_SECONDS = 3600.0
"""Age of an unfinished copy that nobody can still be writing."""


def back_up(source: Path, target: Path) -> int:
    """Copy the database at `source` to `target`; return how many bytes that are.

    `target` is replaced in one step, by a copy that was found intact, if it is an earlier backup.
    Raises `StorageError`.
    """
    if not source.is_file():
        raise StorageError(f"{source}: there is no database yet; name it as `database`")
    _check_target(source, target)
    try:
        _sweep(target.parent)
        with _unfinished(target) as copy:
            _copy(source, copy)
            _check_copy(source, copy)
            _flush(copy)
            copy.replace(target)
        _flush(target.parent)
        return target.stat().st_size
    except OSError as error:
        raise StorageError(
            f"{target}: the backup cannot be written ({error.strerror}); check that its folder "
            "exists, is yours to write, and has room"
        ) from error


def _check_target(source: Path, target: Path) -> None:
    """Refuse to put a backup in the place of anything but a backup."""
    if target.is_dir():
        raise StorageError(f"{target}: this is a folder; name the file to write the backup to")
    if not target.exists():
        return
    if target.samefile(source):
        raise StorageError(f"{target}: this is the database itself; name another file")
    if target.with_name(f"{target.name}-wal").exists():
        raise StorageError(f"{target}: this is a database in use; name another file")
    if not target.is_file() or (target.stat().st_size and not _is_backup(target)):
        raise StorageError(
            f"{target}: this is no backup of Tensor Tutor, so it is left alone; name another file"
        )


def _is_backup(path: Path) -> bool:
    try:
        with closing(_open(path, "ro")) as database:
            return _is_ours(database)
    except sqlite3.Error:
        return False


def _is_ours(database: sqlite3.Connection) -> bool:
    count = "SELECT count(*) FROM sqlite_schema WHERE name IN ('migration', 'learner')"
    return bool(database.execute(count).fetchone()[0] == 2)


def _sweep(folder: Path) -> None:
    """Remove what was left unfinished when somebody was killed."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _GIVEN_UP_SECONDS:
                left.unlink()


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Yield an empty file beside `target` that is ours alone; remove it unless it was moved."""
    descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            Path(f"{name}{ending}").unlink(missing_ok=True)


def _copy(source: Path, copy: Path) -> None:
    try:
        with closing(_open(source, "rw")) as database, closing(_open(copy, "rw")) as new:
            if not _is_ours(database):
                raise StorageError(f"{source}: this database belongs to another program")
            # All pages in one step: in several, every write meanwhile would begin it anew. Writers
            # do not wait for it, for it reads what was there when it began.
            database.backup(new, pages=-1, progress=_patience(source))
            new.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    except sqlite3.Error as error:
        trouble = explain(source, error)
        if isinstance(trouble, DiskTrouble):  # of the copy's disk: what is read is not written to
            number = errno.ENOSPC if trouble.is_full else errno.EIO
            raise OSError(number, os.strerror(number)) from error
        raise trouble from error


def _patience(source: Path) -> Callable[[int, int, int], None]:
    """Return what gives up once somebody else has kept the database locked for too long."""
    end = time.monotonic() + BUSY_SECONDS

    def look(status: int, _left: int, _pages: int) -> None:
        is_locked = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if is_locked and time.monotonic() > end:
            raise StorageError(
                f"{source}: the database has been locked by another program for "
                f"{BUSY_SECONDS:g} s; stop that program"
            )

    return look


def _check_copy(source: Path, copy: Path) -> None:
    try:
        with closing(_open(copy, "ro")) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise StorageError(
            f"{source}: the database is damaged ({found}), so no backup was made; keep the backups "
            "that you have, and put the latest in its place"
        )


def _open(path: Path, mode: str) -> sqlite3.Connection:
    """Open what is there; nothing is made."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
