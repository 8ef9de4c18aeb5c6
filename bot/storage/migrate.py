"""Brings a database to the present schema: numbered SQL files, forward only, a transaction each."""

import os
import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from bot.storage.errors import BUSY_SECONDS, StorageError, explain

OLDEST_SQLITE = (3, 37, 0)
"""The first SQLite with STRICT tables."""

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_RETRY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. `sql` holds no transaction statements of its own."""

    number: int
    name: str
    sql: str


def shipped_migrations() -> tuple[Migration, ...]:
    """Return the migrations that come with the program, in order."""
    folder = resources.files("bot.storage").joinpath("migrations")
    found = [
        Migration(int(match[1]), match[2], file.read_text("utf-8"))
        for file in folder.iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(path: Path, migrations: Sequence[Migration]) -> None:
    """Create the database at `path` if there is none, and apply the `migrations` it lacks.

    Several processes may do so at the same time. Raises `StorageError`.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageError(
            f"this Python has SQLite {sqlite3.sqlite_version}, and 3.37 or newer is needed; "
            "use a newer Python"
        )
    try:
        _make_private_file(path)
        with closing(_connect(path)) as database:
            check_usable(path, database, migrations)
            _use_write_ahead_log(path, database)
            for migration in migrations:
                _apply(database, migration)
    except sqlite3.Error as error:
        raise explain(path, error) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StorageError(
            f"{path}: the database cannot be made ({reason}); check that its folder exists and is "
            "yours to write, or name another file as `database`"
        ) from error


def _make_private_file(path: Path) -> None:
    # It holds the secret that hidden inputs are drawn from, so it is for its owner's eyes only. A file
    # that is there stays untouched: closing it would drop the locks that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _connect(path: Path) -> sqlite3.Connection:
    # An absolute path is a file whatever it is called, `:memory:` included.
    return sqlite3.connect(path.absolute(), timeout=BUSY_SECONDS, isolation_level=None)


def check_usable(path: Path, database: sqlite3.Connection, migrations: Sequence[Migration]) -> int:
    """Return the schema of a database that can be used, 0 for an empty one. Raises `StorageError`."""
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_schema")}
    if tables and "migration" not in tables:
        raise StorageError(
            f"{path}: this database belongs to another program; name another file as `database`"
        )
    newest, known = _applied(database), len(migrations)
    if newest > known:
        raise StorageError(
            f"{path}: a newer version of Tensor Tutor made this database (schema {newest}, and this "
            f"version knows {known}); update the program, or name another file as `database`"
        )
    for (problem,) in database.execute("PRAGMA quick_check(1)"):
        if problem != "ok":
            raise StorageError(
                f"{path}: the database is damaged ({problem}); move it away and put a backup in its place"
            )
    return newest


def _applied(database: sqlite3.Connection) -> int:
    """Return the number of the newest migration in the database, 0 for an empty one."""
    known = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration'"
    if not database.execute(known).fetchone()[0]:
        return 0
    newest = database.execute("SELECT max(number) FROM migration").fetchone()[0]
    return int(newest or 0)


def _use_write_ahead_log(path: Path, database: sqlite3.Connection) -> None:
    # Changing the mode does not wait for another process that is changing it, hence the loop.
    for tries_left in reversed(range(int(BUSY_SECONDS / _RETRY_SECONDS))):
        try:
            (mode,) = database.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not tries_left:
                raise
            time.sleep(_RETRY_SECONDS)
            continue
        if mode != "wal":
            raise StorageError(
                f"{path}: this file system cannot hold the database safely (no write-ahead log); "
                "name a file on a local disk as `database`"
            )
        return


def _apply(database: sqlite3.Connection, migration: Migration) -> None:
    if _applied(database) >= migration.number:
        return
    # One script, because executescript() commits whatever was begun before it. Its number goes in
    # first: whoever lost a race between two processes fails there, before anything else runs.
    script = f"""
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
        INSERT INTO migration (number, name) VALUES ({migration.number}, '{migration.name}');
        {migration.sql}
        ;
        COMMIT;
    """  # noqa: S608  (both come from a file name that matched _FILE_NAME)
    try:
        database.executescript(script)
    except sqlite3.Error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        if _applied(database) < migration.number:
            raise
