"""Run again: the same code once more, in the place of the answer it had."""

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Place
from bot.tutor.ports import Refused
from bot.tutor.reply import Ref
from bot.tutor.tutor import Tutor
from tests.doubles.fake_runner import FakeRunner, failure, result
from tests.doubles.visitor import Visitor, offers

DM = Place(kind="dm", channel_id="d")
SERVER = Place(kind="server", server_id="s", channel_id="c")


@pytest.fixture
def ada(tutor: Tutor) -> Visitor:
    return Visitor(tutor, place=DM)


def ref_of(ada: Visitor, label: str) -> Ref:
    return dict(offers(ada.seen.actions))[label]


async def sources(store: SqliteStore) -> list[tuple[str, str]]:
    return [(cell.code, cell.source) for cell in await store.cells(1)]


async def test_the_same_answer_is_edited(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    message = await ada.posts_message("x = 1")
    runner.will(result(printed="again"))
    shown = await ada.presses("Run again")
    assert "again" in shown
    assert {reply.slot for reply in ada.replies} == {f"run:{message}"}
    assert runner.code == ["x = 1", "x = 1"]
    assert runner.instead_of == [None, None]
    assert await sources(store) == [("x = 1", ""), ("x = 1", message)]
    await ada.presses("Run again")
    assert ada.seen.slot == f"run:{message}"


async def test_it_works_after_a_restart_and_after_a_reset(
    ada: Visitor, tutor: Tutor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("x = 1")
    ref = ref_of(ada, "Run again")
    await ada.says("reset")
    restarted = Visitor(Tutor(tutor._services), place=DM)
    await restarted.sends(ref)
    assert restarted.seen.slot == f"run:{message}"
    assert runner.code == ["x = 1", "x = 1"]


async def test_a_message_of_several_blocks_runs_as_a_whole(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    runner.will(result(), failure())
    message = await ada.posts_message("a", "b", "c")
    shown = await ada.presses("Run again")
    assert "Block 2 of 2" in shown
    assert runner.code == ["a", "b", "a", "b"]
    assert await sources(store) == [("a", ""), ("b", ""), ("a", message), ("b", message)]


async def test_the_same_code_in_two_messages_keeps_two_answers(ada: Visitor) -> None:
    first = await ada.posts_message("x = 1")
    ref = ref_of(ada, "Run again")
    await ada.posts_message("x = 1")
    await ada.sends(ref)
    assert ada.seen.slot == f"run:{first}"


async def test_an_edit_after_another_run_is_compared_with_that(
    ada: Visitor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("x = 1")
    await ada.presses("Run again")
    assert await ada.edits(message, "x = 1") == ""
    await ada.edits(message, "x = 2")
    assert runner.code == ["x = 1", "x = 1", "x = 2"]
    assert runner.instead_of[-1] == "x = 1"


async def test_what_is_for_all_to_see_stays_so_and_what_is_not_does_not_become_it(
    tutor: Tutor,
) -> None:
    ada = Visitor(tutor, place=SERVER)
    shown: list[str] = []
    await ada.posts("x = 1")
    shown.append(ada.seen.visibility)
    await ada.presses("Run again")
    shown.append(ada.seen.visibility)
    await ada.says("learn")
    await ada.presses("Run")
    shown.append(ada.seen.visibility)
    await ada.presses("Run again")
    shown.append(ada.seen.visibility)
    assert shown == ["public", "public", "private", "private"]


async def test_a_strangers_press_runs_nothing(
    ada: Visitor, tutor: Tutor, runner: FakeRunner
) -> None:
    await ada.posts("x = 1")
    ref = ref_of(ada, "Run again")
    bob = Visitor(tutor, "bob", place=DM)
    assert "no longer there" in await bob.sends(ref)
    for _ in range(8):  # the same code, in messages of his own
        await bob.says("help")
    await bob.posts("x = 1")
    assert "no longer there" in await bob.sends(ref)
    assert runner.code == ["x = 1", "x = 1"]


async def test_a_refused_run_is_tried_again_in_its_own_answer(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will([Refused(3.0)])
    message = await ada.posts_message("x = 1")
    assert "Run again" not in ada.labels
    await ada.presses("Run it again")
    assert ada.seen.slot == f"run:{message}"
    assert "Run again" in ada.labels


async def test_the_next_step_of_the_lesson_is_below_every_run(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.posts("x")
    assert ada.labels == ["Start", "Run again"]
    await ada.says("learn")
    runner.will(failure())
    await ada.posts("x")
    assert ada.labels == ["Next", "Edit & run", "Run again"]
    await ada.says("challenge")
    runner.will(failure())
    await ada.posts("x")
    assert ada.labels == ["Hint", "Skip", "Back to the task", "Edit & run", "Run again"]
    for refused in ((), ("x" * 70_000,), ("x",) * 21):
        await ada.posts(*refused)
        assert ada.labels == ["Back to the lesson"]


async def test_bent_quotation_marks_in_a_block_can_be_fixed_from_its_answer(
    ada: Visitor, runner: FakeRunner
) -> None:
    bent = failure("SyntaxError", "invalid character '“' (U+201C) (<cell 1>, line 1)")
    runner.will(bent, bent, failure("NameError"))
    await ada.posts("print(“hi”)")
    assert ada.labels[0] == "Fix and run"
    await ada.posts("print(“hi”")
    assert "Fix and run" not in ada.labels
    await ada.posts("“hi”.x")
    assert "Fix and run" not in ada.labels
    await ada.posts("print(“hi”)")
    runner.will(bent)
    await ada.posts("print(“hi”)")
    await ada.presses("Fix and run")
    assert runner.code[-1] == 'print("hi")'
