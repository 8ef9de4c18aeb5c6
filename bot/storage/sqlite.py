"""The tutor's memory of learners in SQLite: who they are, where they are, what they did."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.storage.database import Database, open_database
from bot.storage.errors import StorageError
from bot.storage.values import bound, restored
from bot.tutor.event import Actor
from bot.tutor.records import Answer, Attempt, Learner, Position, RanCell, StepNote

SECRET_BYTES = 32

_Change = tuple[str, Mapping[str, Any]]
"""A statement and its values, without the learner."""

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

_POSITIONS = """
    SELECT lesson, stage, item FROM position WHERE learner = :learner ORDER BY touched DESC
"""
_POSITION = f"{_POSITIONS} LIMIT 1"
_MOVE = """
    INSERT INTO position (learner, lesson, stage, item, touched)
    VALUES (:learner, :lesson, :stage, :item,
            (SELECT ifnull(max(touched), 0) + 1 FROM position WHERE learner = :learner))
    ON CONFLICT DO UPDATE
    SET stage = excluded.stage, item = excluded.item, touched = excluded.touched
"""
_READ = """
    INSERT INTO reading (learner, lesson, section) VALUES (:learner, :lesson, :item)
    ON CONFLICT DO NOTHING
"""
_SECTIONS_READ = "SELECT section FROM reading WHERE learner = :learner AND lesson = :lesson"

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
_DROP_CELL = "DELETE FROM cell WHERE learner = :learner AND source = :source AND at = :at"
_DISOWN_CELL = """
    UPDATE cell SET source = '' WHERE learner = :learner AND source = :source AND at = :at
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
    async with open_database(path) as database:
        yield SqliteStore(database, random_bytes)


class SqliteStore:
    """A `Store` (bot.tutor.ports) in SQLite.

    Every change is on the disk when its method returns. Methods raise `StorageError` when the
    database fails and when there is no such learner. Halves of surrogate pairs, which are no
    characters, become U+FFFD.
    """

    def __init__(
        self, database: Database, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._database = database
        self._random_bytes = random_bytes

    async def learner(self, actor: Actor) -> Learner:
        who = bound({"platform": actor.platform, "user_id": actor.user_id, "name": actor.name})
        known = await self._database.read(_FIND_LEARNER, who)
        if known and known[0]["name"] == who["name"]:
            return Learner(**known[0])

        async def meet(connection: aiosqlite.Connection) -> Learner:
            for row in await connection.execute_fetchall(_FIND_LEARNER, who):
                await connection.execute(_RENAME, {"name": who["name"], "learner": row["id"]})
                return Learner(id=row["id"], name=who["name"], locale=row["locale"])
            new = (await connection.execute(_ADD_LEARNER, who)).lastrowid or 0
            await connection.execute(_ADD_IDENTITY, {**who, "learner": new})
            return Learner(id=new, name=who["name"], locale=None, is_new=True)

        return await self._database.do(meet)

    async def set_locale(self, learner: int, locale: str) -> None:
        await self._change(learner, (_SET_LOCALE, {"locale": locale}))

    async def position(self, learner: int) -> Position | None:
        found = await self._records(Position, _POSITION, learner)
        return found[0] if found else None

    async def positions(self, learner: int) -> Mapping[str, Position]:
        found = await self._records(Position, _POSITIONS, learner)
        return {position.lesson: position for position in found}

    async def move(self, learner: int, position: Position) -> None:
        await self._change(learner, *_moves(position))

    async def sections_read(self, learner: int, lesson: str) -> frozenset[str]:
        rows = await self._database.read(
            _SECTIONS_READ, bound({"learner": learner, "lesson": lesson})
        )
        return frozenset(row["section"] for row in rows)

    async def add_answer(self, learner: int, answer: Answer, then: Position | None = None) -> None:
        await self._change(learner, (_ADD_ANSWER, asdict(answer)), *_moves(then))

    async def answers(self, learner: int, lesson: str) -> tuple[Answer, ...]:
        return await self._records(Answer, _ANSWERS, learner, lesson)

    async def add_attempt(
        self,
        learner: int,
        attempt: Attempt,
        then: Position | None = None,
        answer: Answer | None = None,
    ) -> None:
        answers = [(_ADD_ANSWER, asdict(answer))] if answer else []
        await self._change(learner, (_ADD_ATTEMPT, asdict(attempt)), *answers, *_moves(then))

    async def attempts(self, learner: int, lesson: str) -> tuple[Attempt, ...]:
        return await self._records(Attempt, _ATTEMPTS, learner, lesson)

    async def add_note(self, learner: int, note: StepNote, then: Position | None = None) -> None:
        await self._change(learner, (_ADD_NOTE, asdict(note)), *_moves(then))

    async def notes(self, learner: int, lesson: str) -> tuple[StepNote, ...]:
        return await self._records(StepNote, _NOTES, learner, lesson)

    async def add_cell(
        self,
        learner: int,
        cell: RanCell,
        instead_of: Sequence[RanCell] = (),
        *,
        undone: bool = False,
    ) -> None:
        sql = _DROP_CELL if undone else _DISOWN_CELL
        olds: list[_Change] = [(sql, {"source": old.source, "at": old.at}) for old in instead_of]
        await self._change(learner, (_ADD_CELL, asdict(cell)), *olds)

    async def cells(self, learner: int) -> tuple[RanCell, ...]:
        return await self._records(RanCell, _CELLS, learner)

    async def forget_cells(self, learner: int) -> None:
        await self._change(learner, (_NEW_SESSION, {}))

    async def server_secret(self) -> bytes:
        async def make(connection: aiosqlite.Connection) -> bytes:
            for row in await connection.execute_fetchall(_SECRET):
                return bytes(row["value"])
            secret = self._random_bytes(SECRET_BYTES)
            await connection.execute(_ADD_SECRET, {"value": secret})
            return secret

        known = await self._database.read(_SECRET, {})
        return known[0]["value"] if known else await self._database.do(make)

    async def _change(self, learner: int, first: _Change, *others: _Change) -> None:
        """Make the changes together; it is the first that shows whether the learner exists."""

        async def change(connection: aiosqlite.Connection) -> None:
            made = [
                await connection.execute(sql, bound({**values, "learner": learner}))
                for sql, values in (first, *others)
            ]
            if made[0].rowcount == 0:
                raise StorageError(f"{self._database.path}: there is no learner {learner}")

        await self._database.do(change)

    async def _records(
        self, kind: type[Record], sql: str, learner: int, lesson: str = ""
    ) -> tuple[Record, ...]:
        rows = await self._database.read(sql, bound({"learner": learner, "lesson": lesson}))
        return tuple(kind(**restored(row)) for row in rows)


def _moves(to: Position | None) -> tuple[_Change, ...]:
    """Return what is changed by going there; a section counts as read from then on."""
    if to is None:
        return ()
    place = asdict(to)
    return ((_MOVE, place), (_READ, place)) if to.stage == "section" else ((_MOVE, place),)
