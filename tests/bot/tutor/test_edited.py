from collections.abc import Sequence

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Place
from bot.tutor.ports import Refused
from bot.tutor.tutor import Tutor
from sandbox.wire import MAX_CODE_CHARS
from tests.doubles.fake_runner import FakeRunner, failure, result
from tests.doubles.visitor import Visitor

BEFORE = "It ran on the state before your last code."
NOW = "It ran on your variables as they are now."


async def stored(store: SqliteStore) -> list[str]:
    return [cell.code for cell in await store.cells(1)]


async def test_the_latest_code_runs_anew_on_the_state_before_it(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await ada.posts("x = 1")
    message = await ada.posts_message("x += 1")
    runner.will(result(rewound=True, value="3"))
    shown = await ada.edits(message, "x += 2\nx")
    assert runner.code == ["x = 1", "x += 1", "x += 2\nx"]
    assert runner.instead_of == [None, None, "x += 1"]
    assert BEFORE in shown
    assert NOW not in shown
    assert await stored(store) == ["x = 1", "x += 2\nx"]
    assert ada.seen.slot == f"run:{message}"


async def test_where_that_state_is_gone_it_runs_on_the_variables_as_they_are(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    message = await ada.posts_message("x = 1")
    shown = await ada.edits(message, "x = 2")
    assert runner.instead_of[-1] == "x = 1"
    assert NOW in shown
    assert BEFORE not in shown
    assert await stored(store) == ["x = 1", "x = 2"]


async def test_older_code_runs_on_the_variables_as_they_are(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    message = await ada.posts_message("x = 1")
    await ada.posts("y = x")
    assert NOW in await ada.edits(message, "x = 5")
    assert runner.instead_of[-1] is None
    assert await stored(store) == ["x = 1", "y = x", "x = 5"]


async def test_code_that_is_edited_again_is_compared_with_what_it_was_last(
    ada: Visitor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("x = 1")
    await ada.edits(message, "x = 2")
    assert await ada.edits(message, "x = 2") == ""
    await ada.edits(message, "x = 3")
    assert runner.code == ["x = 1", "x = 2", "x = 3"]
    assert runner.instead_of[-1] == "x = 2"


@pytest.mark.parametrize(
    "cells", [("x = 1", "y = 2"), ("x = 1", " ", "y = 2"), ("x = 1",), (), ("",)]
)
async def test_an_edit_that_leaves_no_changed_code_runs_nothing(
    ada: Visitor, runner: FakeRunner, cells: Sequence[str]
) -> None:
    message = await ada.posts_message("x = 1", "y = 2")
    assert await ada.edits(message, *cells) == ""
    assert runner.code == ["x = 1", "y = 2"]


async def test_of_several_blocks_only_those_from_the_first_changed_one_on_run(
    ada: Visitor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("a", "b", "c")
    await ada.edits(message, "a", "b", "C")
    assert (runner.code[3:], runner.instead_of[-1]) == (["C"], "c")
    await ada.edits(message, "a", "B", "C")
    assert (runner.code[4:], runner.instead_of[-2:]) == (["B", "C"], [None, None])
    await ada.edits(message, "a", "B", "C", "d")
    assert (runner.code[6:], runner.instead_of[-1]) == (["d"], None)


async def test_behind_a_block_that_failed_a_change_makes_no_difference(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(), failure())
    message = await ada.posts_message("a", "broken", "c")
    assert await ada.edits(message, "a", "broken", "C") == ""
    await ada.edits(message, "a", "mended", "C")
    assert runner.code[2:] == ["mended", "C"]
    assert runner.instead_of[2:] == ["broken", None]


async def test_code_that_was_refused_is_not_said_to_have_run(
    ada: Visitor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("x = 1")
    runner.will([Refused(3.0)])
    assert NOW not in await ada.edits(message, "x = 2")
    await ada.presses("Run it again")
    assert runner.code[-1] == "x = 2"


async def test_edited_code_counts_for_the_step_it_was_run_in(
    ada: Visitor, store: SqliteStore
) -> None:
    await ada.says("challenge")
    message = await ada.posts_message("F_new = F")
    await ada.says("skip")
    await ada.says("next")
    await ada.posts("x = 1")
    await ada.edits(message, "F_new = F.unsqueeze(0)")
    steps = {cell.code: cell.step for cell in await store.cells(1)}
    assert steps["F_new = F.unsqueeze(0)"] == steps["F_new = F"]
    assert steps["F_new = F"] != steps["x = 1"]


async def test_what_ran_in_an_earlier_session_runs_again_if_it_changed(
    ada: Visitor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("x = 1")
    await ada.says("reset")
    assert await ada.edits(message, "x = 1") == ""
    await ada.edits(message, "x = 2")
    assert runner.code == ["x = 1", "x = 2"]
    assert runner.instead_of[-1] is None


async def test_code_that_was_cut_short_before_it_was_kept_runs_once_it_is_edited(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.edits("cut-short", "x = 2")
    assert ada.seen.slot == "run:cut-short"
    assert runner.code == ["x = 2"]


async def test_an_edit_that_cannot_be_run_says_why(ada: Visitor, runner: FakeRunner) -> None:
    message = await ada.posts_message("x = 1")
    assert "at most 65536 characters" in await ada.edits(message, "x" * (MAX_CODE_CHARS + 1))
    assert runner.code == ["x = 1"]


async def test_an_edit_is_answered_where_the_code_was_posted(tutor: Tutor) -> None:
    ada = Visitor(tutor, place=Place(kind="server", server_id="s", channel_id="c"))
    message = await ada.posts_message("x = 1")
    await ada.edits(message, "x = 2")
    assert ada.seen.visibility == "public"


async def test_words_that_become_code_by_an_edit_run(tutor: Tutor, runner: FakeRunner) -> None:
    ada = Visitor(tutor, place=Place(kind="dm", channel_id="d"))
    await ada.writes("x = 1")
    message = (ada.seen.slot or "").removeprefix("run:")
    assert await ada.edits(message) == ""
    await ada.edits(message, "x = 1")
    assert ada.seen.slot == f"run:{message}"
    await ada.edits(message, "x = 2")
    assert runner.code == ["x = 1", "x = 2"]
    assert runner.instead_of[-1] == "x = 1"


async def test_code_that_was_refused_runs_once_an_edit_has_mended_it(
    ada: Visitor, runner: FakeRunner
) -> None:
    message = await ada.posts_message("x" * (MAX_CODE_CHARS + 1))
    assert "at most 65536 characters" in await ada.edits(message, "y" * (MAX_CODE_CHARS + 1))
    await ada.edits(message, "x = 1")
    assert runner.code == ["x = 1"]
