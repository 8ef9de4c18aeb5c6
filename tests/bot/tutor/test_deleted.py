"""Deleting and editing a message while its code runs, and after."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.admission import Admission, Limits
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import CodeEdited, CodePosted, MessageKey, Place
from bot.tutor.reply import Reply
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.fake_executor import FakeExecutor, until
from tests.doubles.fake_runner import FakeRunner
from tests.doubles.visitor import Visitor, words_of

DM = Place(kind="dm", channel_id="d")


# After it has run -------------------------------------------------------------------------------


async def test_the_answer_is_taken_away_and_the_cell_stays_history(
    tutor: Tutor, store: SqliteStore, runner: FakeRunner
) -> None:
    ada = Visitor(tutor, place=DM)
    message = await ada.posts_message("x = 1")
    await ada.deletes(message)
    assert ada.replies == [Reply((), slot=f"run:{message}")]
    assert [cell.code for cell in await store.cells(1)] == ["x = 1"]
    assert runner.stopped == 0


async def test_nobody_becomes_known_by_deleting(tutor: Tutor, store: SqliteStore) -> None:
    eve = Visitor(tutor, "eve", place=DM)
    await eve.deletes("1")
    assert len(eve.replies) == 1
    assert await store.known(eve._actor) is None


# While it runs ----------------------------------------------------------------------------------


@pytest.fixture
def executor() -> FakeExecutor:
    executor = FakeExecutor()
    executor.hold = True
    return executor


@pytest.fixture
async def busy(services: Services, executor: FakeExecutor) -> AsyncIterator[Tutor]:
    """A tutor whose runs go on until the test ends them."""
    admission = Admission(executor, Limits(first_sign=0.01, every_sign=0.01, closing=0.2))
    yield Tutor(replace(services, runner=admission))
    await admission.aclose()


class Talk:
    """Takes down what the tutor says to events that overlap."""

    def __init__(self, tutor: Tutor) -> None:
        self.tutor, self.ada = tutor, Visitor(tutor, place=DM)
        self.tasks: list[asyncio.Task[list[Reply]]] = []

    def where(self, message: str) -> dict[str, object]:
        return self.ada._where() | {"key": MessageKey("console", "here", message)}

    def post(self, message: str, *cells: str) -> asyncio.Task[list[Reply]]:
        return self._listen(CodePosted(cells=cells, **self.where(message)))  # type: ignore[arg-type]

    def edit(self, message: str, *cells: str) -> asyncio.Task[list[Reply]]:
        return self._listen(CodeEdited(cells=cells, **self.where(message)))  # type: ignore[arg-type]

    def _listen(self, event: CodePosted | CodeEdited) -> asyncio.Task[list[Reply]]:
        async def listen() -> list[Reply]:
            return [reply async for reply in self.tutor.handle(event)]

        self.tasks.append(asyncio.create_task(listen()))
        return self.tasks[-1]


def last(replies: list[Reply]) -> str:
    return "\n".join(map(words_of, replies[-1].parts))


async def test_a_deleted_message_stops_running_and_says_nothing_more(
    busy: Tutor, executor: FakeExecutor, store: SqliteStore
) -> None:
    talk = Talk(busy)
    posted = talk.post("m1", "while True: pass", "never = 1")
    await executor.held_runs(1)
    await talk.ada.deletes("m1")
    said = await asyncio.wait_for(posted, 5)
    assert "interrupt 1" in executor.calls
    assert not any("never" in call for call in executor.calls)
    assert all(reply.slot == "run:m1" for reply in said)
    assert not any("Stopped by you" in last([reply]) for reply in said)
    assert [(cell.code, cell.ok) for cell in await store.cells(1)] == [("while True: pass", False)]


async def test_deleting_another_message_stops_nothing(busy: Tutor, executor: FakeExecutor) -> None:
    talk = Talk(busy)
    posted = talk.post("m1", "x = 1")
    await executor.held_runs(1)
    await talk.ada.deletes("m2")
    executor.finish("x = 1")
    assert "It ran in" in last(await asyncio.wait_for(posted, 5))
    assert "interrupt 1" not in executor.calls


async def test_a_deleted_message_that_waits_does_not_stop_the_one_that_runs(
    busy: Tutor, executor: FakeExecutor
) -> None:
    talk = Talk(busy)
    first = talk.post("m1", "x = 1")
    await executor.held_runs(1)
    second = talk.post("m2", "y = 2")
    await until(lambda: busy._meanwhile.in_flight.is_running(1, "m2"))
    await talk.ada.deletes("m2")
    await asyncio.wait_for(second, 5)
    executor.finish("x = 1")
    assert "It ran in" in last(await asyncio.wait_for(first, 5))
    assert not any("y = 2" in call for call in executor.calls)


async def test_what_a_message_was_edited_to_while_it_ran_runs_when_it_is_over(
    busy: Tutor, executor: FakeExecutor, store: SqliteStore
) -> None:
    talk = Talk(busy)
    posted = talk.post("m1", "x = 0")
    await executor.held_runs(1)
    for number in range(1, 20):
        assert await talk.edit("m1", f"x = {number}") == []
    executor.finish("x = 0")
    await executor.held_runs(1)
    executor.finish("x = 19")
    said = await asyncio.wait_for(posted, 5)
    assert {reply.slot for reply in said} == {"run:m1"}
    assert [call for call in executor.calls if call.startswith("run")] == [
        "run 1 x = 0",
        "run 1 x = 19 instead",
    ]
    assert [cell.code for cell in await store.cells(1)][-1] == "x = 19"


async def test_an_edit_back_to_what_ran_runs_nothing_more(
    busy: Tutor, executor: FakeExecutor
) -> None:
    talk = Talk(busy)
    posted = talk.post("m1", "x = 0")
    await executor.held_runs(1)
    await talk.edit("m1", "x = 1")
    await talk.edit("m1", "x = 0")
    executor.finish("x = 0")
    await asyncio.wait_for(posted, 5)
    assert [call for call in executor.calls if call.startswith("run")] == ["run 1 x = 0"]


async def test_an_edited_message_that_is_deleted_stays_silent(
    busy: Tutor, executor: FakeExecutor
) -> None:
    talk = Talk(busy)
    posted = talk.post("m1", "x = 0")
    await executor.held_runs(1)
    await talk.edit("m1", "x = 1")
    await talk.ada.deletes("m1")
    await asyncio.wait_for(posted, 5)
    assert [call for call in executor.calls if call.startswith("run")] == ["run 1 x = 0"]
