"""A database of every schema that ever was is brought to the present one with all that is in it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage.backup import back_up
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.sqlite import open_store
from bot.tutor.event import Actor

AT = "2026-03-01T09:30:00+00:00"
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "learner": {"id": 7, "name": "Ada", "locale": "ko", "session": 3},
    "identity": {"platform": "console", "user_id": "ada", "learner": 7},
    "position": {
        "learner": 7,
        "lesson": "tensors-101",
        "stage": "question",
        "item": "mixed-devices",
        "touched": 12,
    },
    "reading": {"learner": 7, "lesson": "tensors-101", "section": "shape"},
    "answer": {
        "id": 5,
        "learner": 7,
        "lesson": "tensors-101",
        "rev": 1,
        "question": "mixed-devices",
        "given": '["b"]',
        "correct": 1,
        "points": 1.0,
        "at": AT,
    },
    "attempt": {
        "id": 6,
        "learner": 7,
        "lesson": "tensors-101",
        "rev": 1,
        "step": "product",
        "number": 2,
        "code": "x = 1\n한국어",
        "outcome": "wrong",
        "points": 0.5,
        "say": None,
        "at": AT,
    },
    "note": {
        "id": 1,
        "learner": 7,
        "lesson": "tensors-101",
        "item": "product",
        "kind": "hint",
        "at": AT,
    },
    "cell": {
        "id": 9,
        "learner": 7,
        "session": 3,
        "code": "print('hi')",
        "stdin": "",
        "ok": 1,
        "source": "m1",
        "lesson": None,
        "step": None,
        "at": AT,
    },
    "secret": {"name": "server", "value": bytes(range(32))},
    "draft": {"learner": 7, "name": "d1", "code": "y = 2", "at": AT},
    "gpu_use": {"learner": 7, "day": "2026-03-01", "seconds": 12.5},
    "blocked": {"platform": "discord", "user_id": "66", "by_whom": "discord:1", "at": AT},
    "server": {
        "platform": "discord",
        "server_id": "10",
        "channel_id": "11",
        "locale": "ko",
        "code": "threads",
    },
    "poll": {
        "id": 3,
        "platform": "discord",
        "server_id": "10",
        "channel_id": "11",
        "asked_by": "1",
        "locale": "en",
        "lesson": "",
        "question": "",
        "own": "{}",
        "how": "buttons",
        "at": AT,
        "closes": AT,
        "closed": 0,
    },
    "vote": {"poll": 3, "user_id": "80", "choice": "a", "at": AT},
    "message": {
        "platform": "discord",
        "message_id": "100",
        "channel_id": "11",
        "server_id": "10",
        "slot": "run:99",
        "owner": "80",
        "source": "99",
        "settled": 1,
        "at": AT,
    },
    "thread": {"platform": "discord", "server_id": "10", "user_id": "80", "channel_id": "12"},
    "platform_state": {"platform": "discord", "name": "commands", "value": "digest"},
}
"""A row of every table, with the columns that it began with."""

FILLED_BY_ITSELF = {"migration", "last_deleted"}

Rows = dict[str, list[dict[str, Any]]]
PAST = [migration.number for migration in shipped_migrations()]


def at_schema(path: Path, number: int) -> None:
    """Make the database that the program of that time left behind, with something in every table."""
    migrate(path, shipped_migrations()[:number])
    with closing(sqlite3.connect(path)) as database, database:
        for table in tables(database):
            if table not in FILLED_BY_ITSELF:
                row = SAMPLES[table]  # a new table needs a row here
                marks = ", ".join(f":{column}" for column in row)
                database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)


def tables(database: sqlite3.Connection) -> list[str]:
    listed = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [row[0] for row in database.execute(listed)]


def contents(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return {
            table: [dict(row) for row in database.execute(f"SELECT * FROM {table}")]
            for table in tables(database)
            if table != "migration"
        }


def schema(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        listed = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        return database.execute(listed).fetchall()


@pytest.mark.parametrize("number", PAST)
def test_nothing_of_a_past_schema_is_lost(path: Path, number: int) -> None:
    at_schema(path, number)
    before = contents(path)
    migrate(path, shipped_migrations())
    after = contents(path)
    assert before.keys() <= after.keys()
    for table, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[table]]
        assert kept == rows, table


@pytest.mark.parametrize("number", PAST)
def test_every_past_schema_becomes_the_present_one(tmp_path: Path, path: Path, number: int) -> None:
    at_schema(path, number)
    migrate(path, shipped_migrations())
    new = tmp_path / "new.sqlite3"
    migrate(new, shipped_migrations())
    assert schema(path) == schema(new)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("number", PAST)
async def test_a_learner_of_a_past_schema_goes_on_where_they_were(path: Path, number: int) -> None:
    at_schema(path, number)
    async with open_store(path) as store:
        learner = await store.learner(Actor("console", "ada", "Ada"))
        assert (learner.id, learner.locale, learner.is_new) == (7, "ko", False)
        position = await store.position(7)
        assert position
        assert (position.stage, position.item) == ("question", "mixed-devices")
        assert [answer.question for answer in await store.answers(7, "tensors-101")] == [
            "mixed-devices"
        ]
        assert [cell.code for cell in await store.cells(7)] == ["print('hi')"]
        assert await store.server_secret() == bytes(range(32))
        await store.delete_personal_data(7)
        assert await store.known(Actor("console", "ada", "Ada")) is None


@pytest.mark.parametrize("number", PAST)
def test_a_database_of_a_past_schema_is_backed_up_as_it_is(
    tmp_path: Path, path: Path, number: int
) -> None:
    at_schema(path, number)
    back_up(path, tmp_path / "copy.sqlite3")
    assert contents(tmp_path / "copy.sqlite3") == contents(path)
    assert schema(tmp_path / "copy.sqlite3") == schema(path)
