"""The database and its backups: what is wrong is named with what to do, and looking changes nothing."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.operations.backups import Schedule
from bot.operations.database_check import LITTLE, TOO_LITTLE, backups_check, database_check
from bot.operations.report import Check
from bot.storage.examine import DatabaseState
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.sqlite import open_store
from bot.tutor.event import Actor

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
NEWEST = len(shipped_migrations())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tutor.sqlite3"


def holding(free: int) -> Check:
    return database_check(Path("x"), lambda _: DatabaseState(NEWEST, NEWEST, 1000, free))


def test_a_database_that_is_not_there_yet_is_well_and_stays_away(path: Path) -> None:
    found = database_check(path)
    assert found.is_well
    assert "made on the first start" in found.found
    assert list(path.parent.iterdir()) == []


def test_a_sound_database_is_told_with_its_schema_and_not_touched(path: Path) -> None:
    migrate(path, shipped_migrations())
    before = path.read_bytes()
    found = database_check(path)
    assert found.is_well
    assert f"sound, 0.1 MB, schema {NEWEST}," in found.found
    assert found.facts["schema"] == found.facts["newest_schema"] == NEWEST
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


async def test_a_database_in_use_can_be_looked_at(path: Path) -> None:
    async with open_store(path) as store:
        await store.learner(Actor("console", "ada", "Ada"))
        assert database_check(path).is_well
        await store.learner(Actor("console", "bob", "Bob"))


def test_a_database_of_a_past_schema_is_told_and_left_as_it_is(path: Path) -> None:
    migrate(path, shipped_migrations()[:1])
    found = database_check(path)
    assert found.is_well
    assert f"schema 1 (the next start brings it to {NEWEST})" in found.found
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT max(number) FROM migration").fetchone() == (1,)


def test_a_database_newer_than_the_program_is_wrong(path: Path) -> None:
    migrate(path, shipped_migrations())
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO migration VALUES (99, 'future')")
    found = database_check(path)
    assert found.state == "wrong"
    assert "a newer version of Tensor Tutor made this database (schema 99" in found.found
    assert found.advice == ("update the program, or name another file as `database`",)


def test_a_damaged_database_is_wrong(path: Path) -> None:
    migrate(path, shipped_migrations())
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    found = database_check(path)
    assert found.state == "wrong"
    assert "damaged" in found.found
    assert "backup" in found.advice[0]


@pytest.mark.parametrize("kind", ["text", "theirs", "folder", "nowhere"])
def test_what_is_no_database_of_ours_is_wrong_and_left_alone(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("my thesis, " * 100)
    elif kind == "theirs":
        with closing(sqlite3.connect(path)) as theirs, theirs:
            theirs.execute("CREATE TABLE theirs (id INTEGER)")
    elif kind == "folder":
        path.mkdir()
    else:
        path = path.parent / "nowhere" / "tutor.sqlite3"
    found = database_check(path)
    assert found.state == "wrong"
    assert str(path) in found.found
    assert len(found.advice) == 1


def test_a_disk_that_fills_up_is_told_in_time() -> None:
    assert holding(LITTLE * 2).state == "well"
    assert holding(LITTLE - 1).state == "note"
    found = holding(TOO_LITTLE - 1)
    assert found.state == "wrong"
    assert "make room" in found.advice[0]


def backups(folder: Path, *ages: timedelta) -> Schedule:
    folder.mkdir(exist_ok=True)
    for age in ages:
        (folder / f"tensor-tutor-{NOW - age:%Y%m%dT%H%M%SZ}.sqlite3").touch()
    return Schedule(folder, timedelta(hours=24), 7)


def test_without_a_schedule_it_is_told_how_to_make_one() -> None:
    found = backups_check(None, NOW)
    assert found.state == "off"
    assert "backup.folder" in found.advice[0]


def test_backups_are_well_while_the_latest_is_young(tmp_path: Path) -> None:
    schedule = backups(tmp_path / "b")
    assert "none in" in backups_check(schedule, NOW).found
    schedule = backups(tmp_path / "b", timedelta(hours=60), timedelta(hours=5))
    found = backups_check(schedule, NOW)
    assert found.state == "well"
    assert found.found == f"2 in {schedule.folder}, the latest of 2026-03-05 07:00 UTC"


def test_backups_that_have_stopped_are_told(tmp_path: Path) -> None:
    found = backups_check(backups(tmp_path / "b", timedelta(hours=60)), NOW)
    assert found.state == "note"
    assert "no backup was made" in found.advice[0]
