from dataclasses import replace
from typing import Any

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.assess import Assessor
from bot.tutor.ports import Ended, GradingUnavailable
from bot.tutor.reply import Ref
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from sandbox.wire import CellError, Exports, TensorValue
from tests.doubles.fake_runner import FakeRunner, failure, result
from tests.doubles.inprocess import InProcess
from tests.doubles.visitor import Background, Visitor

ROW = "F_new = F.unsqueeze(0)"
COLUMN = "F_new = F.unsqueeze(1)"


async def solve(ada: Visitor, *cells: str) -> str:
    for cell in cells:
        await ada.posts(cell)
    return await ada.says("submit")


async def test_a_step_shows_its_task_its_values_and_its_starter(ada: Visitor) -> None:
    shown = await ada.says("challenge")
    assert "Challenge: From vector to matrix product" in shown
    assert "Step 1 of 3" in shown
    assert "n: 10\nF: [10] float32\nW: [10, 5] float32" in shown
    assert "F_new = F" in shown
    assert "it is only run" in shown


async def test_a_step_without_a_session_opens_none(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("challenge")
    assert runner.ran == []


async def test_the_first_run_of_a_step_brings_its_values_along(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    (first,) = runner.firsts
    assert first is not None
    assert first.code == ""
    assert set(first.given) == {"n", "F", "W", "M"}


async def test_entering_a_step_puts_its_values_into_the_session_and_names_what_it_replaced(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.posts("F = 1")
    runner.will(result(replaced=("F", "W")))
    shown = await ada.says("challenge")
    assert "Set anew in your session: `F`, `W`." in shown
    assert runner.ran[-1].code == ""
    assert isinstance(runner.ran[-1].given["F"], TensorValue)
    await ada.says("challenge")
    assert len(runner.ran) == 2, "looking at the step again changes nothing"


async def test_a_later_step_starts_from_what_the_reference_leaves_behind(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("challenge")
    await ada.presses("Skip")
    assert "F_new: [1, 10] float32" in ada.text


async def test_posted_code_is_only_run_and_offers_submit(ada: Visitor, store: SqliteStore) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    assert ada.labels[0] == "Submit"
    assert await store.attempts(1, "tensors-101") == ()


async def test_code_that_failed_cannot_be_submitted(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("challenge")
    assert "Run it first" in await ada.says("submit")
    runner.will(failure())
    await ada.posts("F_new = nope")
    assert "Submit" not in ada.labels
    assert "Only code that ran without an error can be submitted." in await ada.says("submit")
    await ada.posts(ROW)
    assert (await ada.says("submit")).startswith("Solved!")


async def test_a_solved_step_says_what_was_right_and_leads_on(ada: Visitor) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    shown = await ada.presses("Submit")
    assert "Checking your code" in ada.replies[0].parts[0].text  # type: ignore[union-attr]
    assert ada.replies[0].slot == ada.seen.slot
    assert shown.startswith("Solved!")
    assert "✓ `F_new` · shape `(1, n)`" in shown
    assert "✓ works with other numbers, too" in shown
    assert "Points: 2 of 2" in shown
    assert "a batch of one" in shown
    assert "Step 2 of 3" in await ada.presses("Next")


async def test_a_known_mistake_hears_its_explanation_and_costs_an_attempt(ada: Visitor) -> None:
    await ada.says("challenge")
    shown = await solve(ada, COLUMN)
    assert "Not there yet" in shown
    assert "✗ `F_new` · shape `(1, n)` · yours: `(10, 1)`" in shown
    assert shown.count("(10, 1)") == 1, "what is amiss is told once"
    assert "That is a column" in shown
    assert "1 attempt used so far." in shown
    assert {"Hint", "Skip", "Back to the task"} <= set(ada.labels)


async def test_wrong_values_are_told_where_the_shape_is_right(ada: Visitor) -> None:
    await ada.says("challenge")
    shown = await solve(ada, "F_new = torch.zeros(1, n)")
    assert "✓ `F_new` · shape `(1, n)`" in shown
    assert "✗ `F_new` · the right values · yours: `[[0." in shown


async def test_a_missing_variable_is_told_once(ada: Visitor) -> None:
    await ada.says("challenge")
    shown = await solve(ada, "F.unsqueeze(0)")
    assert shown.count("it is not there") == 1


async def test_what_works_with_the_shown_numbers_only_is_told_so(ada: Visitor) -> None:
    await ada.says("challenge")
    shown = await solve(ada, "F_new = F.view(1, 10)")
    assert "✗ works with your numbers, not yet with others" in shown
    assert "Let PyTorch count" in shown


async def test_the_successful_cells_of_the_step_are_graded_together(
    ada: Visitor, store: SqliteStore
) -> None:
    await ada.posts("helper = 0")
    await ada.says("challenge")
    assert (await solve(ada, "row = F[None]", "F_new = row")).startswith("Solved!")
    (attempt,) = await store.attempts(1, "tensors-101")
    assert attempt.code == "row = F[None]\n\nF_new = row"


async def test_an_earlier_cell_is_submitted_with_what_came_before_it(
    ada: Visitor, store: SqliteStore
) -> None:
    await ada.says("challenge")
    await ada.posts("row = F[None]")
    await ada.posts("F_new = row")
    earlier = dict(_refs(ada))["Submit"]
    await ada.posts("F_new = 3")
    assert (await ada.sends(earlier)).startswith("Solved!")


def _refs(ada: Visitor) -> list[tuple[str, Ref]]:
    return [(action.label, action.ref) for action in ada.seen.actions]  # type: ignore[union-attr]


async def test_a_name_that_lives_elsewhere_costs_nothing(ada: Visitor) -> None:
    await ada.posts("row = 1")
    await ada.says("challenge")
    shown = await solve(ada, "F_new = row")
    assert "does not know `row`: put the line that makes it into this step" in shown
    assert "attempt used" not in shown


async def test_the_starter_alone_costs_nothing(ada: Visitor) -> None:
    await ada.says("challenge")
    assert "still the code you started from" in await solve(ada, "F_new = F")
    assert "attempt used" not in ada.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("timeout", "did not finish in time"),
        ("oom", "more memory than it may"),
        ("killed", "ended before its last line"),
        ("interrupted", "not your doing"),
    ],
)
async def test_what_is_not_the_learners_mistake_costs_nothing(
    ada: Visitor, runner: FakeRunner, store: SqliteStore, status: Any, words: str
) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    honest = InProcess()

    async def evaluate(learner: int, jobs: Any) -> Any:
        exports = await honest(learner, jobs)
        ours = {name for name, job in jobs.items() if ROW in job.cells and len(job.cells) == 1}
        ended = Exports(status, {}, {}, None, None, False, "", 0.1)
        return {
            name: ended if name in ours and _asks(jobs[name]) else found
            for name, found in exports.items()
        }

    def _asks(job: Any) -> bool:
        return not any(key.startswith("=") for key in job.exports)

    runner._evaluate = evaluate
    shown = await ada.presses("Submit")
    assert words in shown
    assert "attempt used" not in shown
    assert all(one.outcome != "wrong" for one in await store.attempts(1, "tensors-101"))


async def test_without_a_sandbox_nothing_is_graded_and_nothing_lost(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    honest = runner._evaluate

    async def unavailable(*_: object) -> Any:
        raise GradingUnavailable("down")

    runner._evaluate = unavailable
    assert "could not be graded just now" in await ada.presses("Submit")
    assert await store.attempts(1, "tensors-101") == ()
    runner._evaluate = honest
    assert (await ada.says("submit")).startswith("Solved!")


async def test_a_step_is_shown_without_its_values_when_there_is_no_sandbox(
    services: Services, runner: FakeRunner
) -> None:
    async def unavailable(*_: object) -> Any:
        raise GradingUnavailable("down")

    assessor = Assessor(unavailable, bytes(32))
    ada = Visitor(Tutor(replace(services, assessor=assessor)))
    assert "Step 1 of 3" in await ada.says("challenge")
    await ada.presses("Skip")
    assert "Step 2 of 3" in ada.text
    assert "starts with these values" not in ada.text


async def test_the_next_attempt_is_prepared_while_the_learner_thinks(
    ada: Visitor, background: Background, runner: FakeRunner
) -> None:
    await ada.says("challenge")
    await background.do()
    honest = InProcess()
    runner._evaluate = honest
    await ada.posts(ROW)
    await ada.presses("Submit")
    assert len(honest.batches) == 1, "only the submission itself is left to run"


async def test_one_submission_at_a_time(ada: Visitor, tutor: Tutor, runner: FakeRunner) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    honest = InProcess()
    seen: list[str] = []
    impatient = Visitor(tutor)

    async def evaluate(learner: int, jobs: Any) -> Any:
        if not seen:
            seen.append("")
            seen.append(await impatient.says("submit"))
        return await honest(learner, jobs)

    runner._evaluate = evaluate
    assert (await ada.says("submit")).startswith("Solved!")
    assert seen[1] == "What you submitted before is still being checked. One moment."


async def test_a_solved_step_is_not_graded_again(ada: Visitor, store: SqliteStore) -> None:
    await ada.says("challenge")
    await solve(ada, ROW)
    assert "You have solved this already." in await ada.says("submit")
    assert len(await store.attempts(1, "tensors-101")) == 1


async def test_somebody_elses_submit_button_submits_nothing(ada: Visitor, tutor: Tutor) -> None:
    await ada.says("challenge")
    await ada.posts(ROW)
    ben = Visitor(tutor, "ben")
    shown = await ben.sends(dict(_refs(ada))["Submit"])
    assert "There is no code of yours to submit" in shown


async def test_submit_outside_a_step_says_where_it_belongs(ada: Visitor) -> None:
    assert "in a step of a challenge" in await ada.says("submit")
    await ada.says("learn")
    assert "in a step of a challenge" in await ada.says("submit")


async def test_challenge_goes_on_at_the_first_open_step(ada: Visitor) -> None:
    await ada.says("challenge")
    await solve(ada, ROW)
    assert "Step 2 of 3" in await ada.says("challenge")


async def test_a_lesson_without_a_challenge_says_so(ada: Visitor) -> None:
    assert "has no challenge" in await ada.says("challenge", "korean-only")


async def test_a_known_mistake_is_kept_by_its_number(ada: Visitor, store: SqliteStore) -> None:
    await ada.says("challenge")
    await solve(ada, COLUMN)
    await solve(ada, ROW)
    attempts = await store.attempts(1, "tensors-101")
    assert [(one.number, one.outcome, one.say) for one in attempts] == [
        (1, "wrong", 0),
        (2, "passed", None),
    ]


# Help -------------------------------------------------------------------------------------------


async def test_hints_open_when_the_lesson_says(ada: Visitor) -> None:
    await ada.says("challenge", "every-question")
    assert "hints open after 1 more attempt" in await ada.presses("Hint")
    await ada.presses("Back to the task")
    await solve(ada, "loss = (w * X).sum()")
    assert "Which call fills `.grad`?" in await ada.presses("Hint")


async def test_the_solution_opens_after_the_attempts_the_lesson_asks_for(ada: Visitor) -> None:
    await ada.says("challenge", "every-question")
    await solve(ada, "loss = (w * X).sum()")
    assert "Show the solution" not in ada.labels
    assert "opens after 1 more attempt" in await ada.says("solution")
    await solve(ada, "loss = (w * X).sum() + 0")
    shown = await ada.presses("Show the solution")
    assert "One way to solve it:\nloss = (w * X).sum()\nloss.backward()" in shown
    assert "Another way:" in shown
    assert "without points" in shown
    assert ada.labels == ["Back to the task", "Skip"], "what is on screen is not offered again"


async def test_solving_after_the_solution_counts_as_done_without_points(
    ada: Visitor, store: SqliteStore
) -> None:
    await ada.says("challenge")
    for _ in range(3):
        await ada.presses("Hint")
    await ada.presses("Show the solution")
    shown = await solve(ada, ROW)
    assert "It counts as done" in shown
    (attempt,) = await store.attempts(1, "tensors-101")
    assert (attempt.outcome, attempt.points) == ("passed", 0)


async def test_a_skipped_step_can_still_be_solved(ada: Visitor) -> None:
    await ada.says("challenge")
    await ada.presses("Skip")
    shown = await ada.says("back")
    assert "You skipped this step. You can still solve it." in shown
    assert "Show the solution" in ada.labels
    assert (await solve(ada, ROW)).startswith("Solved!")


async def test_a_syntax_error_is_shown_and_costs_nothing(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("challenge")
    await ada.posts("F_new = (")
    honest = InProcess()

    async def evaluate(learner: int, jobs: Any) -> Any:
        error = CellError(type="SyntaxError", message="never closed", line=1, traceback="")
        broken = Exports("error", {}, {}, error, 0, False, "", 0.1)
        ours = {name for name, job in jobs.items() if "F_new = (" in job.cells}
        rest = await honest(learner, {k: v for k, v in jobs.items() if k not in ours})
        return {name: broken if name in ours else rest[name] for name in jobs}

    runner._evaluate = evaluate
    shown = await ada.says("submit")
    assert "Python could not read this code" in shown
    assert "SyntaxError: never closed" in shown


async def test_a_result_still_counts_where_the_run_was_fresh(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("challenge")
    await ada.posts("row = F[None]")
    runner.session = False
    runner.will([Ended(result(), fresh=True)])
    await ada.posts("F_new = row")
    assert (await ada.presses("Submit")).startswith("Solved!")


async def test_a_step_with_far_too_much_code_is_not_handed_in(ada: Visitor) -> None:
    await ada.says("challenge")
    await ada.posts(*["#" * 60_000] * 5)
    assert "has grown too long to hand in" in await ada.says("submit")
