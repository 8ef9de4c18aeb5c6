import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.authoring.finding import Finding, as_json, as_text, findings_of, is_clean
from bot.authoring.lint import UnknownLesson, lint
from bot.curriculum import LessonError, LoadedCurriculum, load_curriculum, read_lesson
from bot.tutor.ports import GradingUnavailable
from sandbox.client import connect
from sandbox.wire import Evaluation, Exports
from tests.bot.tutor.graded_lesson import ROW
from tests.doubles.inprocess import InProcess

GOOD: dict[str, Any] = {
    "schema": 1,
    "id": "good",
    "rev": 1,
    "locales": ["en"],
    "title": "Good",
    "sections": [
        {"id": "one", "body": "One.", "run": {"code": "x = torch.ones(2)", "inspect": ["x"]}}
    ],
    "questions": [{"id": "prints", "type": "predict", "ask": "What?", "code": "print(1)"}],
    "challenge": {
        "id": "rows",
        "given": {"n": {"int": 10, "hidden": [3, 20]}, "X": {"rand": ["n"]}},
        "steps": [{**ROW, "hints": ["Add an axis."]}],
    },
}


def loaded(folder: Path, lesson: dict[str, Any]) -> LoadedCurriculum:
    path = folder / "lesson.yaml"
    path.write_text(yaml.safe_dump(lesson, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return LoadedCurriculum([read_lesson(path, "lessons/01-good/lesson.yaml")])


async def linted(folder: Path, **changes: Any) -> list[Finding]:
    return list(await lint(loaded(folder, {**GOOD, **changes}), InProcess()))


def section(**changes: Any) -> dict[str, Any]:
    return {"sections": [{**GOOD["sections"][0], **changes}]}


def predict(**changes: Any) -> dict[str, Any]:
    return {"questions": [{**GOOD["questions"][0], **changes}]}


def only_step(**changes: Any) -> dict[str, Any]:
    challenge = GOOD["challenge"]
    return {"challenge": {**challenge, "steps": [{**challenge["steps"][0], **changes}]}}


async def test_good_lesson_has_no_findings(tmp_path: Path) -> None:
    assert await linted(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        pytest.param(
            section(run={"code": "x = 1\n1 / 0"}),
            "sections[one].run.code",
            "the code raises ZeroDivisionError",
            id="snippet raises",
        ),
        pytest.param(
            section(run={"code": "raise SystemExit"}),
            "sections[one].run.code",
            "the code leaves early",
            id="snippet leaves",
        ),
        pytest.param(
            section(run={"code": "x = 1", "inspect": ["x", "y"]}),
            "sections[one].run.inspect[1]",
            "leaves no `y`",
            id="inspected name is missing",
        ),
        pytest.param(
            section(body="b" * 4097), "sections[one].body", "4097 characters where 4096", id="body"
        ),
        pytest.param(
            predict(ask={"en": "?" * 2001}),
            "questions[prints].ask.en",
            "2001 characters where 2000",
            id="ask",
        ),
        pytest.param(
            {
                "questions": [
                    {
                        "id": "pick",
                        "type": "single",
                        "ask": "?",
                        "options": {
                            "a": {"text": "a" * 76, "correct": True},
                            "b": {"text": "b", "say": "no"},
                        },
                    }
                ]
            },
            "questions[pick].options.a.text",
            "76 characters where 75",
            id="option",
        ),
        pytest.param(
            {
                "questions": [
                    {
                        "id": "q" * 40,
                        "type": "single",
                        "ask": "?",
                        "options": {
                            "a" * 40: {"text": "a", "correct": True},
                            "b": {"text": "b", "say": "no"},
                        },
                    }
                ]
            },
            f"questions[{'q' * 40}].options.{'a' * 40}",
            "the ids of lesson, question and option are 2 characters too long for a button",
            id="ids for a button",
        ),
        pytest.param(
            {"id": "g" * 40, **section(id="s" * 40)},
            f"sections[{'s' * 40}].id",
            "the ids of the lesson and of this part are 8 characters too long for a button",
            id="ids of a part for a button",
        ),
        pytest.param(
            predict(code="x = 1"), "questions[prints].code", "prints nothing", id="prints nothing"
        ),
        pytest.param(
            predict(code="print(torch.rand(1).item())"),
            "questions[prints].code",
            "something else each time",
            id="prints chance",
        ),
        pytest.param(
            predict(code="raise SystemExit"),
            "questions[prints].code",
            "leaves early",
            id="prints and leaves",
        ),
        pytest.param(
            predict(wrong=[{"match": ["2"], "say": "no"}, {"match": ["3", " 1 "], "say": "no"}]),
            "questions[prints].wrong[1]",
            "this is what the code prints",
            id="wrong is right",
        ),
        pytest.param(
            only_step(solutions=["X_row = X[None]", "X_row = X"]),
            "challenge.steps[row].solutions[1]",
            r"this solution ends as `not_attempted`",
            id="solution is the starter",
        ),
        pytest.param(
            only_step(solutions=["X_row = X[None]", "X_row = X * 1"]),
            "challenge.steps[row].solutions[1]",
            r"this solution fails (shape: (10,)",
            id="solution fails",
        ),
        pytest.param(
            only_step(
                solutions=["X_row = X[None]", "X_row = X.view(1, 10) if n == 10 else X"],
            ),
            "challenge.steps[row].solutions[1]",
            "this solution fails (with hidden inputs only)",
            id="solution fails in hidden rounds",
        ),
        pytest.param(
            only_step(solutions=["X_row = nowhere"]),
            "challenge.steps[row]",
            "the first solution raises NameError",
            id="reference fails",
        ),
        pytest.param(
            only_step(starter="X_row = X.view(1, -1)  # change me"),
            "challenge.steps[row].starter",
            "the starter passes already",
            id="starter passes",
        ),
        pytest.param(
            only_step(misconceptions=[{"wrong": "X_row = X.reshape(1, n)", "say": "no"}]),
            "challenge.steps[row].misconceptions[0].wrong",
            "this mistake passes every check",
            id="mistake passes",
        ),
        pytest.param(
            only_step(misconceptions=[{"wrong": "X_row = x[None]", "say": "no"}]),
            "challenge.steps[row].misconceptions[0].wrong",
            "this mistake ends as `not_attempted` with NameError",
            id="mistake does not run",
        ),
        pytest.param(
            only_step(
                misconceptions=[
                    {"wrong": "X_row = X[:, None]", "say": "one"},
                    {"wrong": "X_row = X.unsqueeze(1)", "say": "two"},
                ]
            ),
            "challenge.steps[row].misconceptions[1].wrong",
            "hears the text of `X_row = X[:, None]` instead",
            id="mistake hears another text",
        ),
    ],
)
async def test_what_is_wrong_is_found_where_it_is_written(
    tmp_path: Path, changes: dict[str, Any], where: str, says: str
) -> None:
    findings = await linted(tmp_path, **changes)
    (found,) = [one for one in findings if one.where == where]
    assert says in found.message
    assert found.file == "lessons/01-good/lesson.yaml"
    assert found.severity == "essential"
    written = (tmp_path / "lesson.yaml").read_text(encoding="utf-8").splitlines()
    assert 1 <= found.line <= len(written)
    assert not is_clean(findings)


async def test_step_without_known_mistakes_gets_advice_and_is_clean(tmp_path: Path) -> None:
    (found,) = await linted(tmp_path, **only_step(misconceptions=[]))
    assert found.severity == "advice"
    assert is_clean([found])


async def test_sandbox_that_cannot_be_reached_is_told_as_such(tmp_path: Path) -> None:
    async def unavailable(learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        raise GradingUnavailable("no sandbox")

    findings = await lint(loaded(tmp_path, GOOD), unavailable)
    assert {one.where for one in findings} == {
        "sections[one].run",
        "questions[prints]",
        "challenge.steps[row]",
    }
    assert all("could not be tried: no sandbox" in one.message for one in findings)


async def test_only_the_named_lessons_are_tried() -> None:
    curriculum = load_curriculum([Path(__file__).parents[2] / "lessons"])
    evaluate = InProcess()
    assert await lint(curriculum, evaluate, ["korean-only"]) == ()
    codes = {cell for job in evaluate.jobs.values() for cell in job.cells}
    (korean,) = [one for one in curriculum.lessons if one.id == "korean-only"]
    first = curriculum.lessons[0].sections[0].run
    assert first is not None
    assert first.code not in codes
    assert all(one.run.code in codes for one in korean.sections if one.run)


async def test_unknown_lesson_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownLesson, match="no lesson has the id `bad`; there are: good"):
        await lint(loaded(tmp_path, GOOD), InProcess(), ["bad"])


def test_findings_as_text_and_json() -> None:
    findings = [
        Finding("lessons/a/lesson.yaml", 3, "title", "too long"),
        Finding("lessons/a/lesson.yaml", 0, "", "no tasks", "advice"),
    ]
    assert as_text(findings) == (
        "lessons/a/lesson.yaml:3: title: too long\n"
        "lessons/a/lesson.yaml: advice: no tasks\n"
        "1 to mend, 1 to consider"
    )
    assert as_text([]) == "nothing found"
    assert json.loads(as_json(findings))[0] == {
        "file": "lessons/a/lesson.yaml",
        "line": 3,
        "where": "title",
        "message": "too long",
        "severity": "essential",
    }


def test_lesson_that_cannot_be_loaded_becomes_findings(tmp_path: Path) -> None:
    with pytest.raises(LessonError) as caught:
        loaded(tmp_path, {**GOOD, "extra": 1, "rev": "x"})
    findings = findings_of(caught.value)
    assert {one.where for one in findings} == {"extra", "rev"}
    assert all(one.line > 0 and one.file == "lessons/01-good/lesson.yaml" for one in findings)
    folder = findings_of(LessonError(["lessons: no folder in here holds a lesson.yaml; add one"]))
    assert folder == (Finding("lessons", 0, "", "no folder in here holds a lesson.yaml; add one"),)


@pytest.mark.jail
async def test_every_lesson_is_clean_in_the_real_sandbox(sandbox_socket: Path) -> None:
    async with connect(sandbox_socket) as executor:

        async def evaluate(learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
            done = await asyncio.gather(*(executor.evaluate(job, 60) for job in jobs.values()))
            return dict(zip(jobs, done, strict=True))

        curriculum = load_curriculum([Path(__file__).parents[2] / "lessons"])
        assert as_text(await lint(curriculum, evaluate)) == "nothing found"
