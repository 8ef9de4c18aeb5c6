from collections.abc import Mapping
from typing import Any

import pytest

from bot.tutor.arrays import array_of
from bot.tutor.assess import Assessor, LessonBroken, Task, Verdict
from bot.tutor.lesson import CodeQuestion
from bot.tutor.ports import GradingUnavailable
from bot.tutor.task import task_for_question, task_for_step
from sandbox.wire import Evaluation, Exports, PlainValue, TensorValue
from tests.bot.tutor.graded_lesson import (
    FLAT,
    PRODUCT,
    ROW,
    SLOPE,
    lesson,
    only_step,
    question,
    step,
)
from tests.doubles.inprocess import InProcess

SECRET = bytes(range(32))
LEARNERS = (1, 2, 77)
TASKS = [step("row"), step("product"), step("flat"), question()]


def assessor(evaluate: Any = None, secret: bytes = SECRET) -> Assessor:
    return Assessor(evaluate or InProcess(), secret)


async def verdict_on(task: Task, *cells: str, learner: int = 1, attempt: int = 1) -> Verdict:
    return await assessor().assess(learner, task, attempt, cells)


def spoken(verdict: Verdict) -> str | None:
    return verdict.say.in_("en") if verdict.say else None


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize(
    ("task", "solution"),
    [
        pytest.param(task, code, id=f"{task.item} {n}")
        for task in TASKS
        for n, code in enumerate(task.solutions)
    ],
)
async def test_every_solution_passes_with_all_points(
    task: Task, solution: str, learner: int
) -> None:
    verdict = await verdict_on(task, solution, learner=learner)
    assert verdict.outcome == "passed"
    assert verdict.points == verdict.max_points > 0
    assert verdict.public_passed
    assert verdict.say is None
    assert all(one.passed and one.found is None for one in verdict.checks)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize(
    ("task", "index"),
    [
        pytest.param(task, n, id=f"{task.item} {n}")
        for task in TASKS
        for n in range(len(task.misconceptions))
    ],
)
async def test_every_known_mistake_fails_and_hears_its_own_text(
    task: Task, index: int, learner: int
) -> None:
    verdict = await verdict_on(task, task.misconceptions[index].wrong, learner=learner)
    assert verdict.outcome == "wrong"
    assert verdict.misconception == index
    assert verdict.say == task.misconceptions[index].say
    assert verdict.points < verdict.max_points or not task.checks[-1].points


@pytest.mark.parametrize("task", [pytest.param(task, id=task.item) for task in TASKS])
async def test_starter_is_no_attempt_and_would_not_pass(task: Task) -> None:
    evaluate = InProcess()
    judge = assessor(evaluate)
    verdict = await judge.assess(1, task, 1, [task.starter])
    assert (verdict.outcome, verdict.points) == ("not_attempted", 0.0)
    assert evaluate.batches == []
    assert (await judge.graded(1, task, 1, [task.starter])).outcome != "passed"


async def test_same_result_by_other_code_hears_the_same_text() -> None:
    assert spoken(await verdict_on(step("row"), "X_row = X.view(-1, 1)")) == "column"
    assert spoken(await verdict_on(step("row"), "X_row = X.clone()")) == "flat"
    flat = "def flat(t):\n    import torch\n    return torch.Tensor.view(t, t.numel())"
    assert spoken(await verdict_on(step("flat"), flat)) == "view never copies"


async def test_mistake_that_only_other_sizes_show_hears_its_text() -> None:
    verdict = await verdict_on(step("row"), "X_row = torch.stack([X[i] for i in range(10)])[None]")
    assert verdict.outcome == "wrong"
    assert verdict.public_passed
    assert not verdict.checks[0].passed
    assert (verdict.checks[0].where, verdict.checks[0].found) == ("hidden", None)


async def test_unknown_mistake_hears_no_text() -> None:
    verdict = await verdict_on(step("row"), "X_row = X[None] + 1")
    assert (verdict.outcome, verdict.say, verdict.misconception) == ("wrong", None, None)


async def test_points_are_those_of_checks_that_passed_everywhere() -> None:
    verdict = await verdict_on(step("row"), "X_row = X[None] + 1")
    assert (verdict.points, verdict.max_points) == (1.0, 3.0)
    assert [one.passed for one in verdict.checks] == [True, False]


