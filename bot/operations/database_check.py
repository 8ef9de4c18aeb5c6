"""Checks the database, the room on its disk, and the backups that are made of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.operations.backups import Schedule, backups_in
from bot.operations.report import Check
from bot.storage.errors import StorageError
from bot.storage.examine import DatabaseState, examine

LITTLE, TOO_LITTLE = 1_000_000_000, 200_000_000
"""Bytes of free disk below which somebody should look, and below which they have to."""


def database_check(path: Path, look: Callable[[Path], DatabaseState] = examine) -> Check:
    """Check that the database opens, is sound and of a schema we know, and has room to grow."""
    name = "database"
    try:
        found = look(path)
    except StorageError as error:
        what, _, advice = str(error).partition("; ")
        return Check(name, "wrong", what, (advice,) if advice else ())
    facts = {
        "schema": found.schema,
        "newest_schema": found.newest_schema,
        "bytes": found.size,
        "free_bytes": found.free,
    }
    text = f"{path}, {_what(found)}, {_size(found.free)} free on its disk"
    if found.free < TOO_LITTLE:
        advice = "make room on that disk: once it is full, nothing is saved any more"
        return Check(name, "wrong", text, (advice,), facts)
    if found.free < LITTLE + found.size:  # a backup beside it takes as much again
        return Check(name, "note", text, ("make room on that disk before it is full",), facts)
    return Check(name, "well", text, (), facts)


def _what(found: DatabaseState) -> str:
    if found.schema is None:
        return "made on the first start"
    what = f"sound, {_size(found.size)}, schema {found.schema}"
    if found.schema < found.newest_schema:
        what += f" (the next start brings it to {found.newest_schema})"
    return what


def backups_check(schedule: Schedule | None, now: datetime) -> Check:
    """Check that backups are made, and that the latest is not too old."""
    name = "backups"
    if schedule is None:
        advice = "name a folder as `backup.folder`, or run `tensor-tutor backup FILE` every day"
        return Check(name, "off", "none are made by themselves", (advice,))
    try:
        made = backups_in(schedule.folder)
    except OSError as error:
        advice = "give the program's user that folder, or name another as `backup.folder`"
        return Check(name, "wrong", f"{schedule.folder}: {error.strerror}", (advice,))
    facts = {"folder": str(schedule.folder), "count": len(made)}
    if not made:
        text = f"none in {schedule.folder} yet; the first is made when the program starts"
        return Check(name, "note", text, (), facts)
    latest = made[0][0]
    text = f"{len(made)} in {schedule.folder}, the latest of {latest:%Y-%m-%d %H:%M} UTC"
    if now.astimezone(UTC) - latest > 2 * schedule.every:
        advice = "unless the program did not run meanwhile, its log says why: `no backup was made`"
        return Check(name, "note", text, (advice,), facts)
    return Check(name, "well", text, (), facts)


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
