"""Remembers in SQLite the messages, threads and state of one chat platform's adapter."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.storage.database import Database
from bot.storage.values import bound
from bot.tutor.messages import Kept

KEPT_FOR = timedelta(days=30)
"""Whoever edits or presses something older gets a new message instead."""

MOST_PRUNED = 5_000
"""Rows that are forgotten at a time, so that nobody waits for long behind it."""

_COLUMNS = "message_id, channel_id, server_id, slot, owner, source, settled"
_KEEP = f"""
    INSERT INTO message (platform, {_COLUMNS}, at)
    VALUES (:platform, :message_id, :channel_id, :server_id, :slot, :owner, :source, :settled, :at)
    ON CONFLICT DO UPDATE SET
        channel_id = excluded.channel_id, server_id = excluded.server_id, slot = excluded.slot,
        owner = excluded.owner, source = excluded.source, settled = excluded.settled,
        at = excluded.at
"""  # noqa: S608  (of constants)
# Ids of messages are numbers in the order of time, of which a longer one is the later one.
_IN_ORDER = "ORDER BY length(message_id), message_id"
_MESSAGE = f"""
    SELECT {_COLUMNS} FROM message WHERE platform = :platform AND message_id = :message_id
"""  # noqa: S608
_IN_SLOT = f"""
    SELECT {_COLUMNS} FROM message WHERE platform = :platform AND slot = :slot {_IN_ORDER}
"""  # noqa: S608
_UNSETTLED = f"""
    SELECT {_COLUMNS} FROM message WHERE platform = :platform AND settled = 0 {_IN_ORDER}
"""  # noqa: S608
_FORGET = "DELETE FROM message WHERE platform = :platform AND message_id = :message_id"
_PRUNE = """
    DELETE FROM message WHERE (platform, message_id) IN (
        SELECT platform, message_id FROM message
        WHERE platform = :platform AND settled = 1 AND at < :before LIMIT :most)
"""

_THREAD_OF = """
    SELECT channel_id FROM thread
    WHERE platform = :platform AND server_id = :server_id AND user_id = :user_id
"""
_OWNER_OF = "SELECT user_id FROM thread WHERE platform = :platform AND channel_id = :channel_id"
_KEEP_THREAD = """
    INSERT INTO thread (platform, server_id, user_id, channel_id)
    VALUES (:platform, :server_id, :user_id, :channel_id)
    ON CONFLICT DO UPDATE SET channel_id = excluded.channel_id
"""
_FORGET_THREAD = "DELETE FROM thread WHERE platform = :platform AND channel_id = :channel_id"

_STATE = "SELECT value FROM platform_state WHERE platform = :platform AND name = :name"
_SET_STATE = """
    INSERT INTO platform_state (platform, name, value) VALUES (:platform, :name, :value)
    ON CONFLICT DO UPDATE SET value = excluded.value
"""


class SqliteMessages:
    """What an adapter remembers (such as `bot.platforms.discord.memory.Memory`), in SQLite.

    Every change is on the disk when its method returns. Methods raise `StorageError` when the
    database fails.
    """

    def __init__(
        self,
        database: Database,
        platform: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._platform = platform
        self._now = now
        self._on_its_way: dict[str, Kept] = {}

    async def keep(self, kept: Kept, instead_of: str = "") -> None:
        new = bound({"platform": self._platform, **asdict(kept), "at": self._now()})
        old = bound({"platform": self._platform, "message_id": instead_of})

        def change(connection: sqlite3.Connection) -> None:
            if instead_of:
                connection.execute(_FORGET, old)
            connection.execute(_KEEP, new)

        # Somebody may press what they see before the disk is through with it.
        self._on_its_way[kept.message_id] = kept
        try:
            await self._database.do(change)
        finally:
            if self._on_its_way.get(kept.message_id) is kept:
                del self._on_its_way[kept.message_id]

    async def in_slot(self, slot: str) -> tuple[Kept, ...]:
        if not slot:
            return ()
        coming = tuple(kept for kept in self._on_its_way.values() if kept.slot == slot)
        ids = {kept.message_id for kept in coming}
        there = await self._found(_IN_SLOT, slot=slot)
        known = (*(kept for kept in there if kept.message_id not in ids), *coming)
        return tuple(sorted(known, key=lambda kept: (len(kept.message_id), kept.message_id)))

    async def message(self, message_id: str) -> Kept | None:
        if message_id in self._on_its_way:
            return self._on_its_way[message_id]
        found = await self._found(_MESSAGE, message_id=message_id)
        return found[0] if found else None

    async def unsettled(self) -> tuple[Kept, ...]:
        rows = await self._database.read(_UNSETTLED, {"platform": self._platform})
        return tuple(map(_kept, rows))

    async def forget(self, *message_ids: str) -> None:
        await self._change(_FORGET, *({"message_id": one} for one in message_ids))

    async def prune(self) -> None:
        await self._change(_PRUNE, {"before": self._now() - KEPT_FOR, "most": MOST_PRUNED})

    async def thread_of(self, server_id: str, user_id: str) -> str | None:
        return await self._value(_THREAD_OF, server_id=server_id, user_id=user_id)

    async def owner_of_thread(self, channel_id: str) -> str | None:
        return await self._value(_OWNER_OF, channel_id=channel_id)

    async def keep_thread(self, server_id: str, user_id: str, channel_id: str) -> None:
        values = {"server_id": server_id, "user_id": user_id, "channel_id": channel_id}
        await self._change(_KEEP_THREAD, values)

    async def forget_thread(self, channel_id: str) -> None:
        await self._change(_FORGET_THREAD, {"channel_id": channel_id})

    async def state(self, name: str) -> str | None:
        return await self._value(_STATE, name=name)

    async def set_state(self, name: str, value: str) -> None:
        await self._change(_SET_STATE, {"name": name, "value": value})

    async def _change(self, sql: str, *changes: Mapping[str, Any]) -> None:
        """Carry out `sql` for each of `changes`, all in one transaction."""
        values = [bound({"platform": self._platform, **change}) for change in changes]

        def change(connection: sqlite3.Connection) -> None:
            connection.executemany(sql, values)

        await self._database.do(change)

    async def _rows(self, sql: str, **values: str) -> Sequence[Mapping[str, Any]]:
        return await self._database.look_up(sql, bound({"platform": self._platform, **values}))

    async def _found(self, sql: str, **values: str) -> tuple[Kept, ...]:
        rows = await self._rows(sql, **values)
        return tuple(map(_kept, rows))

    async def _value(self, sql: str, **values: str) -> str | None:
        rows = await self._rows(sql, **values)
        return next(iter(rows[0].values())) if rows else None


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(**{**row, "settled": bool(row["settled"])})
