"""Proves graded code: solutions pass, the starter does not, and each mistake hears its own text."""

from collections.abc import AsyncIterator, Iterator

from bot.authoring.finding import Finding, finding
from bot.curriculum import LessonFile
from bot.tutor.assess import (
    Assessor,
    LessonBroken,
    Task,
    Verdict,
    task_for_question,
    task_for_step,
)
from bot.tutor.lesson import CodeQuestion
from bot.tutor.ports import GradingUnavailable
from bot.yaml_source import KeyPath

SEEDS = (1, 2)
"""Learners on whose inputs everything is tried; each has inputs of their own."""


def tasks_of(file: LessonFile) -> Iterator[tuple[KeyPath, Task]]:
    """Yield everything in the lesson that is answered with code, with its place in the file."""
    lesson = file.lesson
    for index, question in enumerate(lesson.questions):
        if isinstance(question, CodeQuestion):
            yield ("questions", index), task_for_question(lesson, question)
    steps = lesson.challenge.steps if lesson.challenge else ()
    for index, step in enumerate(steps):
        yield ("challenge", "steps", index), task_for_step(lesson, step.id)


async def disproved(file: LessonFile, assessor: Assessor) -> AsyncIterator[Finding]:
    """Yield what does not go as the lesson says it does, once for all seeds."""
    for path, task in tasks_of(file):
        if not task.misconceptions:
            what = "no known mistakes; `misconceptions` tell learners what went wrong"
            yield finding(file, path, what, "advice")
        found: dict[Finding, None] = {}
        for seed in SEEDS:
            async for one in _disproved_by(file, assessor, path, task, seed):
                found[one] = None
        for one in found:
            yield one


async def _disproved_by(
    file: LessonFile, assessor: Assessor, path: KeyPath, task: Task, seed: int
) -> AsyncIterator[Finding]:
    try:
        await assessor.prepare(seed, task, 1)
        for place, code in _codes(path, task):
            # Learners' unchanged starters are not even run, so here they have to be.
            judge = assessor.graded if place[-1] == "starter" else assessor.assess
            verdict = await judge(seed, task, 1, [code])
            what = _complaint(task, place, verdict)
            if what is not None:
                yield finding(file, place, what)
    except LessonBroken as error:
        yield finding(file, path, f"{error.why}; correct the lesson")
    except GradingUnavailable as error:
        yield finding(file, path, f"could not be tried: {error}")


def _codes(path: KeyPath, task: Task) -> Iterator[tuple[KeyPath, str]]:
    for index, solution in enumerate(task.solutions):
        yield (*path, "solutions", index), solution
    yield (*path, "starter"), task.starter
    for index, mistake in enumerate(task.misconceptions):
        yield (*path, "misconceptions", index, "wrong"), mistake.wrong


def _complaint(task: Task, place: KeyPath, verdict: Verdict) -> str | None:
    if "solutions" in place:
        return None if verdict.outcome == "passed" else _failed(verdict)
    if place[-1] == "starter":
        passes = verdict.outcome == "passed"
        return "the starter passes already; leave something to be done" if passes else None
    return _unheard(task, int(place[-2]), verdict)


def _failed(verdict: Verdict) -> str:
    if verdict.outcome != "wrong":
        return f"this solution ends as `{verdict.outcome}`{_with_error(verdict)}; correct it"
    failed = [one for one in verdict.checks if not one.passed]
    details = [f"{one.aspect}: {one.found}" for one in failed if one.found is not None]
    where = "; ".join(details) or "with hidden inputs only"
    return f"this solution fails ({where}){_with_error(verdict)}; correct it or the check"


def _with_error(verdict: Verdict) -> str:
    error = verdict.error
    return f" with {error.type}: {error.message}" if error else ""


def _unheard(task: Task, index: int, verdict: Verdict) -> str | None:
    """Return why nobody who writes this mistake hears its text, or None where they do."""
    if verdict.outcome == "passed":
        return "this mistake passes every check, so nobody hears its `say`; add a check"
    if verdict.outcome != "wrong":
        how = f"ends as `{verdict.outcome}`{_with_error(verdict)}"
        return f"this mistake {how}, which no `say` is for; write code that runs"
    if verdict.misconception == index:
        return None
    if verdict.misconception is None:
        return "this mistake is not recognised by its own result; give it a `when`"
    other = task.misconceptions[verdict.misconception].wrong.strip().splitlines()[0]
    return f"this mistake hears the text of `{other}` instead; put it first, or make them differ"
