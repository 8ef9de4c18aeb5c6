"""Makes backups on schedule, keeps the latest few, and never stands in anybody's way."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage.backup import back_up
from bot.storage.errors import StorageError

RETRY = timedelta(minutes=15)
"""How long to wait after a backup that failed."""

_NAME = re.compile(r"tensor-tutor-(\d{8}T\d{6}Z)\.sqlite3")
_FORM = "%Y%m%dT%H%M%SZ"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every so often a backup goes into `folder`, where the latest `keep` of them stay."""

    folder: Path
    every: timedelta
    keep: int


async def keep_backing_up(
    database: Path,
    schedule: Schedule,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Make backups for ever, the first when the latest one there is old enough."""
    while True:
        try:
            await sleep(await asyncio.to_thread(_seconds_to_go, schedule, now()))
            file = await asyncio.to_thread(_back_up, database, schedule, now())
        except (StorageError, OSError) as error:
            log.error("no backup was made: %s. The next try is in %s", error, RETRY)  # noqa: TRY400
            await sleep(RETRY.total_seconds())
        else:
            log.info("backed up to %s", file)


def backups_in(folder: Path) -> list[tuple[datetime, Path]]:
    """Return the backups that were made on schedule, the latest first, with the time of each."""
    if not folder.is_dir():
        return []
    timed = [(_time(file.name), file) for file in folder.iterdir()]
    return sorted(((time, file) for time, file in timed if time), reverse=True)


def _time(name: str) -> datetime | None:
    """Return when the backup of that name was made, None for what is not one of ours."""
    match = _NAME.fullmatch(name)
    try:
        return datetime.strptime(match[1], _FORM).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def _seconds_to_go(schedule: Schedule, now: datetime) -> float:
    made = backups_in(schedule.folder)
    if not made:
        return 0.0
    to_go = made[0][0] + schedule.every - now
    # Where the clock was set back, the latest one may be from the future.
    return min(max(to_go, timedelta()), schedule.every).total_seconds()


def _back_up(database: Path, schedule: Schedule, now: datetime) -> Path:
    schedule.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = schedule.folder / f"tensor-tutor-{now.astimezone(UTC).strftime(_FORM)}.sqlite3"
    back_up(database, file)
    # After the clock was set back there may be later ones than this, which stays nevertheless.
    others = [old for _, old in backups_in(schedule.folder) if old != file]
    for old in others[schedule.keep - 1 :]:
        old.unlink(missing_ok=True)
    return file
