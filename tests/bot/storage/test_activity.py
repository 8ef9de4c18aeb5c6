"""What was done, in pages and in numbers, of one server or of all."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage.activity import SqliteActivity
from bot.storage.database import Database, open_database
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Actor
from bot.tutor.records import Answer, Attempt, Done, RanCell, Tallies

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


async def works(database: Database, actor: Actor, server: str, times: int = 1) -> None:
    """Let somebody answer, submit and run so many times in a server."""
    store = SqliteStore(database)
    learner = (await store.learner(actor)).id
    for number in range(times):
        at = AT + timedelta(minutes=number)
        answer = Answer(
            lesson="l", rev=1, question="q", given="x", correct=number % 2 == 0, points=0.5,
            at=at, server=server
        )  # fmt: skip
        attempt = Attempt(
            lesson="l", rev=1, step="s", number=number, code="", outcome="wrong", points=0.0,
            say=None, at=at, server=server
        )  # fmt: skip
        cell = RanCell(
            code="x", stdin="", ok=False, source="1", lesson=None, step=None, at=at, server=server
        )
        await store.add_answer(learner, answer)
        await store.add_attempt(learner, attempt)
        await store.add_cell(learner, cell)


async def all_of(database: Database, *where: str, page: int = 3) -> list[Done]:
    pages = [page async for page in SqliteActivity(database, page).done(*where)]
    assert all(0 < len(one) <= page for one in pages)
    return [done for one in pages for done in one]


async def test_everything_is_listed_once_however_small_the_pages(database: Database) -> None:
    await works(database, Actor("discord", "ada", "Ada"), "1", 5)
    await works(database, Actor("slack", "bea", "Bea"), "1", 2)
    whole = await all_of(database, page=1000)
    assert [len([one for one in whole if one.kind == kind]) for kind in ("answer", "attempt", "run")] == [7, 7, 7]  # fmt: skip
    assert await all_of(database, page=1) == whole
    assert whole[1] == Done(
        at=AT + timedelta(minutes=1), platform="discord", user_id="ada", name="Ada",
        kind="answer", lesson="l", item="q", outcome="wrong", points=0.5
    )  # fmt: skip


async def test_a_server_is_one_of_its_platform(database: Database) -> None:
    await works(database, Actor("discord", "ada", "Ada"), "1", 2)
    await works(database, Actor("discord", "ada", "Ada"), "2")
    await works(database, Actor("discord", "ada", "Ada"), "")
    await works(database, Actor("slack", "bea", "Bea"), "1")
    assert {one.user_id for one in await all_of(database, "discord", "1")} == {"ada"}
    assert len(await all_of(database, "discord", "1")) == 6
    assert len(await all_of(database, "discord", "2")) == 3
    assert {one.user_id for one in await all_of(database, "slack", "1")} == {"bea"}
    assert await all_of(database, "discord", "3") == []


async def test_an_account_on_another_platform_doubles_nothing(database: Database) -> None:
    await works(database, Actor("discord", "ada", "Ada"), "1")
    sql = "INSERT INTO identity (platform, user_id, learner) VALUES ('slack', 'U1', 1)"
    await database.do(lambda connection: connection.execute(sql))
    assert [one.user_id for one in await all_of(database, "discord", "1")] == ["ada"] * 3
    assert len(await all_of(database)) == 3
    assert (await SqliteActivity(database).tallies("discord", "1")).learners == 1


async def test_tallies_count_what_was_done(database: Database) -> None:
    await works(database, Actor("discord", "ada", "Ada"), "1", 2)
    await works(database, Actor("discord", "bea", "Bea"), "2")
    await works(database, Actor("slack", "cleo", "Cleo"), "1")
    activity = SqliteActivity(database)
    await SqliteStore(database).learner(Actor("discord", "dora", "Dora"))
    assert await activity.tallies() == Tallies(learners=4, answers=4, attempts=4, runs=4)
    assert await activity.tallies("discord", "1") == Tallies(
        learners=1, answers=2, attempts=2, runs=2
    )
    assert await activity.tallies("discord", "9") == Tallies()
