"""The tutor's memory of learners in SQLite: who they are, where they are, what they did."""

import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from bot.storage import statements as sql
from bot.storage.database import Database, open_database
from bot.storage.errors import StorageError
from bot.storage.personal import delete_personal_data, personal_data
from bot.storage.values import bound, restored
from bot.storage.writer import Operation
from bot.tutor.event import Actor
from bot.tutor.ports import Forgotten
from bot.tutor.records import Answer, Attempt, Learner, Position, RanCell, StepNote

SECRET_BYTES = 32
MOST_LOCALE = 35
MOST_DRAFTS = 20
"""Drafts of a learner that are kept; the oldest make way."""

_Change = tuple[str, Mapping[str, Any]]
"""A statement and its values, without the learner."""

Record = TypeVar("Record", Answer, Attempt, StepNote, RanCell, Position)


@asynccontextmanager
async def open_store(
    path: Path, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> AsyncIterator["SqliteStore"]:
    """Open the database at `path`, made or brought up to date if need be, until the block ends.

    Raises `StorageError` when it cannot be used.
    """
    async with open_database(path) as database:
        yield SqliteStore(database, random_bytes)


class NoSuchLearner(StorageError, Forgotten):  # noqa: N818  (a state, as `Forgotten`)
    """A change for a learner who is not there, or not any more."""


class SqliteStore:
    """A `Store` (bot.tutor.ports) in SQLite.

    Every change survives `kill -9` when its method returns, and all but those of `move` a power
    failure too. Methods raise `StorageError` when the database fails, and `NoSuchLearner`. Halves of surrogate pairs, which are no characters, become
    U+FFFD.
    """

    def __init__(
        self, database: Database, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._database = database
        self._random_bytes = random_bytes

    async def learner(self, actor: Actor) -> Learner:
        who = _who(actor)
        known = await self.known(actor)
        if known and known.name == who["name"] and who["seen"] in (None, known.seen):
            return known

        def meet(connection: sqlite3.Connection) -> Learner:
            for row in connection.execute(sql.FIND_LEARNER, who).fetchall():
                connection.execute(sql.RENAME, {**who, "learner": row["id"]})
                if who["seen"] is not None:
                    connection.execute(sql.SEE_LOCALE, who)
                seen = who["seen"] or row["seen"]
                return Learner(**{**dict(row), "name": who["name"], "seen": seen})
            new = connection.execute(sql.ADD_LEARNER, who).lastrowid or 0
            connection.execute(sql.ADD_IDENTITY, {**who, "learner": new})
            return Learner(id=new, name=who["name"], locale=None, seen=who["seen"], is_new=True)

        return await self._database.do(meet)

    async def known(self, actor: Actor) -> Learner | None:
        rows = await self._database.look_up(sql.FIND_LEARNER, _who(actor))
        return Learner(**rows[0]) if rows else None

    async def set_locale(self, learner: int, locale: str) -> None:
        await self._change(learner, (sql.SET_LOCALE, {"locale": locale}))

    async def position(self, learner: int) -> Position | None:
        rows = await self._database.look_up(sql.POSITION, {"learner": learner})
        return Position(**restored(rows[0])) if rows else None

    async def positions(self, learner: int) -> Mapping[str, Position]:
        found = await self._records(Position, sql.POSITIONS, learner)
        return {position.lesson: position for position in found}

    async def move(self, learner: int, position: Position) -> None:
        await self._database.note(self._changes(learner, *_moves(position)))

    async def sections_read(self, learner: int, lesson: str) -> frozenset[str]:
        rows = await self._database.look_up(
            sql.SECTIONS_READ, bound({"learner": learner, "lesson": lesson})
        )
        return frozenset(row["section"] for row in rows)

    async def add_answer(self, learner: int, answer: Answer, then: Position | None = None) -> None:
        await self._change(learner, (sql.ADD_ANSWER, asdict(answer)), *_moves(then))

    async def answers(self, learner: int, lesson: str) -> tuple[Answer, ...]:
        return await self._records(Answer, sql.ANSWERS, learner, lesson)

    async def add_attempt(
        self,
        learner: int,
        attempt: Attempt,
        then: Position | None = None,
        answer: Answer | None = None,
    ) -> None:
        answers = [(sql.ADD_ANSWER, asdict(answer))] if answer else []
        await self._change(learner, (sql.ADD_ATTEMPT, asdict(attempt)), *answers, *_moves(then))

    async def attempts(self, learner: int, lesson: str) -> tuple[Attempt, ...]:
        return await self._records(Attempt, sql.ATTEMPTS, learner, lesson)

    async def add_note(self, learner: int, note: StepNote, then: Position | None = None) -> None:
        await self._change(learner, (sql.ADD_NOTE, asdict(note)), *_moves(then))

    async def notes(self, learner: int, lesson: str) -> tuple[StepNote, ...]:
        return await self._records(StepNote, sql.NOTES, learner, lesson)

    async def add_cell(
        self,
        learner: int,
        cell: RanCell,
        instead_of: Sequence[RanCell] = (),
        *,
        undone: bool = False,
    ) -> None:
        change = sql.DROP_CELL if undone else sql.DISOWN_CELL
        olds: list[_Change] = [(change, {"source": old.source, "at": old.at}) for old in instead_of]
        await self._change(learner, (sql.ADD_CELL, asdict(cell)), *olds)

    async def cells(self, learner: int) -> tuple[RanCell, ...]:
        return await self._records(RanCell, sql.CELLS, learner)

    async def past_cells(self, learner: int, most: int) -> tuple[RanCell, ...]:
        rows = await self._database.read(sql.PAST_CELLS, {"learner": learner, "most": most})
        return tuple(RanCell(**restored(row)) for row in rows)

    async def forget_cells(self, learner: int) -> None:
        await self._change(learner, (sql.NEW_SESSION, {}))

    async def add_draft(self, learner: int, name: str, code: str, at: datetime) -> None:
        draft = {"name": name, "code": code, "at": at}
        await self._change(
            learner, (sql.ADD_DRAFT, draft), (sql.DROP_OLD_DRAFTS, {"most": MOST_DRAFTS})
        )

    async def draft(self, learner: int, name: str) -> str | None:
        rows = await self._database.look_up(sql.DRAFT, bound({"learner": learner, "name": name}))
        return str(rows[0]["code"]) if rows else None

    async def personal_data(self, learner: int) -> Mapping[str, Any] | None:
        return await personal_data(self._database, learner)

    async def delete_personal_data(self, learner: int) -> None:
        await self._database.do(lambda connection: delete_personal_data(connection, learner))

    async def server_secret(self) -> bytes:
        def make(connection: sqlite3.Connection) -> bytes:
            for row in connection.execute(sql.SECRET).fetchall():
                return bytes(row["value"])
            secret = self._random_bytes(SECRET_BYTES)
            connection.execute(sql.ADD_SECRET, {"value": secret})
            return secret

        known = await self._database.look_up(sql.SECRET, {})
        return known[0]["value"] if known else await self._database.do(make)

    async def _change(self, learner: int, *changes: _Change) -> None:
        """Make the changes together, unless there is no such learner."""
        await self._database.do(self._changes(learner, *changes))

    def _changes(self, learner: int, *changes: _Change) -> Operation[None]:
        def change(connection: sqlite3.Connection) -> None:
            if not connection.execute(sql.IS_THERE, {"learner": learner}).fetchall():
                raise NoSuchLearner(f"{self._database.path}: there is no learner {learner}")
            for statement, values in changes:
                connection.execute(statement, bound({**values, "learner": learner}))

        return change

    async def _records(
        self, kind: type[Record], statement: str, learner: int, lesson: str = ""
    ) -> tuple[Record, ...]:
        rows = await self._database.read(statement, bound({"learner": learner, "lesson": lesson}))
        return tuple(kind(**restored(row)) for row in rows)


def _who(actor: Actor) -> dict[str, Any]:
    locale = actor.locale[:MOST_LOCALE] if actor.locale else None
    return bound(
        {
            "platform": actor.platform,
            "user_id": actor.user_id,
            "name": actor.name,
            "seen": locale,
        }
    )


def _moves(to: Position | None) -> tuple[_Change, ...]:
    """Return what is changed by going there; a section counts as read from then on."""
    if to is None:
        return ()
    place = asdict(to)
    return ((sql.MOVE, place), (sql.READ, place)) if to.stage == "section" else ((sql.MOVE, place),)
