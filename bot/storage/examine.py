"""Looks at a database without changing anything: whether it is sound, and of which schema."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.storage.database import bytes_of
from bot.storage.errors import BUSY_SECONDS, StorageError, explain
from bot.storage.migrate import check_usable, shipped_migrations


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """How a database is. `schema` is None where there is none yet, and 0 for an empty one."""

    schema: int | None
    newest_schema: int
    size: int
    free: int


def examine(path: Path) -> DatabaseState:
    """Return how the database at `path` is. Raises `StorageError` if it could not be used."""
    migrations = shipped_migrations()
    folder = path.absolute().parent
    if not folder.is_dir():
        raise StorageError(f"{path}: its folder does not exist; make {folder}")
    if not os.access(folder, os.W_OK):
        raise StorageError(
            f"{path}: its folder is not yours to write; change that, or name another"
        )
    free = shutil.disk_usage(folder).free
    if not path.exists():
        return DatabaseState(None, len(migrations), 0, free)
    if path.is_file() and not os.access(path, os.W_OK):
        raise StorageError(f"{path}: the database is not yours to write; change that")
    try:
        with closing(_open(path)) as database:
            schema = check_usable(path, database, migrations)
    except sqlite3.Error as error:
        raise explain(path, error) from error
    return DatabaseState(schema, len(migrations), bytes_of(path), free)


def _open(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=rw"
    database = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    database.execute("PRAGMA query_only = ON")
    return database
