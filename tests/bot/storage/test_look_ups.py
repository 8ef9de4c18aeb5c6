"""What is asked on the event loop has to be answered by an index, and never waits for another program."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.storage.database import Database, open_database
from bot.storage.errors import StorageError
from bot.storage.messages import SqliteMessages
from bot.storage.places import SqlitePlaces
from bot.storage.polls import SqlitePolls
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Actor
from bot.tutor.records import Position

ADA = Actor("discord", "1", "Ada")


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


async def ask_everything(database: Database) -> None:
    """Ask all that is asked on the event loop."""
    store, places = SqliteStore(database), SqlitePlaces(database)
    messages, polls = SqliteMessages(database, "discord"), SqlitePolls(database)
    learner = (await store.learner(ADA)).id
    await store.position(learner)
    await store.sections_read(learner, "tensors-101")
    await store.draft(learner, "one")
    await store.server_secret()
    await places.server("discord", "2")
    await places.is_blocked("discord", "1")
    await places.gpu_seconds(learner, date(2026, 11, 28))
    await messages.message("3")
    await messages.in_slot("run:3")
    await messages.thread_of("2", "1")
    await messages.owner_of_thread("4")
    await messages.state("commands")
    await polls.poll(1)


async def test_an_index_leads_to_everything_that_is_asked_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}
    look_up = Database.look_up

    async def noted(self: Database, sql: str, values: dict[str, object]) -> object:
        asked[sql] = values
        return await look_up(self, sql, values)

    monkeypatch.setattr(Database, "look_up", noted)
    await ask_everything(database)
    assert len(asked) >= 13
    for sql, values in asked.items():
        plan = await database.read(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]
        steps = [str(row["detail"]) for row in plan]
        assert any("SEARCH" in step for step in steps), (sql, steps)
        assert not any(step.startswith("SCAN") for step in steps), (sql, steps)


async def test_what_was_just_written_is_found(database: Database) -> None:
    store = SqliteStore(database)
    learner = (await store.learner(ADA)).id
    for item in ("shape", "dtype"):
        await store.move(learner, Position(lesson="tensors-101", stage="section", item=item))
        found = await store.position(learner)
        assert found is not None
        assert found.item == item


async def test_a_program_that_writes_meanwhile_holds_up_nobody(
    database: Database, path: Path
) -> None:
    store = SqliteStore(database)
    await store.learner(ADA)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE learner SET name = 'Eve'")
    known = await store.known(ADA)
    assert known is not None
    assert known.name == "Ada"
    other.execute("COMMIT")
    other.close()
    assert (await store.known(ADA)) != known


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY])
async def test_a_locked_file_is_waited_for_in_the_thread(path: Path, code: int) -> None:
    async with open_database(path) as database:
        await SqliteStore(database).learner(ADA)
        reads = 0
        read = database.read

        async def counted(sql: str, values: dict[str, object]) -> list[dict[str, object]]:
            nonlocal reads
            reads += 1
            return await read(sql, values)

        database.read = counted  # type: ignore[method-assign, assignment]
        database._questions = Locked(code)  # type: ignore[assignment]
        known = await SqliteStore(database).known(ADA)
        assert known is not None
        assert reads == 1


class Locked:
    """A connection to a file that is being recovered."""

    def __init__(self, code: int) -> None:
        self._code = code

    def execute(self, *_: object) -> object:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = self._code
        raise error


async def test_nothing_can_be_written_by_a_question(database: Database) -> None:
    with pytest.raises(StorageError, match=r"readonly|cannot be written"):
        await database.look_up("UPDATE learner SET name = 'x'", {})


async def test_a_closed_database_says_so(path: Path) -> None:
    async with open_database(path) as database:
        store = SqliteStore(database)
        await store.learner(ADA)
    with pytest.raises(StorageError, match=r"tutor\.sqlite3"):
        await store.known(ADA)
    with pytest.raises(StorageError, match=r"tutor\.sqlite3"):
        await SqlitePolls(database).poll(1)