async def test_public_failure_tells_what_there_was() -> None:
    verdict = await verdict_on(step("row"), "X_row = X.double()")
    shape, values = verdict.checks
    assert (shape.where, shape.aspect, shape.found) == ("public", "shape", "(10,)")
    assert (values.where, values.aspect, values.found) == ("public", "shape", "(10,)")
    double = (await verdict_on(step("row"), "X_row = X[None].double()")).checks[1]
    assert (double.where, double.aspect, double.found) == ("public", "dtype", "float64")
    missing = await verdict_on(step("row"), "X[None]")
    assert missing.outcome == "wrong"
    assert {one.found for one in missing.checks} == {"missing"}


async def test_hidden_check_tells_nothing_about_itself() -> None:
    verdict = await verdict_on(step("flat"), "def flat(t):\n    return t.view(-1)")
    open_one, hidden = verdict.checks
    assert open_one.passed
    assert (hidden.passed, hidden.where, hidden.found, hidden.aspect) == (
        False,
        "hidden",
        None,
        None,
    )
    assert verdict.public_passed
    assert verdict.points == 2.0


async def test_source_rule_fails_without_costing_points() -> None:
    loop = PRODUCT["misconceptions"][2]["wrong"]
    verdict = await verdict_on(step("product"), loop)
    assert verdict.outcome == "wrong"
    assert verdict.points == verdict.max_points == 2.0
    assert (verdict.checks[2].where, verdict.checks[2].found) == ("source", "for")
    assert spoken(verdict) == "no loop needed"
    assert not verdict.public_passed


async def test_cells_of_the_step_run_in_order() -> None:
    assert (await verdict_on(step("row"), "y = X * 1", "X_row = y[None]")).outcome == "passed"
    assert (await verdict_on(step("row"), "X_row = y[None]", "y = X * 1")).outcome != "passed"


async def test_name_from_elsewhere_costs_nothing_and_is_named() -> None:
    verdict = await verdict_on(step("row"), "X_row = helper(X)")
    assert (verdict.outcome, verdict.missing_name) == ("not_attempted", "helper")
    assert verdict.error is not None
    assert verdict.error.type == "NameError"
    assert (verdict.points, verdict.say) == (0.0, None)


async def test_name_missing_inside_a_function_is_named_as_well() -> None:
    verdict = await verdict_on(step("flat"), "def flat(t):\n    return helper(t)")
    assert (verdict.outcome, verdict.missing_name) == ("not_attempted", "helper")


async def test_function_that_was_not_written_is_wrong() -> None:
    verdict = await verdict_on(step("flat"), "x = 1")
    assert (verdict.outcome, verdict.missing_name) == ("wrong", None)
    assert verdict.checks[0].found == "missing"


async def test_syntax_error_costs_nothing() -> None:
    verdict = await verdict_on(step("row"), "X_row = = X")
    assert verdict.outcome == "not_attempted"
    assert verdict.error is not None
    assert verdict.error.type == "SyntaxError"


async def test_code_that_raises_after_its_work_does_not_pass() -> None:
    verdict = await verdict_on(step("row"), "X_row = X[None]\n1 / 0")
    assert verdict.outcome == "wrong"
    assert verdict.error is not None
    assert verdict.error.type == "ZeroDivisionError"
    assert not verdict.public_passed


async def test_leaving_early_is_its_own_outcome() -> None:
    verdict = await verdict_on(step("row"), "X_row = X[None]\nraise SystemExit(0)")
    assert (verdict.outcome, verdict.points) == ("ended_early", 0.0)


async def test_name_error_in_hidden_rounds_only_is_wrong() -> None:
    verdict = await verdict_on(step("row"), "X_row = X[None]\nif n != 10: nowhere")
    assert (verdict.outcome, verdict.error, verdict.missing_name) == ("wrong", None, None)
    assert verdict.public_passed


@pytest.mark.parametrize("code", ["x = 1", "raise RuntimeError('of my own')"])
async def test_expected_error_has_to_be_raised(code: str) -> None:
    task = only_step(
        starter="pass",
        solutions=["def bad():\n    raise KeyError('k')"],
        checks=[{"fn": "bad", "returns": {"raises": "KeyError"}}],
        misconceptions=[],
    )
    assert (await verdict_on(task, task.solutions[0])).outcome == "passed"
    assert (await verdict_on(task, "def bad():\n    raise ValueError('v')")).outcome == "wrong"
    assert (await verdict_on(task, code)).outcome == "wrong"


