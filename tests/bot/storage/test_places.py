"""What is remembered of servers, of who is blocked, and of time on a GPU."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.storage.database import Database, bytes_of, open_database
from bot.storage.places import SqlitePlaces
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Actor
from bot.tutor.records import ServerSettings

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


@pytest.fixture
def places(database: Database) -> SqlitePlaces:
    return SqlitePlaces(database)


async def test_settings_are_each_servers_own(places: SqlitePlaces) -> None:
    settings = ServerSettings(channel_id="7", locale="ko", code="threads")
    await places.keep_server("discord", "1", settings)
    await places.keep_server("discord", "2", ServerSettings(code="channel"))
    assert await places.server("discord", "1") == settings
    assert await places.server("discord", "2") == ServerSettings(code="channel")
    assert await places.server("slack", "1") == ServerSettings()


async def test_settings_survive_the_program(path: Path) -> None:
    async with open_database(path) as database:
        await SqlitePlaces(database).keep_server("discord", "1", ServerSettings(locale="ko"))
    async with open_database(path) as database:
        found = await SqlitePlaces(database).server("discord", "1")
    assert found == ServerSettings(locale="ko")


async def test_somebody_is_blocked_on_one_platform_until_let_in_again(
    places: SqlitePlaces,
) -> None:
    for _ in range(2):
        await places.block("discord", "ada", "discord:olga", AT)
    assert await places.is_blocked("discord", "ada")
    assert not await places.is_blocked("slack", "ada")
    assert await places.unblock("discord", "ada")
    assert not await places.unblock("discord", "ada")
    assert not await places.is_blocked("discord", "ada")


async def test_seconds_on_a_gpu_add_up(database: Database, places: SqlitePlaces) -> None:
    learner = (await SqliteStore(database).learner(Actor("discord", "ada", "Ada"))).id
    await asyncio.gather(*(places.add_gpu_seconds(learner, DAY, 0.5) for _ in range(10)))
    assert await places.gpu_seconds(learner, DAY) == 5
    assert await places.gpu_seconds(learner, date(2026, 3, 2)) == 0


async def test_of_somebody_who_is_gone_nothing_is_kept(places: SqlitePlaces) -> None:
    await places.add_gpu_seconds(77, DAY, 5)
    assert await places.gpu_seconds(77, DAY) == 0


async def test_the_size_of_a_database_counts_what_is_not_folded_in_yet(
    path: Path, places: SqlitePlaces
) -> None:
    await places.block("discord", "ada", "discord:olga", AT)
    assert bytes_of(path) > path.stat().st_size
    assert bytes_of(path.with_name("nothing")) == 0
