"""Says what is wrong with the database in one sentence that names the file and what to do."""

import sqlite3
from pathlib import Path

from bot.tutor.ports import NotSaved

BUSY_SECONDS = 10.0
"""How long to wait for another program that is writing to the same file."""

_REASONS = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and is yours to write",
    sqlite3.SQLITE_READONLY: "cannot be written; check that the file and its folder are yours to write",
    sqlite3.SQLITE_PERM: "cannot be opened; check that the file and its folder are yours to write",
    sqlite3.SQLITE_NOTADB: "is no SQLite database; move it away, or name another file as `database`",
    sqlite3.SQLITE_CORRUPT: "is damaged; move it away and put a backup in its place",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "could not be read or written; check the disk it is on",
    sqlite3.SQLITE_BUSY: f"has been in use by another program for {BUSY_SECONDS:g} s; stop that program",
}


class StorageError(Exception):
    """The database cannot be used; the message is one sentence for the operator."""


class DiskTrouble(StorageError, NotSaved):  # noqa: N818  (a state, as `NotSaved`)
    """The disk has no room for what was to be written, or does not take it."""


_OF_THE_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
_OF_READING = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ)


def is_busy(error: Exception) -> bool:
    """Tell whether another connection was in the way, for whatever reason; waiting helps."""
    return _kind(getattr(error, "sqlite_errorcode", None)) == sqlite3.SQLITE_BUSY


def _kind(code: object) -> int | None:
    """Return the kind of error that `code` details: its low byte."""
    return code & 0xFF if isinstance(code, int) else None


def explain(path: Path, error: Exception) -> StorageError:
    """Return the `StorageError` that says what `error` means for the database at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    kind = _kind(code)
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:
        kind = sqlite3.SQLITE_FULL  # SQLite's index of the log cannot grow
    reason = _REASONS.get(kind) if kind else None
    text = f"{path}: the database {reason or f'refused this: {error}'}"
    failure = StorageError(text)
    if kind in _OF_THE_DISK and code not in _OF_READING:
        failure = DiskTrouble(text)
        failure.is_full = kind == sqlite3.SQLITE_FULL
    failure.__cause__ = error
    return failure
