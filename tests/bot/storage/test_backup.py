"""A backup is whole whatever goes on meanwhile, replaces nothing but a backup, and can be put back."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import backup
from bot.storage.backup import back_up
from bot.storage.errors import StorageError
from bot.storage.sqlite import SqliteStore, open_store
from bot.tutor.event import Actor
from bot.tutor.records import Position

ROOT = Path(__file__).parents[3]
ADA = Actor("console", "ada", "Ada")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "copy.sqlite3"


async def move(store: SqliteStore, item: str) -> None:
    learner = await store.learner(ADA)
    await store.move(learner.id, Position(lesson="tensors-101", stage="section", item=item))


async def begin(path: Path) -> None:
    async with open_store(path) as store:
        await move(store, "shape")


async def place(path: Path) -> str | None:
    async with open_store(path) as store:
        known = await store.known(ADA)
        position = await store.position(known.id) if known else None
        return position.item if position else None


def alone(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_a_backup_of_a_database_in_use_holds_what_was_stored_before(
    store: SqliteStore, path: Path, target: Path
) -> None:
    await move(store, "shape")
    size = await asyncio.to_thread(back_up, path, target)
    await move(store, "dtype")
    assert size == target.stat().st_size > 0
    assert alone(target.parent) == ["copy.sqlite3"]
    assert await place(target) == "shape"


async def test_a_backup_is_for_its_owner_alone(
    store: SqliteStore, path: Path, target: Path
) -> None:
    await asyncio.to_thread(back_up, path, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_a_backup_is_one_file_that_needs_no_other(
    store: SqliteStore, path: Path, target: Path, tmp_path: Path
) -> None:
    await move(store, "shape")
    await asyncio.to_thread(back_up, path, target)
    elsewhere = tmp_path / "elsewhere.sqlite3"
    shutil.copyfile(target, elsewhere)
    with closing(sqlite3.connect(f"{elsewhere.as_uri()}?mode=ro", uri=True)) as copied:
        assert copied.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copied.execute("SELECT item FROM position").fetchall() == [("shape",)]


async def test_writers_do_not_wait_for_a_backup_and_are_all_kept(
    store: SqliteStore, path: Path, target: Path
) -> None:
    stored = 0
    copying = asyncio.create_task(asyncio.to_thread(back_up, path, target))
    while not copying.done() or stored < 50:
        stored += 1
        await move(store, f"section-{stored}")
    await copying
    assert await place(path) == f"section-{stored}"
    await place(target)  # is whole, wherever it was cut


async def test_restoring_is_putting_the_copy_in_its_place(path: Path, target: Path) -> None:
    async with open_store(path) as store:
        await move(store, "shape")
        await asyncio.to_thread(back_up, path, target)
        await move(store, "dtype")
    for name in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{name}").unlink(missing_ok=True)
    shutil.copyfile(target, path)
    assert await place(path) == "shape"
    async with open_store(path) as store:
        await move(store, "device")
    assert await place(path) == "device"


async def test_an_earlier_backup_is_replaced(store: SqliteStore, path: Path, target: Path) -> None:
    await move(store, "shape")
    await asyncio.to_thread(back_up, path, target)
    await move(store, "dtype")
    await asyncio.to_thread(back_up, path, target)
    assert await place(target) == "dtype"


async def test_an_empty_file_is_replaced(store: SqliteStore, path: Path, target: Path) -> None:
    target.touch()
    await asyncio.to_thread(back_up, path, target)
    assert await place(target) is None


async def test_what_is_no_backup_is_left_alone(
    store: SqliteStore, path: Path, target: Path
) -> None:
    target.write_text("my thesis")
    with pytest.raises(StorageError, match=r"no backup of Tensor Tutor.*name another file"):
        await asyncio.to_thread(back_up, path, target)
    assert target.read_text() == "my thesis"
    target.unlink()
    with closing(sqlite3.connect(target)) as theirs, theirs:
        theirs.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StorageError, match="no backup of Tensor Tutor"):
        await asyncio.to_thread(back_up, path, target)
    assert alone(target.parent) == ["copy.sqlite3"]


async def test_a_pipe_or_device_is_left_alone(store: SqliteStore, path: Path, target: Path) -> None:
    os.mkfifo(target)
    with pytest.raises(StorageError, match="no backup"):
        await asyncio.to_thread(back_up, path, target)
    assert target.is_fifo()


async def test_a_database_is_no_place_for_a_backup(
    store: SqliteStore, path: Path, target: Path
) -> None:
    with pytest.raises(StorageError, match="the database itself"):
        await asyncio.to_thread(back_up, path, path)
    async with open_store(target) as other:
        await move(other, "shape")
        with pytest.raises(StorageError, match="a database in use"):
            await asyncio.to_thread(back_up, path, target)
    assert await place(target) == "shape"


async def test_a_folder_is_no_place_for_a_backup(
    store: SqliteStore, path: Path, target: Path
) -> None:
    with pytest.raises(StorageError, match="a folder; name the file"):
        await asyncio.to_thread(back_up, path, target.parent)
    with pytest.raises(StorageError, match=r"No such file.*check that its folder exists"):
        await asyncio.to_thread(back_up, path, target.parent / "nowhere" / "copy.sqlite3")


def test_without_a_database_there_is_nothing_to_back_up(path: Path, target: Path) -> None:
    with pytest.raises(StorageError, match="there is no database yet"):
        back_up(path, target)
    assert alone(target.parent) == []


def test_the_database_of_another_program_is_not_backed_up(path: Path, target: Path) -> None:
    with closing(sqlite3.connect(path)) as theirs, theirs:
        theirs.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StorageError, match="another program"):
        back_up(path, target)
    path.write_text("no database at all, " * 100)
    with pytest.raises(StorageError, match=r"another program|no SQLite database"):
        back_up(path, target)
    assert alone(target.parent) == []


def test_a_damaged_database_does_not_replace_a_good_backup(path: Path, target: Path) -> None:
    asyncio.run(begin(path))
    back_up(path, target)
    good = target.read_bytes()
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 3)
    with pytest.raises(StorageError, match="damaged"):
        back_up(path, target)
    assert target.read_bytes() == good
    assert alone(target.parent) == ["copy.sqlite3"]


def test_a_full_disk_leaves_the_earlier_backup_and_nothing_else(path: Path, target: Path) -> None:
    asyncio.run(begin(path))
    back_up(path, target)
    good = target.read_bytes()
    limited = f"""
