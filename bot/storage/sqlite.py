"""The tutor's memory in one SQLite file: the only queries there are."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.storage.errors import BUSY_SECONDS, StorageError, explain
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.writer import Writer
from bot.tutor.event import Actor
from bot.tutor.ports import Answer, Attempt, Learner, Position, RanCell, StepNote

SECRET_BYTES = 32

Record = TypeVar("Record", Answer, Attempt, StepNote, RanCell, Position)

_FIND_LEARNER = """
    SELECT learner.id, learner.name, learner.locale FROM identity JOIN learner ON learner.id = learner
    WHERE platform = :platform AND user_id = :user_id
"""
_ADD_LEARNER = "INSERT INTO learner (name) VALUES (:name)"
_ADD_IDENTITY = (
    "INSERT INTO identity (platform, user_id, learner) VALUES (:platform, :user_id, :learner)"
)
_RENAME = "UPDATE learner SET name = :name WHERE id = :learner"
_SET_LOCALE = "UPDATE learner SET locale = :locale WHERE id = :learner"
_NEW_SESSION = "UPDATE learner SET session = session + 1 WHERE id = :learner"

_POSITION = "SELECT lesson, stage, item FROM position WHERE learner = :learner"
_MOVE = """
    INSERT INTO position (learner, lesson, stage, item) VALUES (:learner, :lesson, :stage, :item)
    ON CONFLICT DO UPDATE SET lesson = excluded.lesson, stage = excluded.stage, item = excluded.item
"""

_ADD_ANSWER = """
    INSERT INTO answer (learner, lesson, rev, question, given, correct, points, at)
    VALUES (:learner, :lesson, :rev, :question, :given, :correct, :points, :at)
"""
_ANSWERS = """
    SELECT lesson, rev, question, given, correct, points, at FROM answer
    WHERE learner = :learner AND lesson = :lesson ORDER BY id
"""

_ADD_ATTEMPT = """
    INSERT INTO attempt (learner, lesson, rev, step, number, code, outcome, points, say, at)
    VALUES (:learner, :lesson, :rev, :step, :number, :code, :outcome, :points, :say, :at)
"""
_ATTEMPTS = """
    SELECT lesson, rev, step, number, code, outcome, points, say, at FROM attempt
    WHERE learner = :learner AND lesson = :lesson ORDER BY id
"""

_ADD_NOTE = """
    INSERT INTO note (learner, lesson, item, kind, at) VALUES (:learner, :lesson, :item, :kind, :at)
"""
_NOTES = """
    SELECT lesson, item, kind, at FROM note
    WHERE learner = :learner AND lesson = :lesson ORDER BY id
"""

_ADD_CELL = """
    INSERT INTO cell (learner, session, code, stdin, ok, source, lesson, step, at)
    VALUES (:learner, (SELECT session FROM learner WHERE id = :learner),
            :code, :stdin, :ok, :source, :lesson, :step, :at)
"""
_CELLS = """
    SELECT code, stdin, ok, source, lesson, step, at FROM cell
    WHERE learner = :learner AND session = (SELECT session FROM learner WHERE id = :learner)
    ORDER BY id
