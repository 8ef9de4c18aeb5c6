import json
import re
from pathlib import Path

import jsonschema
import pytest

from bot.curriculum import (
    LessonFile,
    lesson_schema,
    load_curriculum,
    read_lesson,
    shipped_lessons,
)
from bot.curriculum.texts import texts_of
from bot.tutor.lesson import (
    AvoidsCheck,
    CodeQuestion,
    FnCheck,
    Lesson,
    Literally,
    Rand,
    RandInt,
    Randn,
    StdoutCheck,
    UsesCheck,
    VarCheck,
    WholeNumber,
)

HERE = Path(__file__).parent
SCHEMA = shipped_lessons() / "lesson.schema.json"
GUIDE = HERE.parents[1] / "docs" / "writing-lessons.md"
LONGEST_BODY = 900

REGENERATE = """\
python -c "import json; from bot.curriculum import lesson_schema; \\
print(json.dumps(lesson_schema(), indent=2, ensure_ascii=False))" > lessons/lesson.schema.json"""

FILES = load_curriculum([HERE]).files
each_lesson = pytest.mark.parametrize("file", FILES, ids=lambda file: file.lesson.id)


def lesson(lesson_id: str) -> Lesson:
    return next(file.lesson for file in FILES if file.lesson.id == lesson_id)


def test_committed_schema_is_that_of_the_model() -> None:
    committed = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert committed == lesson_schema(), f"the schema is out of date; run:\n{REGENERATE}"


@each_lesson
def test_lesson_fits_the_schema_that_editors_use(file: LessonFile) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(file.document.data)


def test_schema_marks_an_unknown_key() -> None:
    data = dict(FILES[0].document.data, titel="…")
    with pytest.raises(jsonschema.ValidationError, match="titel"):
        jsonschema.Draft202012Validator(lesson_schema()).validate(data)


@each_lesson
def test_lesson_names_its_schema_for_editors(file: LessonFile) -> None:
    path = file.folder / "lesson.yaml"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
    assert named is not None
    assert (file.folder / named[1]).resolve() == SCHEMA.resolve()


@each_lesson
def test_no_raw_math_is_left_in_any_text(file: LessonFile) -> None:
    for _, text in texts_of(file.lesson):
        for words in text.by_locale.values():
            prose = re.sub(r"`[^`]*`", "", words)
            assert not re.search(r"\\[a-z]|\$[^0-9]|[{}^]", prose), words


@each_lesson
def test_section_fits_a_chat_message_and_a_terminal(file: LessonFile) -> None:
    for section in file.lesson.sections:
        assert all(len(words) <= LONGEST_BODY for words in section.body.by_locale.values())


def test_first_lesson_has_code_in_every_section() -> None:
    first = lesson("tensors-101")
    assert all(section.run and section.run.inspect for section in first.sections)
    assert len(first.questions) == 3
    assert first.challenge is not None
    assert [step.id for step in first.challenge.steps] == ["row", "product", "flatten"]


def test_first_lesson_explains_every_step_and_expects_mistakes() -> None:
    challenge = lesson("tensors-101").challenge
    assert challenge is not None
    for step in challenge.steps:
        assert step.explain is not None
        assert len(step.hints) >= 2
        assert len(step.solutions) >= 3
        assert len(step.misconceptions) >= 5


def test_hidden_sizes_never_repeat_the_shown_one() -> None:
    challenge = lesson("tensors-101").challenge
    assert challenge is not None
    n = challenge.given["n"]
    assert isinstance(n, WholeNumber)
    assert n.hidden is not None
    assert not n.hidden[0] <= n.int <= n.hidden[1]


def test_test_lesson_uses_everything_a_lesson_can_hold() -> None:
    every = lesson("every-question")
    types = {question.type for question in every.questions}
    assert types == {"single", "multi", "numeric", "text", "predict", "order", "code"}
    assert any(section.image for section in every.sections)
    assert every.challenge is not None
    code = [one for one in every.questions if isinstance(one, CodeQuestion)]
    graded = [*every.challenge.steps, *code]
    checks = {type(check) for one in graded for check in one.checks}
    assert checks == {VarCheck, FnCheck, StdoutCheck, UsesCheck, AvoidsCheck}
    given = [*every.challenge.given.values(), *(how for one in code for how in one.given.values())]
    kinds: set[type] = {WholeNumber, Rand, Randn, RandInt, Literally}
    assert {type(how) for how in given} == kinds


def test_korean_only_lesson_answers_in_korean_to_everybody() -> None:
    korean = lesson("korean-only")
    assert korean.locales == ("ko",)
    assert korean.title.in_("en") == "한국어로만 쓴 수업"
    assert korean.questions[0].ask.in_("en") == "몇 차원일까요?"
    assert korean.sections[0].body.in_("ko") == "텐서 x²를 그려 봐요."


# The guide for authors --------------------------------------------------------------------------


def test_lesson_in_the_guide_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    path = tmp_path / "lesson.yaml"
    path.write_text(example[1], encoding="utf-8")
    assert read_lesson(path).lesson.locales == ("en", "ko")


def test_guide_mentions_every_key() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    models = [lesson_schema(), *lesson_schema()["$defs"].values()]
    keys = {key for model in models for key in model["properties"]}
    assert {key for key in keys if not re.search(rf"\b{key}\b", guide)} == set()