import resource, sys
from pathlib import Path
from bot.storage.backup import back_up
from bot.storage.errors import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    back_up(Path({str(path)!r}), Path({str(target)!r}))
except StorageError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", limited], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert f"{target}: the backup cannot be written (Input/output error)" in done.stdout
    assert "has room" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert target.read_bytes() == good
    assert alone(target.parent) == ["copy.sqlite3"]


async def test_what_a_killed_backup_left_is_swept_up_later(
    store: SqliteStore, path: Path, target: Path
) -> None:
    old, new = (target.with_name(f".tensor-tutor-backup-{name}") for name in ("old", "new"))
    for file in (old, new):
        file.write_text("half")
    os.utime(old, (time.time() - 7200,) * 2)
    await asyncio.to_thread(back_up, path, target)
    assert alone(target.parent) == [new.name, "copy.sqlite3"]


def test_a_database_that_somebody_locked_is_not_waited_for_for_ever(
    path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(begin(path))
    monkeypatch.setattr(backup, "BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("PRAGMA locking_mode = EXCLUSIVE")
        theirs.execute("CREATE TABLE theirs (id INTEGER)")
        with pytest.raises(StorageError, match="stop that program"):
            back_up(path, target)
        monkeypatch.setattr(backup, "_is_ours", lambda _: True)  # locked only after that look
        with pytest.raises(StorageError, match=r"locked .* for 0\.2 s; stop that program"):
            back_up(path, target)
    assert alone(target.parent) == []


def test_a_backup_that_is_killed_leaves_the_earlier_one(path: Path, target: Path) -> None:
    asyncio.run(begin(path))
    back_up(path, target)
    good = target.read_bytes()
    with closing(sqlite3.connect(path)) as database, database:
        for number in range(40):  # so much that checking it takes a moment
            database.execute(
                "INSERT INTO draft VALUES (1, ?, ?, '')", (str(number), "x" * 1_000_000)
            )
    script = (
        "from pathlib import Path; from bot.storage.backup import back_up\n"
        f"back_up(Path({str(path)!r}), Path({str(target)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    give_up = time.monotonic() + 30
    while not any(file.stat().st_size for file in target.parent.glob(".tensor-tutor-backup-*")):
        assert time.monotonic() < give_up
        assert process.poll() is None, "it was too quick to be killed"
    process.kill()
    process.wait()
    assert target.read_bytes() == good
    back_up(path, target)
    assert target.stat().st_size > 40_000_000
