"""What an adapter's messages, threads and state are remembered as."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.platforms.discord.memory import Memory
from bot.storage.database import Database, open_database
from bot.storage.messages import KEPT_FOR, SqliteMessages
from bot.tutor.messages import Kept

KEPT = Kept(message_id="10", channel_id="7", server_id="5", slot="run:9", owner="3", source="9")


class Now:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "tutor.sqlite3") as opened:
        yield opened


@pytest.fixture
def messages(database: Database, now: Now) -> Memory:
    return SqliteMessages(database, "discord", now)


async def test_a_message_is_found_by_its_id_and_by_its_slot(messages: Memory) -> None:
    await messages.keep(KEPT)
    assert await messages.message("10") == KEPT
    assert await messages.in_slot("run:9") == (KEPT,)


async def test_what_is_being_kept_is_known_already(messages: Memory) -> None:
    await messages.keep(replace(KEPT, settled=False))
    keeping = asyncio.gather(messages.keep(KEPT), messages.keep(replace(KEPT, message_id="11")))
    await asyncio.sleep(0)
    assert await messages.message("10") == KEPT
    assert [kept.message_id for kept in await messages.in_slot("run:9")] == ["10", "11"]
    await keeping
    assert [kept.message_id for kept in await messages.in_slot("run:9")] == ["10", "11"]


async def test_messages_of_a_slot_stand_in_the_order_they_were_sent_in(messages: Memory) -> None:
    ids = ["100", "99", "1000"]
    for one in ids:
        await messages.keep(replace(KEPT, message_id=one))
    assert [kept.message_id for kept in await messages.in_slot("run:9")] == ["99", "100", "1000"]


async def test_keeping_it_again_replaces_what_was_known(messages: Memory) -> None:
    await messages.keep(replace(KEPT, settled=False))
    assert [kept.message_id for kept in await messages.unsettled()] == ["10"]
    await messages.keep(KEPT)
    assert await messages.unsettled() == ()
    assert await messages.in_slot("run:9") == (KEPT,)


async def test_one_message_is_kept_instead_of_another(messages: Memory) -> None:
    await messages.keep(replace(KEPT, message_id="?9", settled=False))
    await messages.keep(KEPT, instead_of="?9")
    assert await messages.in_slot("run:9") == (KEPT,)
    assert await messages.unsettled() == ()


async def test_what_has_no_slot_is_in_none(messages: Memory) -> None:
    await messages.keep(replace(KEPT, slot=""))
    assert await messages.in_slot("") == ()


async def test_forgetting_takes_all_that_are_named(messages: Memory) -> None:
    for one in ("10", "11", "12"):
        await messages.keep(replace(KEPT, message_id=one))
    await messages.forget("10", "12", "404")
    await messages.forget()
    assert [kept.message_id for kept in await messages.in_slot("run:9")] == ["11"]


async def test_platforms_do_not_see_each_other(messages: Memory, database: Database) -> None:
    slack = SqliteMessages(database, "slack")
    await messages.keep(KEPT)
    await messages.keep_thread("5", "3", "70")
    await messages.set_state("commands", "abc")
    assert await slack.message("10") is None
    assert await slack.in_slot("run:9") == ()
    assert await slack.thread_of("5", "3") is None
    assert await slack.owner_of_thread("70") is None
    assert await slack.state("commands") is None
    await slack.forget("10")
    assert await messages.message("10") == KEPT


async def test_old_messages_are_pruned_unless_something_goes_on_in_them(
    messages: Memory, now: Now
) -> None:
    await messages.keep(KEPT)
    await messages.keep(replace(KEPT, message_id="11", settled=False))
    now.at += KEPT_FOR + timedelta(minutes=1)
    await messages.keep(replace(KEPT, message_id="12"))
    await messages.prune()
    assert [kept.message_id for kept in await messages.in_slot("run:9")] == ["11", "12"]


async def test_a_learner_has_one_thread_in_each_server(messages: Memory) -> None:
    await messages.keep_thread("5", "3", "70")
    await messages.keep_thread("6", "3", "80")
    await messages.keep_thread("5", "3", "71")
    assert await messages.thread_of("5", "3") == "71"
    assert await messages.thread_of("6", "3") == "80"
    assert await messages.owner_of_thread("71") == "3"
    assert await messages.owner_of_thread("70") is None
    await messages.forget_thread("71")
    assert await messages.thread_of("5", "3") is None


async def test_state_is_what_was_last_set(messages: Memory) -> None:
    assert await messages.state("commands") is None
    await messages.set_state("commands", "abc")
    await messages.set_state("commands", "def")
    assert await messages.state("commands") == "def"


async def test_what_was_kept_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "tutor.sqlite3"
    async with open_database(path) as first:
        await SqliteMessages(first, "discord").keep(KEPT)
    async with open_database(path) as second:
        assert await SqliteMessages(second, "discord").message("10") == KEPT
