"""Tries whether the database can be written, by writing something into it that is there already."""

import sqlite3

from bot.storage.database import Database


async def try_writing(database: Database) -> None:
    """Return once the disk has taken a page. Raises `StorageError`."""
    await database.do(_write)


def _write(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {int(version)}")
