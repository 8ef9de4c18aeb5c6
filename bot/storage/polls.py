"""Questions put to whole channels, and the votes on them, in SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from bot.storage.database import Database
from bot.storage.values import bound
from bot.tutor.places import Change
from bot.tutor.records import Poll

_COLUMNS = """
    id, platform, server_id, channel_id, asked_by, locale, lesson, question, own, how, at, closes,
    closed
"""
_ADD = """
    INSERT INTO poll (platform, server_id, channel_id, asked_by, locale, lesson, question, own, how,
                      at, closes, closed)
    VALUES (:platform, :server_id, :channel_id, :asked_by, :locale, :lesson, :question, :own, :how,
            :at, :closes, :closed)
"""
_POLL = f"SELECT {_COLUMNS} FROM poll WHERE id = :id"  # noqa: S608  (a constant)
_UNCLOSED = f"SELECT {_COLUMNS} FROM poll WHERE closed = 0 ORDER BY closes, id"  # noqa: S608
_CLOSE = "UPDATE poll SET closed = 1 WHERE id = :id"

_VOTE = """
    INSERT INTO vote (poll, user_id, choice, at)
    SELECT id, :user_id, :choice, :at FROM poll WHERE id = :id AND closed = 0 AND :at < closes
    ON CONFLICT DO UPDATE SET choice = excluded.choice, at = excluded.at
"""
_TAKE_BACK = """
    DELETE FROM vote WHERE poll = :id AND user_id = :user_id AND choice = :choice
    AND EXISTS (SELECT 1 FROM poll WHERE id = :id AND closed = 0 AND :at < closes)
"""
_VOTES = "SELECT user_id, choice FROM vote WHERE poll = :id ORDER BY user_id"

_FIRST = """
    INSERT INTO vote (poll, user_id, choice, at)
    SELECT id, :user_id, :becomes, :at FROM poll WHERE id = :id AND closed = 0
    ON CONFLICT DO NOTHING
"""
_ANOTHER = """
    UPDATE vote SET choice = :becomes, at = :at
    WHERE poll = :id AND user_id = :user_id AND choice = :was
    AND EXISTS (SELECT 1 FROM poll WHERE id = :id AND closed = 0)
"""
_NONE = """
    DELETE FROM vote WHERE poll = :id AND user_id = :user_id AND choice = :was
    AND EXISTS (SELECT 1 FROM poll WHERE id = :id AND closed = 0)
"""


class SqlitePolls:
    """The `Polls` (bot.tutor.places) in SQLite. Methods raise `StorageError`.

    Times are compared as text: all are ISO 8601 in UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, poll: Poll) -> Poll:
        def add(connection: sqlite3.Connection) -> int:
            return connection.execute(_ADD, bound(_row(poll))).lastrowid or 0

        return replace(poll, id=await self._database.do(add))

    async def poll(self, poll_id: int) -> Poll | None:
        rows = await self._database.look_up(_POLL, {"id": poll_id})
        return _poll(rows[0]) if rows else None

    async def unclosed(self) -> tuple[Poll, ...]:
        return tuple(_poll(row) for row in await self._database.read(_UNCLOSED, {}))

    async def vote(self, poll_id: int, user_id: str, choice: str, at: datetime) -> bool:
        values = {"id": poll_id, "user_id": user_id, "choice": choice, "at": at}
        return await self._change(_VOTE, values) > 0

    async def take_back(self, poll_id: int, user_id: str, choice: str, at: datetime) -> None:
        values = {"id": poll_id, "user_id": user_id, "choice": choice, "at": at}
        await self._change(_TAKE_BACK, values)

    async def votes(self, poll_id: int) -> Mapping[str, str]:
        rows = await self._database.read(_VOTES, {"id": poll_id})
        return {row["user_id"]: row["choice"] for row in rows}

    async def change(self, poll_id: int, changes: Sequence[Change], at: datetime) -> None:
        def change(connection: sqlite3.Connection) -> None:
            for one in changes:
                values = {"id": poll_id, "at": at, **asdict(one)}
                connection.execute(_sql_of(one), bound(values))

        await self._database.do(change)

    async def close(self, poll_id: int) -> None:
        await self._change(_CLOSE, {"id": poll_id})

    async def _change(self, sql: str, values: Mapping[str, Any]) -> int:
        def change(connection: sqlite3.Connection) -> int:
            return connection.execute(sql, bound(values)).rowcount

        return await self._database.do(change)


def _sql_of(change: Change) -> str:
    if change.becomes is None:
        return _NONE
    return _FIRST if change.was is None else _ANOTHER


def _row(poll: Poll) -> dict[str, Any]:
    return {**asdict(poll), "closed": int(poll.closed)}


def _poll(row: Mapping[str, Any]) -> Poll:
    times = {name: datetime.fromisoformat(row[name]) for name in ("at", "closes")}
    return Poll(**{**row, **times, "closed": bool(row["closed"])})