async def test_cell_that_is_asked_to_raise_passes_by_raising() -> None:
    task = only_step(
        starter="pass",
        solutions=["y = X.view(3, 3, 3, 3)"],
        checks=[{"var": "y", "raises": "RuntimeError"}],
        misconceptions=[],
    )
    assert (await verdict_on(task, "y = X.view(7, 7, 7)")).outcome == "passed"
    assert (await verdict_on(task, "y = X")).outcome == "wrong"
    assert (await verdict_on(task, "1 / 0")).outcome == "wrong"


async def test_printed_output_is_compared_by_line() -> None:
    task = only_step(
        starter="pass",
        solutions=["print(n)\nprint('end')"],
        checks=[{"stdout": "same"}],
        misconceptions=[{"wrong": "print('n')\nprint('end')", "say": "quoted"}],
    )
    assert (await verdict_on(task, "print(f'{n}  \\nend\\n\\n')")).outcome == "passed"
    assert (
        await verdict_on(task, "print('just looking')", "print(n); print('end')")
    ).outcome == "passed"
    wrong = await verdict_on(task, "print('just looking')\nprint(n); print('end')")
    assert wrong.outcome == "wrong"
    assert wrong.checks[0].found == "just looking 10 end"
    assert spoken(await verdict_on(task, "print('n')", "print('n\\nend')")) == "quoted"
    assert (await verdict_on(task, "print(10)\nprint('end')")).public_passed


# What runs where --------------------------------------------------------------------------------


async def test_learners_process_gets_no_test_solution_or_expected_value() -> None:
    evaluate = InProcess()
    task = step("flat")
    await assessor(evaluate).assess(1, task, 1, ["def flat(t):\n    return t.clone()"])
    submitted = evaluate.batches[-1]
    assert len(submitted) == 3
    for job in submitted.values():
        assert job.cells == ("def flat(t):\n    return t.clone()",)
        assert set(job.exports) == {"flat(M)", "flat(M.T)"}
        text = repr(job)
        assert "reshape" not in text
        assert "unsqueeze" not in text


async def test_references_are_ready_before_the_submission() -> None:
    evaluate = InProcess()
    judge, task = assessor(evaluate), step("product")
    await judge.prepare(1, task, 1)
    before = len(evaluate.batches)
    await judge.prepare(1, task, 1)
    assert len(evaluate.batches) == before
    await judge.assess(1, task, 1, ["output = X_row @ W"])
    assert len(evaluate.batches) == before + 1


async def test_next_attempt_keeps_the_public_round_and_renews_the_hidden_ones() -> None:
    evaluate = InProcess()
    judge, task = assessor(evaluate), step("row")
    await judge.assess(1, task, 1, ["X_row = X * 1"])
    first = evaluate.batches[-1]
    await judge.assess(1, task, 2, ["X_row = X * 1"])
    second = evaluate.batches[-1]
    inputs = [[job.given["X"] for job in batch.values()] for batch in (first, second)]
    assert inputs[0][0] == inputs[1][0]
    assert (
        len({value.data for value in inputs[0] + inputs[1] if isinstance(value, TensorValue)}) == 5
    )


async def test_rounds_of_an_attempt_differ_in_size() -> None:
    evaluate = InProcess()
    for learner in LEARNERS:
        await assessor(evaluate).assess(learner, step("row"), 1, ["X_row = X * 1"])
        sizes = [job.given["n"] for job in evaluate.batches[-1].values()]
        assert len({size.value for size in sizes if isinstance(size, PlainValue)}) == 3


async def test_public_inputs_are_a_learners_own_and_shared_by_all_steps() -> None:
    judge = assessor()
    row = await judge.public_given(1, step("row"))
    assert row == await judge.public_given(1, step("row"))
    assert row["X"] == (await judge.public_given(1, step("flat")))["X"]
    assert row["X"] != (await judge.public_given(2, step("row")))["X"]
    assert row["X"] != (await assessor(secret=b"other" * 7).public_given(1, step("row")))["X"]


