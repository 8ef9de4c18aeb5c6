"""Backups on schedule: in time after restarts too, only the latest few, and no harm where they fail."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.operations.backups import RETRY, Schedule, backups_in, keep_backing_up
from bot.storage.migrate import migrate, shipped_migrations

DAY = timedelta(hours=24)


class Time:
    """A clock that only goes on while somebody sleeps, and ends the work after some sleeps."""

    def __init__(self, start: datetime, sleeps: int) -> None:
        self.now = start
        self.slept: list[timedelta] = []
        self._left = sleeps

    def read(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if not self._left:
            raise asyncio.CancelledError
        self._left -= 1
        self.slept.append(timedelta(seconds=seconds))
        self.now += timedelta(seconds=seconds)


Run = Callable[[Time], Awaitable[None]]
START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "tutor.sqlite3"
    migrate(path, shipped_migrations())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "backups"


@pytest.fixture
def run(database: Path, folder: Path) -> Run:
    async def go_on(time: Time) -> None:
        with pytest.raises(asyncio.CancelledError):
            await keep_backing_up(database, Schedule(folder, DAY, 3), time.read, time.sleep)

    return go_on


def names(folder: Path) -> list[str]:
    return [file.name for _, file in backups_in(folder)]


async def test_the_first_is_made_at_once_and_each_after_a_day(run: Run, folder: Path) -> None:
    time = Time(START, 3)
    await run(time)
    assert time.slept == [timedelta(), DAY, DAY]
    assert names(folder) == [
        "tensor-tutor-20260303T093000Z.sqlite3",
        "tensor-tutor-20260302T093000Z.sqlite3",
        "tensor-tutor-20260301T093000Z.sqlite3",
    ]
    for _, file in backups_in(folder):
        with closing(sqlite3.connect(file)) as copy:
            assert copy.execute("SELECT count(*) FROM migration").fetchone()[0] > 0


async def test_only_the_latest_stay_and_nobody_elses_file_goes(run: Run, folder: Path) -> None:
    folder.mkdir(parents=True)
    others = ["notes.txt", "tensor-tutor-99999999T999999Z.sqlite3", "tensor-tutor.sqlite3"]
    for name in others:
        (folder / name).write_text("mine")
    await run(Time(START, 6))
    assert names(folder) == [f"tensor-tutor-2026030{day}T093000Z.sqlite3" for day in (6, 5, 4)]
    assert {file.name for file in folder.iterdir()} == {*names(folder), *others}


async def test_a_restart_neither_hurries_nor_delays_them(run: Run, folder: Path) -> None:
    await run(Time(START, 1))
    time = Time(START + timedelta(hours=10), 1)
    await run(time)
    assert time.slept == [timedelta(hours=14)]
    time = Time(START + timedelta(hours=100), 1)
    await run(time)
    assert time.slept == [timedelta()]
    assert len(names(folder)) == 3


async def test_a_clock_that_was_set_back_stops_nothing(
    run: Run, folder: Path, database: Path
) -> None:
    await run(Time(START, 3))
    earlier = START - timedelta(days=300)
    time = Time(earlier, 2)
    await run(time)
    assert time.slept == [DAY, DAY]
    assert "tensor-tutor-20250507T093000Z.sqlite3" in names(folder)
    assert len(names(folder)) == 3


async def test_a_failure_is_logged_and_tried_again(
    run: Run, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.parent.write_text("a file where a folder is wanted")
    caplog.set_level(logging.INFO, "bot.operations")

    class Mended(Time):
        async def sleep(self, seconds: float) -> None:
            if self.slept and folder.parent.is_file():
                folder.parent.unlink()
            await super().sleep(seconds)

    time = Mended(START, 3)
    await run(time)
    assert time.slept == [timedelta(), RETRY, timedelta()]
    assert "no backup was made" in caplog.messages[0]
    assert str(folder) in caplog.messages[0]
    assert "backed up to" in caplog.messages[1]
    assert len(names(folder)) == 1


async def test_a_failure_removes_no_earlier_backup(
    run: Run, folder: Path, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await run(Time(START, 3))
    before = names(folder)
    database.write_bytes(b"no database at all, " * 500)
    await run(Time(START + 3 * DAY, 4))
    assert names(folder) == before
    assert {file.name for file in folder.iterdir()} == set(before)
