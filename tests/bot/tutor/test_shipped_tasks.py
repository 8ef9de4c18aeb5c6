"""Every piece of graded code in every lesson, on the inputs of several learners."""

import re
from pathlib import Path

import pytest

from bot.authoring.graded import tasks_of
from bot.curriculum import load_curriculum
from bot.tutor.assess import Assessor, Task
from tests.doubles.inprocess import InProcess

LEARNERS = range(3, 8)
TASKS = [
    task
    for file in load_curriculum([Path(__file__).parents[2] / "lessons"]).files
    for _, task in tasks_of(file)
]
ids = [f"{task.lesson}-{task.item}" for task in TASKS]

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # lessons show deprecated ways, too


@pytest.mark.parametrize("task", TASKS, ids=ids)
async def test_every_solution_passes_for_everybody(task: Task) -> None:
    judge = Assessor(InProcess(), b"a")
    for learner in LEARNERS:
        for solution in task.solutions:
            verdict = await judge.assess(learner, task, 1, [solution])
            assert verdict.outcome == "passed", (learner, solution, verdict)
            assert verdict.points == verdict.max_points


@pytest.mark.parametrize("task", TASKS, ids=ids)
async def test_every_known_mistake_hears_its_own_text_whoever_makes_it(task: Task) -> None:
    judge = Assessor(InProcess(), b"b")
    for learner in LEARNERS:
        for index, mistake in enumerate(task.misconceptions):
            verdict = await judge.assess(learner, task, 1, [mistake.wrong])
            assert verdict.outcome == "wrong", (learner, mistake.wrong, verdict)
            assert verdict.misconception == index, (learner, mistake.wrong)


@pytest.mark.parametrize("task", TASKS, ids=ids)
async def test_whoever_leaves_the_name_missing_hears_nothing_that_is_untrue(task: Task) -> None:
    verdict = await Assessor(InProcess(), b"d").assess(3, task, 1, ["unasked = 1"])
    assert verdict.outcome == "wrong"
    if verdict.say is not None:
        assert re.match(r"`\w+` does not exist yet: ", verdict.say.in_("en"))
        assert re.match(r"`\w+`[이가] 아직 없어요\. ", verdict.say.in_("ko"))


@pytest.mark.parametrize("task", TASKS, ids=ids)
async def test_no_starter_passes(task: Task) -> None:
    judge = Assessor(InProcess(), b"c")
    for learner in LEARNERS:
        assert (await judge.graded(learner, task, 1, [task.starter])).outcome != "passed"
        assert (await judge.assess(learner, task, 1, [task.starter])).outcome == "not_attempted"
