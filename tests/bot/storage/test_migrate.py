"""The schema goes forward, all or nothing, and a file that cannot be used is named with the fix."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.errors import StorageError
from bot.storage.migrate import Migration, migrate, shipped_migrations

ROOT = Path(__file__).parents[3]
ONE = Migration(1, "one", "CREATE TABLE fruit (name TEXT) STRICT;")
TWO = Migration(2, "two", "ALTER TABLE fruit ADD COLUMN colour TEXT;")


def schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT sql FROM sqlite_schema ORDER BY name")]


def applied(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT number, name FROM migration ORDER BY number").fetchall()


def test_shipped_migrations_are_numbered_without_gaps() -> None:
    migrations = shipped_migrations()
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
    assert migrations[0].name == "initial"


def test_shipped_migrations_leave_transactions_to_the_program() -> None:
    for migration in shipped_migrations():
        assert not re.search(r"(?im)^\s*(BEGIN|COMMIT|END|ROLLBACK)\b", migration.sql)


def test_every_table_is_strict(path: Path) -> None:
    migrate(path, shipped_migrations())
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("PRAGMA table_list").fetchall()
    ours = {
        name: strict for _, name, kind, _, _, strict in tables if not name.startswith("sqlite_")
    }
    assert {"learner", "migration"} <= ours.keys()
    assert set(ours.values()) == {1}


def test_only_what_is_lacking_is_applied(path: Path) -> None:
    migrate(path, [ONE])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO fruit VALUES ('pear')")
    migrate(path, [ONE, TWO])
    migrate(path, [ONE, TWO])
    assert applied(path) == [(1, "one"), (2, "two")]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM fruit").fetchall() == [("pear", None)]


def test_failed_migration_leaves_nothing_behind(path: Path) -> None:
    broken = Migration(2, "broken", "CREATE TABLE nut (name TEXT); INSERT INTO nowhere VALUES (1);")
    migrate(path, [ONE])
    before = schema(path)
    with pytest.raises(StorageError, match="nowhere"):
        migrate(path, [ONE, broken])
    assert schema(path) == before
    assert applied(path) == [(1, "one")]
    migrate(path, [ONE, TWO])
    assert applied(path) == [(1, "one"), (2, "two")]


def test_failed_first_migration_leaves_an_empty_database(path: Path) -> None:
    with pytest.raises(StorageError):
        migrate(path, [Migration(1, "broken", "CREATE TABLE nut (name TEXT); SELECT nothing;")])
    assert schema(path) == []


def test_a_database_newer_than_the_program_is_refused(path: Path) -> None:
    migrate(path, [ONE, TWO])
    with pytest.raises(StorageError) as refused:
        migrate(path, [ONE])
    assert str(refused.value) == (
        f"{path}: a newer version of Tensor Tutor made this database (schema 2, and this version "
        "knows 1); update the program, or name another file as `database`"
    )
    assert applied(path) == [(1, "one"), (2, "two")]


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StorageError, match="belongs to another program"):
        migrate(path, [ONE])
    assert schema(path) == ["CREATE TABLE theirs (id INTEGER)"]


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_bytes(b"database: tutor.sqlite3\n" * 100)
    with pytest.raises(StorageError, match=r"tutor\.sqlite3: .*no SQLite database; move it away"):
        migrate(path, [ONE])
    assert path.read_bytes() == b"database: tutor.sqlite3\n" * 100


def test_a_damaged_database_is_refused(path: Path) -> None:
    migrate(path, shipped_migrations())
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(StorageError, match=r"tutor\.sqlite3: .*damaged.*backup"):
        migrate(path, shipped_migrations())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "tutor.sqlite3"
    with pytest.raises(StorageError) as refused:
        migrate(path, [ONE])
    assert str(refused.value).startswith(f"{path}: the database cannot be made (No such file")
    assert "check that its folder exists" in str(refused.value)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened; check"):
        migrate(tmp_path, [ONE])


def test_a_path_that_cannot_be_is_refused() -> None:
    with pytest.raises(StorageError, match="null byte"):
        migrate(Path("a\x00b"), [ONE])


def test_a_file_named_like_a_memory_database_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    migrate(Path(":memory:"), [ONE])
    assert applied(tmp_path / ":memory:") == [(1, "one")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match=r"cannot be made .*yours to write"):
        migrate(tmp_path / "tutor.sqlite3", [ONE])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_named(path: Path) -> None:
    migrate(path, [ONE])
    path.chmod(0o400)
    with pytest.raises(StorageError, match="yours to write"):
        migrate(path, [ONE, TWO])


def test_a_database_held_by_another_program_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.migrate.BUSY_SECONDS", 0.1)
    migrate(path, [ONE])
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="in use by another program"):
            migrate(path, [ONE, TWO])
    assert applied(path) == [(1, "one")]


def test_processes_that_start_at_once_do_not_collide(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from bot.storage.migrate import Migration, migrate\n"
        "steps = [Migration(n, f'step_{n}', f'CREATE TABLE t{n} (a);') for n in range(1, 9)]\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "migrate(Path(sys.argv[1]), steps)\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(5)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, outcomes
    assert applied(path) == [(n, f"step_{n}") for n in range(1, 9)]