async def test_step_starts_from_the_state_the_reference_leaves() -> None:
    judge = assessor()
    given = await judge.public_given(1, step("product"))
    row, x = given["X_row"], given["X"]
    assert isinstance(row, TensorValue)
    assert isinstance(x, TensorValue)
    assert (row.shape, row.data) == ((1, 10), x.data)
    assert "X_row" not in await judge.public_given(1, step("row"))


async def test_mistakes_run_in_hidden_rounds_only_where_the_public_one_cannot_tell() -> None:
    evaluate = InProcess()
    await assessor(evaluate).prepare(1, step("row"), 1)
    names = [name for batch in evaluate.batches for name in batch]
    hidden = [name for name in names if "mistake" in name and not name.startswith("public")]
    assert sorted(hidden) == ["1.1/mistake 2", "1.2/mistake 2"]


async def test_hard_coded_answers_of_an_earlier_attempt_fail() -> None:
    judge, task = assessor(), step("row")
    given = await judge.public_given(1, task)
    assert isinstance(given["X"], TensorValue)
    values = array_of(given["X"])
    assert values is not None
    code = f"X_row = torch.tensor([{values.tolist()}])"
    verdict = await judge.assess(1, task, 2, [code])
    assert (verdict.outcome, verdict.public_passed, verdict.points) == ("wrong", True, 0.0)


async def test_random_numbers_are_those_of_the_reference() -> None:
    task = only_step(
        starter="pass",
        solutions=["r = torch.rand(n)"],
        checks=[{"var": "r", "equals": "r"}],
        misconceptions=[{"wrong": "r = torch.randn(n)", "say": "normal"}],
    )
    assert (await verdict_on(task, "r = torch.rand(n)")).outcome == "passed"
    assert spoken(await verdict_on(task, "r = torch.randn(n)")) == "normal"


async def test_forgotten_requires_grad_is_told_though_values_agree() -> None:
    task = question(
        given={},
        starter="pass",
        solutions=["w = torch.zeros(3, requires_grad=True)"],
        checks=[{"var": "w", "requires_grad": True, "equals": "torch.zeros(3)"}],
        misconceptions=[{"wrong": "w = torch.zeros(3)", "say": "no grad"}],
    )
    verdict = await verdict_on(task, "w = torch.zeros(3) * 1")
    assert spoken(verdict) == "no grad"
    assert (verdict.checks[0].aspect, verdict.checks[0].found) == ("requires_grad", "False")


async def test_gradients_are_compared_by_value() -> None:
    verdict = await verdict_on(question(), "w.grad = torch.zeros(3)")
    assert verdict.outcome == "wrong"
    assert (verdict.checks[0].aspect, verdict.checks[0].found) == ("grad", "[0., 0., 0.]")
    none = await verdict_on(question(), "loss = (w ** 3).sum()")
    assert none.checks[0].found == "None"


