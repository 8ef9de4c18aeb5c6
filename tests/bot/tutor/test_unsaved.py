"""A full disk: what could not be saved is said not to be, and once there is room everything goes on."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.storage.database import Database
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Actor
from bot.tutor.ports import Ended, Running
from bot.tutor.reply import Ref
from bot.tutor.tutor import Tutor
from tests.doubles.fake_runner import FakeRunner, result
from tests.doubles.visitor import Visitor

NOT_SAVED = "That could not be saved: the tutor’s disk is full."
RAN = "This ran, but could not be saved: the tutor’s disk is full."
QUESTION = Ref("go", ("tensors-101", "q", "mixed-devices"))
TOO_MANY = 300
"""More steps than the pages that are there have room for."""


def _most_pages(connection: sqlite3.Connection, most: int) -> None:
    connection.execute(f"PRAGMA max_page_count = {most}").fetchall()


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """Let the database have no more pages than it has; those still have some room."""
    await database.do(lambda connection: _most_pages(connection, 1))
    try:
        yield
    finally:
        await database.do(lambda connection: _most_pages(connection, 1_000_000))


async def everything(store: SqliteStore) -> object:
    learner = await store.known(Actor("console", "ada", "ada"))
    return learner and await store.personal_data(learner.id)


async def answers_until_full(ada: Visitor, store: SqliteStore) -> None:
    """Answer the same question until an answer is said not to be saved; check what is stored then."""
    for _ in range(TOO_MANY):
        await ada.sends(QUESTION)
        before = await everything(store)
        if (await ada.presses(ada.labels[0])).startswith(NOT_SAVED):
            assert await everything(store) == before
            return
    raise AssertionError("there is always room")


async def test_an_answer_is_said_not_to_be_saved_and_counts_once_there_is_room(
    ada: Visitor, database: Database, store: SqliteStore
) -> None:
    await ada.says("learn")
    async with full(database):
        await answers_until_full(ada, store)
        assert ada.labels == ["Continue"]
        assert "Question 2 of 3" in await ada.presses("Continue")
    before = await everything(store)
    await ada.sends(QUESTION)
    assert "could not be saved" not in await ada.presses(ada.labels[0])
    assert await everything(store) != before


async def test_code_runs_and_is_said_not_to_be_saved(
    ada: Visitor, database: Database, store: SqliteStore
) -> None:
    await ada.says("learn")
    async with full(database):
        before = await everything(store)
        shown = await ada.posts(f"print('here')  # {'a' * 50_000}")
        assert "here" in shown
        assert RAN in shown
        assert await everything(store) == before
    assert "could not be saved" not in await ada.posts("print('again')")
    assert await everything(store) != before


async def test_what_ran_is_no_longer_said_to_run(
    ada: Visitor, database: Database, runner: FakeRunner
) -> None:
    await ada.says("learn")
    async with full(database):
        runner.will([Running(1.0, ()), Ended(result(), fresh=True)])
        await ada.posts(f"x = 1  # {'a' * 50_000}")
    assert {reply.slot for reply in ada.replies} == {ada.replies[0].slot}
    assert "Stop" not in ada.labels


async def test_a_newcomer_is_told_in_their_language(tutor: Tutor, database: Database) -> None:
    async with full(database):
        for number in range(TOO_MANY):
            newcomer = Visitor(tutor, f"newcomer-{number}-{'n' * 50}", locale="ko")
            if "디스크가 가득" in await newcomer.says("learn"):
                return
    raise AssertionError("there is always room")


async def test_the_operator_reads_one_line_when_it_begins_and_one_when_it_is_over(
    ada: Visitor, database: Database, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.storage")
    await ada.says("learn")
    async with full(database):
        await ada.posts(f"x = 1  # {'a' * 50_000}")
        await ada.posts(f"x = 2  # {'a' * 50_000}")
        assert len(caplog.messages) == 1
        assert "disk is full; free some space" in caplog.messages[0]
    await ada.posts("x = 3")
    assert len(caplog.messages) == 2
    assert "again" in caplog.messages[1]
    for _ in range(3):  # a disk with a little room is no reason to fill it with lines
        async with full(database):
            await ada.posts(f"x = 4  # {'a' * 50_000}")
    assert len(caplog.messages) == 2
