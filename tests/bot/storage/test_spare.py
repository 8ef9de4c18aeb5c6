"""While the disk is full an adapter's memory goes on, and the disk gets it all once there is room."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.platforms.discord.memory import Memory
from bot.storage import spare
from bot.storage.database import Database, open_database
from bot.storage.messages import SqliteMessages
from bot.storage.spare import SpareMessages
from bot.tutor.messages import Kept

LONG = "9" * 50_000
"""So long that no page that is there has room for it."""

KEPT = Kept(message_id="10", channel_id="7", server_id="5", slot="run:9", owner="3", source="9")
LARGE = replace(KEPT, source=LONG)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "tutor.sqlite3") as opened:
        yield opened


@pytest.fixture
def disk(database: Database) -> Memory:
    """What is on the disk, and after a restart too."""
    return SqliteMessages(database, "discord")


@pytest.fixture
def memory(database: Database) -> Memory:
    return SpareMessages(SqliteMessages(database, "discord"))


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    def most_pages(connection: sqlite3.Connection, most: int) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}").fetchall()

    await database.do(lambda connection: most_pages(connection, 1))
    yield
    await database.do(lambda connection: most_pages(connection, 1_000_000))


async def test_a_message_is_known_and_comes_to_the_disk_later(
    database: Database, memory: Memory, disk: Memory
) -> None:
    async with full(database):
        await memory.keep(LARGE)
        assert await disk.message("10") is None
        assert await memory.message("10") == LARGE
        assert await memory.in_slot("run:9") == (LARGE,)
        assert await memory.in_slot("") == ()
    await memory.keep(replace(KEPT, message_id="11"))
    assert await disk.in_slot("run:9") == (LARGE, replace(KEPT, message_id="11"))
    assert await memory.in_slot("run:9") == await disk.in_slot("run:9")


async def test_what_follows_is_put_off_too_so_that_the_order_stays(
    database: Database, memory: Memory, disk: Memory
) -> None:
    await memory.keep(replace(KEPT, settled=False))
    async with full(database):
        await memory.keep(replace(LARGE, settled=False))
        await memory.keep(replace(KEPT, message_id="11"), instead_of="10")
        assert await memory.message("10") is None
        assert await memory.unsettled() == ()
        assert [one.message_id for one in await memory.in_slot("run:9")] == ["11"]
        assert await disk.message("10") is not None
        await memory.forget("11")
        assert await memory.in_slot("run:9") == ()
    await memory.set_state("any", "thing")
    assert await disk.message("10") is None
    assert await disk.message("11") is None
    assert await disk.state("any") == "thing"


async def test_threads_are_known_by_their_learner_and_by_themselves(
    database: Database, memory: Memory, disk: Memory
) -> None:
    await memory.keep_thread("5", "3", "70")
    async with full(database):
        await memory.keep_thread("5", "3", LONG)
        assert await memory.thread_of("5", "3") == LONG
        assert await memory.owner_of_thread(LONG) == "3"
        assert await memory.owner_of_thread("70") is None
        await memory.forget_thread(LONG)
        assert await memory.thread_of("5", "3") is None
        await memory.keep_thread("5", "4", "71")
        assert await memory.owner_of_thread("71") == "4"
    await memory.set_state("any", "thing")
    assert await disk.thread_of("5", "3") is None
    assert await disk.thread_of("5", "4") == "71"
    assert await disk.owner_of_thread("70") is None


async def test_a_thread_of_the_disk_that_was_forgotten_meanwhile_is_nobodys(
    database: Database, memory: Memory
) -> None:
    await memory.keep_thread("5", "3", "70")
    async with full(database):
        await memory.set_state("name", LONG)
        await memory.forget_thread("70")
        assert await memory.thread_of("5", "3") is None
        assert await memory.owner_of_thread("70") is None


async def test_states_are_known(database: Database, memory: Memory, disk: Memory) -> None:
    async with full(database):
        await memory.set_state("name", LONG)
        assert await memory.state("name") == LONG
        await memory.prune()
    await memory.set_state("name", "short")
    assert await disk.state("name") == await memory.state("name") == "short"


async def test_many_at_once_all_come_to_the_disk(
    database: Database, memory: Memory, disk: Memory
) -> None:
    async with full(database):
        await asyncio.gather(
            *(memory.keep(replace(LARGE, message_id=str(100 + n))) for n in range(30))
        )
        assert len(await memory.in_slot("run:9")) == 30
    await asyncio.gather(*(memory.keep(replace(KEPT, message_id=str(200 + n))) for n in range(30)))
    assert len(await disk.in_slot("run:9")) == 60
    assert await memory.in_slot("run:9") == await disk.in_slot("run:9")


async def test_what_is_put_off_has_a_bound(
    database: Database, memory: Memory, disk: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spare, "MOST_WAITING", 5)
    async with full(database):
        for number in range(20):
            await memory.keep(replace(LARGE, message_id=str(100 + number)))
    await memory.set_state("any", "thing")
    assert len(await disk.in_slot("run:9")) == 5