# What is not the learner's doing ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"solutions": ["X_row = nowhere"]}, "first solution raises NameError"),
        ({"solutions": ["X_row = X"]}, r"fails the check of X_row \(shape: \(10,\)\)"),
        ({"checks": [{"var": "X_row", "equals": "nowhere"}]}, "`nowhere` cannot be compared"),
        (
            {"checks": [{"var": "X_row", "equals": "torch"}]},
            "`torch` cannot be compared with: module",
        ),
        ({"checks": [{"var": "X_row", "equals": "[torch]"}]}, "cannot be compared with: list"),
        ({"checks": [{"var": "X_row", "shape": [1, "k"]}]}, "'k' is no given whole number"),
        ({"checks": [{"var": "Y"}]}, r"fails the check of Y \(missing"),
        (
            {"checks": [{"fn": "f", "returns": {"grad": "X"}}], "solutions": ["def f(): return X"]},
            "`grad` goes with `var`",
        ),
    ],
)
async def test_reference_that_is_no_yardstick_is_the_authors_mistake(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(LessonBroken, match=says) as caught:
        await verdict_on(only_step(misconceptions=[], **changes), "X_row = X * 1")
    assert isinstance(caught.value, GradingUnavailable)
    assert (caught.value.lesson, caught.value.item) == ("graded", "row")


async def test_inputs_that_cannot_be_drawn_are_the_authors_mistake() -> None:
    with pytest.raises(LessonBroken, match="lesson graded, slope: given w: 'k'"):
        await verdict_on(question(given={"w": {"rand": ["k"]}}), "w.grad = 1")


async def test_earlier_step_that_fails_is_the_authors_mistake() -> None:
    broken = lesson({**ROW, "solutions": ["1 / 0"]}, PRODUCT)
    with pytest.raises(LessonBroken, match="steps before raise ZeroDivisionError"):
        await assessor().public_given(1, task_for_step(broken, "product"))


class Ending(InProcess):
    """Ends the jobs whose names are listed in another way."""

    def __init__(self, status: Any, *names: str) -> None:
        super().__init__()
        self.status = status
        self.names = names

    async def __call__(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        results = dict(await super().__call__(learner, jobs))
        if jobs.keys() == {"public", "1.1", "1.2"} and len(self.batches) > 1:
            for name in self.names:
                results[name] = Exports(
                    status=self.status, values={}, state={}, error=None, failed_cell=None,
                    exited=False, stdout="", seconds=9.0,
                )  # fmt: skip
        return results


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("timeout", "timeout"),
        ("oom", "oom"),
        ("killed", "ended_early"),
        ("output_limit", "ended_early"),
        ("interrupted", "infra"),
    ],
)
@pytest.mark.parametrize("name", ["public", "1.2"])
async def test_endings_are_kept_apart_and_cost_nothing(
    status: str, outcome: str, name: str
) -> None:
    judge = assessor(Ending(status, name))
    verdict = await judge.assess(1, step("row"), 1, ["X_row = X[None]"])
    assert (verdict.outcome, verdict.points, verdict.say) == (outcome, 0.0, None)
    assert verdict.public_passed == (name != "public")


async def test_reference_that_ends_early_is_not_held_against_anybody() -> None:
    class Slow(InProcess):
        async def __call__(
            self, learner: int, jobs: Mapping[str, Evaluation]
        ) -> Mapping[str, Exports]:
            late = Exports(
                status="timeout", values={}, state={}, error=None, failed_cell=None, exited=False,
                stdout="", seconds=9.0,
            )  # fmt: skip
            return dict.fromkeys(jobs, late)

    with pytest.raises(GradingUnavailable, match="first solution ended early"):
        await assessor(Slow()).assess(1, step("row"), 1, ["X_row = X[None]"])


async def test_results_that_are_left_out_make_grading_unavailable() -> None:
    class Empty(InProcess):
        async def __call__(
            self, learner: int, jobs: Mapping[str, Evaluation]
        ) -> Mapping[str, Exports]:
            return {}

    with pytest.raises(GradingUnavailable):
        await assessor(Empty()).assess(1, step("row"), 1, ["X_row = X[None]"])


# Predictions ------------------------------------------------------------------------------------


async def test_predict_key_is_what_the_code_prints_and_is_made_once() -> None:
    evaluate = InProcess()
    judge = assessor(evaluate)
    code = "print(torch.zeros(2, 3).shape)"
    assert await judge.predict_key(1, code) == "torch.Size([2, 3])\n"
    assert await judge.predict_key(2, code) == "torch.Size([2, 3])\n"
    assert len(evaluate.batches) == 1


async def test_predict_key_of_code_that_raises_is_its_error() -> None:
    assert (
        await assessor().predict_key(1, "print(1)\n1 / 0")
        == "1\nZeroDivisionError: division by zero"
    )


# Tasks ------------------------------------------------------------------------------------------


def test_task_of_a_step_knows_the_steps_before() -> None:
    task = step("flat")
    assert task.earlier == (ROW["solutions"][0], PRODUCT["solutions"][0])
    assert (task.lesson, task.rev, task.item, task.starter) == (
        "graded",
        1,
        "flat",
        FLAT["starter"],
    )


def test_task_of_a_question_has_its_own_inputs() -> None:
    whole = lesson()
    (asked,) = whole.questions
    assert isinstance(asked, CodeQuestion)
    task = task_for_question(whole, asked)
    assert (task.item, task.earlier, set(task.given)) == ("slope", (), {"w"})
    assert task.starter == SLOPE["starter"]


def test_unknown_step_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        step("nowhere")


def test_any_change_of_a_task_changes_its_fingerprint() -> None:
    assert only_step().fingerprint == only_step().fingerprint
    assert only_step().fingerprint != only_step(starter="pass").fingerprint
    assert step("row").fingerprint != step("flat").fingerprint