"""

_SECRET = "SELECT value FROM secret WHERE name = 'server'"  # noqa: S105  (a query, no secret)
_ADD_SECRET = "INSERT INTO secret (name, value) VALUES ('server', :value)"  # noqa: S105


@asynccontextmanager
async def open_store(
    path: Path, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> AsyncIterator["SqliteStore"]:
    """Open the database at `path`, made or brought up to date if need be, until the block ends.

    Raises `StorageError` when it cannot be used.
    """
    await asyncio.to_thread(migrate, path, shipped_migrations())
    async with AsyncExitStack() as stack:
        try:
            reader = await stack.enter_async_context(_connection(path))
            reader.row_factory = sqlite3.Row
            await reader.execute("PRAGMA query_only = ON")
            connection = await stack.enter_async_context(_connection(path))
            connection.row_factory = sqlite3.Row
            await connection.execute("PRAGMA synchronous = FULL")
            await connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error as error:
            raise explain(path, error) from error
        writer = await stack.enter_async_context(Writer(path, connection))
        yield SqliteStore(path, reader, writer, random_bytes)


def _connection(path: Path) -> aiosqlite.Connection:
    return aiosqlite.connect(path.absolute(), timeout=BUSY_SECONDS, isolation_level=None)


class SqliteStore:
    """A `Store` (bot.tutor.ports) in SQLite; made by `open_store`.

    Every change is on the disk when its method returns. Methods raise `StorageError` when the
    database fails and when there is no such learner. Halves of surrogate pairs, which are no
    characters, become U+FFFD.
    """

    def __init__(
        self,
        path: Path,
        reader: aiosqlite.Connection,
        writer: Writer,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._path = path
        self._reader = reader
        self._writer = writer
        self._random_bytes = random_bytes

    async def learner(self, actor: Actor) -> Learner:
        who = _bound({"platform": actor.platform, "user_id": actor.user_id, "name": actor.name})
        known = await self._read(_FIND_LEARNER, who)
        if known and known[0]["name"] == who["name"]:
            return Learner(**known[0])

        async def meet(connection: aiosqlite.Connection) -> Learner:
            for row in await connection.execute_fetchall(_FIND_LEARNER, who):
                await connection.execute(_RENAME, {"name": who["name"], "learner": row["id"]})
                return Learner(id=row["id"], name=who["name"], locale=row["locale"])
            new = (await connection.execute(_ADD_LEARNER, who)).lastrowid or 0
            await connection.execute(_ADD_IDENTITY, {**who, "learner": new})
            return Learner(id=new, name=who["name"], locale=None, is_new=True)

        return await self._writer.do(meet)

    async def set_locale(self, learner: int, locale: str) -> None:
        await self._change(_SET_LOCALE, learner, {"locale": locale})

    async def position(self, learner: int) -> Position | None:
        found = await self._records(Position, _POSITION, learner)
        return found[0] if found else None

    async def move(self, learner: int, position: Position) -> None:
        await self._change(_MOVE, learner, asdict(position))

    async def add_answer(self, learner: int, answer: Answer, then: Position | None = None) -> None:
        await self._change(_ADD_ANSWER, learner, asdict(answer), then)

    async def answers(self, learner: int, lesson: str) -> tuple[Answer, ...]:
        return await self._records(Answer, _ANSWERS, learner, lesson)

    async def add_attempt(
        self, learner: int, attempt: Attempt, then: Position | None = None
    ) -> None:
        await self._change(_ADD_ATTEMPT, learner, asdict(attempt), then)

    async def attempts(self, learner: int, lesson: str) -> tuple[Attempt, ...]:
        return await self._records(Attempt, _ATTEMPTS, learner, lesson)

    async def add_note(self, learner: int, note: StepNote, then: Position | None = None) -> None:
        await self._change(_ADD_NOTE, learner, asdict(note), then)

    async def notes(self, learner: int, lesson: str) -> tuple[StepNote, ...]:
        return await self._records(StepNote, _NOTES, learner, lesson)

    async def add_cell(self, learner: int, cell: RanCell) -> None:
        await self._change(_ADD_CELL, learner, asdict(cell))

    async def cells(self, learner: int) -> tuple[RanCell, ...]:
        return await self._records(RanCell, _CELLS, learner)

    async def forget_cells(self, learner: int) -> None:
        await self._change(_NEW_SESSION, learner, {})

    async def server_secret(self) -> bytes:
        async def make(connection: aiosqlite.Connection) -> bytes:
            for row in await connection.execute_fetchall(_SECRET):
                return bytes(row["value"])
            secret = self._random_bytes(SECRET_BYTES)
            await connection.execute(_ADD_SECRET, {"value": secret})
            return secret

        known = await self._read(_SECRET, {})
        return known[0]["value"] if known else await self._writer.do(make)

    async def _change(
        self, sql: str, learner: int, values: Mapping[str, Any], then: Position | None = None
    ) -> None:
        async def change(connection: aiosqlite.Connection) -> None:
            changed = await connection.execute(sql, _bound({**values, "learner": learner}))
            if changed.rowcount == 0:
                raise StorageError(f"{self._path}: there is no learner {learner}")
            if then is not None:
                await connection.execute(_MOVE, _bound({**asdict(then), "learner": learner}))

        await self._writer.do(change)

    async def _records(
        self, kind: type[Record], sql: str, learner: int, lesson: str = ""
    ) -> tuple[Record, ...]:
        rows = await self._read(sql, _bound({"learner": learner, "lesson": lesson}))
        return tuple(kind(**_restored(row)) for row in rows)

    async def _read(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            # All rows at once: a cursor left open would keep showing the past.
            return [dict(row) for row in await self._reader.execute_fetchall(sql, values)]
        except (sqlite3.Error, ValueError) as error:
            raise explain(self._path, error) from error


def _bound(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` as SQLite keeps them."""
    return {name: _stored(value) for name, value in values.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC).isoformat()
    return value


def _restored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its times and truth values as Python has them."""
    values = dict(row)
    if "at" in values:
        values["at"] = datetime.fromisoformat(values["at"])
    for name in ("correct", "ok"):
        if name in values:
            values[name] = bool(values[name])
    return values
