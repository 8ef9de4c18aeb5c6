"""Tries whether the database can be written, by writing something into it that is there already."""

import aiosqlite

from bot.storage.database import Database


async def try_writing(database: Database) -> None:
    """Return once the disk has taken a page. Raises `StorageError`."""
    await database.do(_write)


async def _write(connection: aiosqlite.Connection) -> None:
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    await connection.execute(f"PRAGMA user_version = {int(row[0]) if row else 0}")
