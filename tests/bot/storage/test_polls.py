"""What is remembered of polls: one vote a person, the last before the end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage.database import Database, open_database
from bot.storage.polls import SqlitePolls
from bot.tutor.places import Change
from bot.tutor.records import Poll

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = AT + timedelta(minutes=10)
POLL = Poll(
    id=0,
    platform="discord",
    server_id="1",
    channel_id="7",
    asked_by="grace",
    locale="en",
    lesson="",
    question="",
    own="{}",
    how="reactions",
    at=AT,
    closes=END,
)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


@pytest.fixture
def polls(database: Database) -> SqlitePolls:
    return SqlitePolls(database)


async def test_a_poll_comes_back_as_it_was_kept(polls: SqlitePolls) -> None:
    kept = await polls.add(POLL)
    assert kept == replace(POLL, id=1)
    assert kept.slot == "poll:1"
    assert await polls.poll(1) == kept
    assert await polls.poll(2) is None


async def test_polls_are_unclosed_until_they_are_closed_whatever_the_time(
    polls: SqlitePolls,
) -> None:
    late = await polls.add(replace(POLL, closes=END + timedelta(days=1)))
    early = await polls.add(POLL)
    assert await polls.unclosed() == (early, late)
    await polls.close(early.id)
    assert await polls.unclosed() == (late,)
    closed = await polls.poll(early.id)
    assert closed is not None
    assert closed.closed


async def test_the_last_of_many_votes_counts(polls: SqlitePolls) -> None:
    poll = await polls.add(POLL)
    for choice in "abc":
        assert await polls.vote(poll.id, "ada", choice, AT)
    assert await polls.votes(poll.id) == {"ada": "c"}


async def test_votes_of_many_at_once_are_all_kept(polls: SqlitePolls) -> None:
    poll = await polls.add(POLL)
    await asyncio.gather(*(polls.vote(poll.id, f"user-{n}", "a", AT) for n in range(100)))
    assert len(await polls.votes(poll.id)) == 100


@pytest.mark.parametrize("late", [timedelta(), timedelta(microseconds=1), timedelta(days=400)])
async def test_no_vote_is_kept_or_taken_back_from_the_end_on(
    polls: SqlitePolls, late: timedelta
) -> None:
    poll = await polls.add(POLL)
    assert await polls.vote(poll.id, "ada", "a", END - timedelta(microseconds=1))
    assert not await polls.vote(poll.id, "ada", "b", END + late)
    assert not await polls.vote(poll.id, "bea", "b", END + late)
    await polls.take_back(poll.id, "ada", "a", END + late)
    assert await polls.votes(poll.id) == {"ada": "a"}


async def test_a_closed_poll_takes_nothing_even_if_its_time_is_not_up(polls: SqlitePolls) -> None:
    poll = await polls.add(POLL)
    await polls.vote(poll.id, "ada", "a", AT)
    await polls.close(poll.id)
    assert not await polls.vote(poll.id, "ada", "b", AT)
    await polls.take_back(poll.id, "ada", "a", AT)
    changes = [Change("ada", "a", "b"), Change("bea", None, "b"), Change("ada", "a", None)]
    await polls.change(poll.id, changes, AT)
    assert await polls.votes(poll.id) == {"ada": "a"}


async def test_only_the_vote_that_was_kept_is_taken_back(polls: SqlitePolls) -> None:
    poll = await polls.add(POLL)
    await polls.vote(poll.id, "ada", "b", AT)
    await polls.take_back(poll.id, "ada", "a", AT)
    assert await polls.votes(poll.id) == {"ada": "b"}
    await polls.take_back(poll.id, "ada", "b", AT)
    assert await polls.votes(poll.id) == {}


async def test_a_vote_that_has_changed_meanwhile_is_left_alone(polls: SqlitePolls) -> None:
    poll = await polls.add(POLL)
    for user, choice in (("ada", "a"), ("bea", "a"), ("cleo", "a"), ("dan", "a")):
        await polls.vote(poll.id, user, choice, AT)
    await polls.vote(poll.id, "dan", "c", AT)
    changes = [
        Change("ada", "a", "b"),
        Change("bea", "a", None),
        Change("cleo", None, "b"),
        Change("dan", "a", "b"),
        Change("eve", None, "b"),
    ]
    await polls.change(poll.id, changes, END + timedelta(hours=1))
    assert await polls.votes(poll.id) == {"ada": "b", "cleo": "a", "dan": "c", "eve": "b"}


async def test_a_vote_for_no_poll_is_none(polls: SqlitePolls) -> None:
    assert not await polls.vote(5, "ada", "a", AT)
    await polls.change(5, [Change("ada", None, "a")], AT)
    assert await polls.votes(5) == {}
