"""Connections to SQLite: in a thread of their own, which whole functions go to, or used at once where one is."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

from bot.storage.errors import BUSY_SECONDS

Result = TypeVar("Result")


class Connection(aiosqlite.Connection):
    """An `aiosqlite.Connection`, opened by `connection_to`.

    Each `await` on one is a journey to its thread and back, which costs the event loop more than most
    statements cost SQLite. What has several statements therefore goes there at once.
    """

    async def call(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Return what `function` returns in the connection's thread. Raises what it raises."""
        # Protected and untyped, but what every method of the library goes through.
        return cast("Result", await self._execute(function, self._conn))  # type: ignore[no-untyped-call]


@contextmanager
def questions_to(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to the database at `path` for reading only, without ever waiting for another program."""
    with _at_once(path) as opened:
        opened.execute("PRAGMA query_only = ON")
        yield opened


@contextmanager
def notes_to(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to the database at `path` for small changes, without ever waiting for another program.

    A commit does not wait for the disk, but once after the log was folded into the file. It is with the
    operating system then, so it outlives this program; on the disk it is by the next commit of a
    connection that does wait. Folding the log is left to those too.
    """
    with _at_once(path) as opened:
        opened.execute("PRAGMA synchronous = NORMAL")
        opened.execute("PRAGMA foreign_keys = ON")
        opened.execute("PRAGMA wal_autocheckpoint = 0")
        yield opened


@contextmanager
def _at_once(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path.absolute(), timeout=0, isolation_level=None)) as opened:
        opened.row_factory = sqlite3.Row
        yield opened


@asynccontextmanager
async def connection_to(path: Path) -> AsyncIterator[Connection]:
    """Connect to the database at `path` until the block ends; no transaction begins by itself."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path.absolute(), timeout=BUSY_SECONDS, isolation_level=None)

    connection = Connection(connect, iter_chunk_size=64)
    async with connection:
        yield connection
