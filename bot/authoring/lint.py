"""Tries a lesson out in the sandbox: what it says works has to work, and what it says fails to fail."""

from collections.abc import AsyncIterator, Sequence

from bot.authoring.finding import Finding, finding
from bot.authoring.graded import disproved
from bot.authoring.lengths import ids_too_long, too_long
from bot.curriculum import LessonFile, LoadedCurriculum
from bot.tutor.assess import Assessor, Evaluate
from bot.tutor.expectations import ending, value_of
from bot.tutor.lesson import PredictQuestion, Snippet
from bot.tutor.marking import mark, predicted
from bot.tutor.ports import GradingUnavailable
from bot.yaml_source import KeyPath
from sandbox.wire import Evaluation, Exports, MissingValue, ValueOf

_SECRET = b"lint draws the same inputs every time"
_AUTHOR = 0
_SEEDS = (1, 2)


class UnknownLesson(ValueError):  # noqa: N818  (a wrong argument, told as it is)
    """No lesson has the id; the message lists those there are."""


async def lint(
    curriculum: LoadedCurriculum, evaluate: Evaluate, only: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Return what is wrong with the lessons `only` names by id, or with all of them, in file order.

    Everything runs in the sandbox behind `evaluate`. Raises `UnknownLesson`.
    """
    known = {file.lesson.id: file for file in curriculum.files}
    unknown = [lesson for lesson in only if lesson not in known]
    if unknown:
        raise UnknownLesson(f"no lesson has the id `{unknown[0]}`; there are: {', '.join(known)}")
    found: list[Finding] = []
    for file in (known[lesson] for lesson in dict.fromkeys(only)) if only else curriculum.files:
        assessor = Assessor(evaluate, _SECRET)
        here = [*too_long(file), *ids_too_long(file)]
        here += [one async for one in _broken_snippets(file, evaluate)]
        here += [one async for one in _broken_predictions(file, evaluate)]
        here += [one async for one in disproved(file, assessor)]
        found += sorted(here)
    return tuple(found)


# Snippets ---------------------------------------------------------------------------------------


async def _broken_snippets(file: LessonFile, evaluate: Evaluate) -> AsyncIterator[Finding]:
    """Yield the sections whose code does not run on its own, as it may in a fresh session."""
    for index, section in enumerate(file.lesson.sections):
        if section.run is None:
            continue
        path: KeyPath = ("sections", index, "run")
        try:
            found = await _snippet_result(section.run, evaluate)
        except GradingUnavailable as error:
            yield finding(file, path, f"could not be tried: {error}")
            continue
        failure = _failure(found)
        if failure:
            yield finding(file, (*path, "code"), f"the code {failure}; correct it")
            continue
        for place, name in enumerate(section.run.inspect):
            if isinstance(value_of(found, name), MissingValue):
                what = f"the code leaves no `{name}`; name a variable that it makes"
                yield finding(file, (*path, "inspect", place), what)


async def _snippet_result(snippet: Snippet, evaluate: Evaluate) -> Exports:
    exports = {name: ValueOf(name) for name in snippet.inspect}
    job = Evaluation(given={}, cells=(snippet.code,), exports=dict(exports), seed=_SEEDS[0])
    return await _result(evaluate, job)


async def _result(evaluate: Evaluate, job: Evaluation) -> Exports:
    results = await evaluate(_AUTHOR, {"code": job})
    if "code" not in results:
        raise GradingUnavailable("the sandbox left out the result")
    return results["code"]


def _failure(found: Exports) -> str | None:
    error = found.error
    if ending(found) is not None:
        return "leaves early" if found.exited else f"ends as `{found.status}`"
    if error is not None:
        line = f" in line {error.line}" if error.line else ""
        return f"raises {error.type}{line}: {error.message}"
    return None


# Predictions --------------------------------------------------------------------------------------


async def _broken_predictions(file: LessonFile, evaluate: Evaluate) -> AsyncIterator[Finding]:
    """Yield the predict questions that nobody can answer."""
    for index, question in enumerate(file.lesson.questions):
        if not isinstance(question, PredictQuestion):
            continue
        path: KeyPath = ("questions", index)
        try:
            found = [await _result(evaluate, _printing(question, seed)) for seed in _SEEDS]
        except GradingUnavailable as error:
            yield finding(file, path, f"could not be tried: {error}")
            continue
        what = _unpredictable(found)
        if what is not None:
            yield finding(file, (*path, "code"), what)
            continue
        key = predicted(found[0])
        for place, wrong in enumerate(question.wrong):
            if any(mark(question, (text,), key).correct for text in wrong.match):
                what = "this is what the code prints; remove it, or correct the code"
                yield finding(file, (*path, "wrong", place), what)


def _printing(question: PredictQuestion, seed: int) -> Evaluation:
    return Evaluation(given={}, cells=(question.code,), exports={}, seed=seed)


def _unpredictable(found: Sequence[Exports]) -> str | None:
    first, second = found
    if ending(first) is not None:
        return f"the code {_failure(first)}; correct it"
    if not predicted(first).strip():
        return "the code prints nothing; print what is to be predicted"
    if predicted(first) != predicted(second):
        return "the code prints something else each time; seed it with `torch.manual_seed`"
    return None
