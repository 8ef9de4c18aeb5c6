"""Servers' settings, people who are blocked, and how long code has run on a GPU, in SQLite."""

import sqlite3
from datetime import date, datetime
from typing import Any

from bot.storage.database import Database
from bot.storage.values import bound
from bot.tutor.records import ServerSettings

_SERVER = """
    SELECT channel_id, locale, code FROM server
    WHERE platform = :platform AND server_id = :server_id
"""
_KEEP_SERVER = """
    INSERT INTO server (platform, server_id, channel_id, locale, code)
    VALUES (:platform, :server_id, :channel_id, :locale, :code)
    ON CONFLICT DO UPDATE
    SET channel_id = excluded.channel_id, locale = excluded.locale, code = excluded.code
"""
_BLOCKED = "SELECT 1 FROM blocked WHERE platform = :platform AND user_id = :user_id"
_BLOCK = """
    INSERT INTO blocked (platform, user_id, by_whom, at) VALUES (:platform, :user_id, :by_whom, :at)
    ON CONFLICT DO NOTHING
"""
_UNBLOCK = "DELETE FROM blocked WHERE platform = :platform AND user_id = :user_id"
_GPU_SECONDS = "SELECT seconds FROM gpu_use WHERE learner = :learner AND day = :day"
# Of a learner who was deleted while their code ran, nothing is kept.
_ADD_GPU_SECONDS = """
    INSERT INTO gpu_use (learner, day, seconds)
    SELECT id, :day, :seconds FROM learner WHERE id = :learner
    ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds
"""


class SqlitePlaces:
    """The `Places` (bot.tutor.places) in SQLite. Methods raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def server(self, platform: str, server_id: str) -> ServerSettings:
        where = bound({"platform": platform, "server_id": server_id})
        rows = await self._database.look_up(_SERVER, where)
        return ServerSettings(**rows[0]) if rows else ServerSettings()

    async def keep_server(self, platform: str, server_id: str, settings: ServerSettings) -> None:
        values = {
            "platform": platform,
            "server_id": server_id,
            "channel_id": settings.channel_id,
            "locale": settings.locale,
            "code": settings.code,
        }
        await self._change(_KEEP_SERVER, values)

    async def is_blocked(self, platform: str, user_id: str) -> bool:
        who = bound({"platform": platform, "user_id": user_id})
        return bool(await self._database.look_up(_BLOCKED, who))

    async def block(self, platform: str, user_id: str, by_whom: str, at: datetime) -> None:
        values = {"platform": platform, "user_id": user_id, "by_whom": by_whom, "at": at}
        await self._change(_BLOCK, values)

    async def unblock(self, platform: str, user_id: str) -> bool:
        return await self._change(_UNBLOCK, {"platform": platform, "user_id": user_id}) > 0

    async def gpu_seconds(self, learner: int, day: date) -> float:
        when = {"learner": learner, "day": day.isoformat()}
        rows = await self._database.look_up(_GPU_SECONDS, when)
        return float(rows[0]["seconds"]) if rows else 0.0

    async def add_gpu_seconds(self, learner: int, day: date, seconds: float) -> None:
        values = {"learner": learner, "day": day.isoformat(), "seconds": seconds}
        await self._change(_ADD_GPU_SECONDS, values)

    async def _change(self, sql: str, values: dict[str, Any]) -> int:
        """Make the change, and return how many rows it made, changed or deleted."""

        def change(connection: sqlite3.Connection) -> int:
            return connection.execute(sql, bound(values)).rowcount

        return await self._database.do(change)
