"""One SQLite file, opened: connections that read, and one writer whose changes survive `kill -9`."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bot.storage.connection import Connection, connection_to, notes_to, questions_to
from bot.storage.errors import explain, is_busy
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.writer import Operation, Result, Writer


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator["Database"]:
    """Open the database at `path`, made or brought up to date if need be, until the block ends.

    Raises `StorageError` when it cannot be used.
    """
    await asyncio.to_thread(migrate, path, shipped_migrations())
    async with AsyncExitStack() as stack:
        try:
            reader = await stack.enter_async_context(connection_to(path))
            reader.row_factory = sqlite3.Row
            await reader.execute("PRAGMA query_only = ON")
            questions = stack.enter_context(questions_to(path))
            connection = await stack.enter_async_context(connection_to(path))
            connection.row_factory = sqlite3.Row
            await connection.execute("PRAGMA synchronous = FULL")
            await connection.execute("PRAGMA foreign_keys = ON")
            notes = stack.enter_context(notes_to(path))
        except sqlite3.Error as error:
            raise explain(path, error) from error
        writer = await stack.enter_async_context(Writer(path, connection, notes))
        yield Database(path, questions, reader, writer)


def bytes_of(path: Path) -> int:
    """Return how large the database at `path` is, with what has not been folded into it yet."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


class Database:
    """What the stores read from and write to; made by `open_database`."""

    def __init__(
        self, path: Path, questions: sqlite3.Connection, reader: Connection, writer: Writer
    ) -> None:
        self.path = path
        self._questions = questions
        self._reader = reader
        self._writer = writer

    async def look_up(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the few rows that an index leads to, at once; what may be long is for `read`.

        It takes the event loop some 50 µs, where a thread takes longer to come back, and many times as
        long on a busy machine (docs/adr/0015). Raises `StorageError`.
        """
        try:
            return [dict(row) for row in self._questions.execute(sql, values).fetchall()]
        except (sqlite3.Error, ValueError) as error:
            if is_busy(error):
                return await self.read(sql, values)  # which may wait
            raise explain(self.path, error) from error

    async def read(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return all rows of a query. Raises `StorageError`."""
        try:
            # All rows at once: a cursor left open would keep showing the past.
            return [dict(row) for row in await self._reader.execute_fetchall(sql, values)]
        except (sqlite3.Error, ValueError) as error:
            raise explain(self.path, error) from error

    async def do(self, operation: Operation[Result]) -> Result:
        """Return what `operation` on the writing connection returned, once it is on the disk.

        All that it changes is one transaction. Raises what it raises, and `StorageError` for what
        SQLite refuses.
        """
        return await self._writer.do(operation)

    async def note(self, operation: Operation[Result]) -> Result:
        """Do a small `operation` that survives `kill -9`, and of a power failure all but the latest few.

        Where nothing else is being written it takes the event loop some 0.2 ms and does not wait for
        the disk (docs/adr/0016); else it is done by `do`. Raises what that raises.
        """
        return await self._writer.note(operation)
