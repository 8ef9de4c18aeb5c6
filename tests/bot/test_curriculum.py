import os
from pathlib import Path

import pytest

from bot.curriculum import LessonError, LoadedCurriculum, load_curriculum, read_lesson
from bot.tutor.ports import Curriculum

NAME = "lessons/01-bad/lesson.yaml"

LESSON = """\
schema: 1
id: small
rev: 1
locales: [en, ko]
title: {en: Small, ko: 작은 수업}
requires: []
sections:
  - id: first
    body:
      en: Text
      ko: 글
    run: {code: "x = 1", inspect: [x]}
questions:
  - id: pick
    type: single
    ask: {en: Which?, ko: 무엇일까요?}
    options:
      yes-it-is: {text: "A", correct: true}
      no-it-is-not: {text: "B", say: {en: Try A., ko: A를 보세요.}}
  - id: count
    type: numeric
    ask: How many?
    answer: 3
    wrong: [{range: [1, 2], say: More.}]
  - id: guess
    type: predict
    ask: What?
    code: print(1)
challenge:
  id: chain
  given:
    n: {int: 4, hidden: [5, 6]}
    F: {rand: [n]}
    k: {randint: [0, 3], size: [n]}
    v: {value: [1, 2], dtype: float32}
  steps:
    - id: double
      ask: Double it.
      starter: G = F
      solutions: [G = F * 2]
      checks:
        - {var: G, shape: [n], dtype: float32, points: 1}
        - {var: G, equals: F * 2, points: 1}
        - {avoids: [for]}
      misconceptions:
        - {wrong: G = F + 2, say: Times., when: {var: G, equals: F + 2}}
      hints: [Times two.]
    - id: triple
      ask: Write `triple(t)`.
      starter: triple = None
      solutions: ["triple = lambda t: 3 * t"]
      checks:
        - {fn: triple, args: [F], returns: {equals: 3 * F}}
      hints: [Times three.]
"""


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lesson.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_with(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(LessonError) as caught:
        read_lesson(write(folder, text), NAME)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_correct_lesson_loads(tmp_path: Path) -> None:
    file = read_lesson(write(tmp_path, LESSON), NAME)
    assert file.lesson.id == "small"
    assert file.name == NAME
    assert file.document.line_of(("challenge", "steps", 0, "starter")) == 39


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("rev: 1", "rev: 1\nrevv: 2", "4: revv: unknown key; did you mean `rev`?"),
        (
            "rev: 1",
            "rev: 1\nrev: 2",
            "4: rev: written twice (first on line 3); keep one of the two",
        ),
        (
            "rev: 1",
            "rev: one",
            "3: rev: `one` where a whole number is needed; write a whole number",
        ),
        ("rev: 1", "rev: 0", "3: rev: `0` is too small; write at least 1"),
        ("rev: 1\n", "", "1: `rev` is missing; add it"),
        ("schema: 1", "schema: 2", "1: schema: `2` is not one of the choices; write 1"),
        (
            "id: small",
            "id: Small One",
            "2: id: `Small One` does not fit; write it in the form `^[a-z0-9]+(-[a-z0-9]+)*$`",
        ),
        # languages
        (
            "\n      ko: 글",
            "",
            "9: sections[first].body: the text in `ko` is missing; add `ko: …` beside the others",
        ),
        (
            "ko: 글",
            "ko: 글\n      de: Wort",
            "12: sections[first].body.de: `de` is not in `locales`; add it there or remove this text",
        ),
        ("ko: 글", 'ko: " "', "11: sections[first].body.ko: is empty; write some text"),
        ("ask: How many?", 'ask: " "', "22: questions[count].ask: is empty; write some text"),
        (
            "[en, ko]",
            "[en, ko, en]",
            "4: locales[2]: `en` is listed twice; remove one of the two",
        ),
        # feedback
        (
            ", say: {en: Try A., ko: A를 보세요.}",
            "",
            (
                "19: questions[pick].options.no-it-is-not: `say` is missing; tell whoever picks this wrong "
                "option why it is not it"
            ),
        ),
        (
            "      hints: [Times two.]\n",
            "",
            "37: challenge.steps[double]: `hints` is missing; add at least one for whoever is stuck",
        ),
        (
            '{text: "B", say',
            '{text: "B", correct: true, say',
            "14: questions[pick]: exactly one option needs `correct: true`",
        ),
        (
            "range: [1, 2]",
            "range: [2, 1]",
            "24: questions[count].wrong[0].range: the range is empty; write the smaller number first",
        ),
        (
            "type: numeric",
            "type: number",
            (
                "21: questions[count].type: `number` is not one of the choices; write 'single', 'multi', "
                "'numeric', 'text', 'predict', 'order', 'code'"
            ),
        ),
        (
            "id: count",
            "id: pick",
            "1: two of the questions have the id 'pick'; give each its own",
        ),
        (
            "id: double",
            "id: count",
            "1: a question and a step have the same id 'count'; give one of them another",
        ),
        # sources
        (
            'code: "x = 1"',
            'code: "x ="',
            "12: sections[first].run.code: not Python (invalid syntax, line 1); correct it",
        ),
        (
            "inspect: [x]",
            "inspect: [def]",
            "12: sections[first].run.inspect[0]: `def` is a word of Python's own; use another name",
        ),
        (
            "code: print(1)",
            "code: print(1",
            "28: questions[guess].code: not Python ('(' was never closed, line 1); correct it",
        ),
        (
            "[G = F * 2]",
            "[G = F *]",
            "40: challenge.steps[double].solutions[0]: not Python (invalid syntax, line 1); correct it",
        ),
        (
            "starter: G = F\n",
            "starter: G = F)\n",
            "39: challenge.steps[double].starter: not Python (unmatched ')', line 1); correct it",
        ),
        # inputs
        (
            "{rand: [n]}",
            "{rand: [m]}",
            "33: challenge.given.F: 'm' is no given whole number (there are: n); correct it",
        ),
        (
            "{rand: [n]}",
            "{ramd: [n]}",
            (
                "33: challenge.given.F: no kind of input; write one of `int`, `rand`, `randn`, `randint`, "
                "`value`"
            ),
        ),
        (
            "hidden: [5, 6]",
            "hidden: [6, 5]",
            "32: challenge.given.n: hidden [6, 5] is empty; write the smaller first; correct it",
        ),
        (
            "[0, 3], size",
            "[3, 0], size",
            "34: challenge.given.k: randint needs [low, high] with low < high; correct it",
        ),
        (
            "    v: {value",
            "    torch: {value",
            "35: challenge.given.torch: `torch` is the library itself; use another name",
        ),
        (
            "{rand: [n]}",
            "{rand: [900000]}",
            "33: challenge.given.F: all given tensors together may hold 500000 elements; correct it",
        ),
        # checks
        (
            "- {avoids: [for]}",
            "- {avoid: [for]}",
            (
                "44: challenge.steps[double].checks[2]: no kind of check; write one of `var`, `fn`, "
                "`stdout`, `uses`, `avoids`"
            ),
        ),
        (
            "- {avoids: [for]}",
            "- {avoids: [for x]}",
            (
                "44: challenge.steps[double].checks[2].avoids[0]: `for x` is no name, keyword or operator; "
                "write one a line, such as `for`, `view` or `@`"
            ),
        ),
        (
            "shape: [n]",
            "shape: [m]",
            (
                "42: challenge.steps[double].checks[0].shape: 'm' is no given whole number (there are: n); "
                "write sizes such as `[1, n]` or `[5*n]`"
            ),
        ),
        (
            "shape: [n]",
            "shape: [n ** 2]",
            (
                "42: challenge.steps[double].checks[0].shape: a size may hold whole numbers, given names, "
                "+ - * // and parentheses; write sizes such as `[1, n]` or `[5*n]`"
            ),
        ),
        (
            "shape: [n]",
            "shape: [n - 5]",
            (
                "42: challenge.steps[double].checks[0].shape: the size 'n - 5' is negative; write sizes such "
                "as `[1, n]` or `[5*n]`"
            ),
        ),
        (
            "{var: G, shape: [n], dtype: float32, points: 1}",
            "{var: G, shape: [n], dtyp: float32, points: 1}",
            "42: challenge.steps[double].checks[0].dtyp: unknown key; did you mean `dtype`?",
        ),
        (
            "equals: F * 2",
            "equals: F *",
            (
                "43: challenge.steps[double].checks[1].equals: `F *` is no Python expression (invalid "
                "syntax); write one such as `A @ B`"
            ),
        ),
        (
            "equals: F * 2",
            "equals: G = F",
            (
                "43: challenge.steps[double].checks[1].equals: `G = F` is no Python expression (invalid "
                "syntax); write one such as `A @ B`"
            ),
        ),
        (
            "equals: F + 2",
            "equals: F +",
            (
                "46: challenge.steps[double].misconceptions[0].when.equals: `F +` is no Python expression "
                "(invalid syntax); write one such as `A @ B`"
            ),
        ),
        (
            "{var: G, equals: F + 2}",
            "{equals: F + 2}",
            "46: challenge.steps[double].misconceptions[0].when: write either `var` or `error`",
        ),
        (
            "\n        - {var: G, equals: F * 2, points: 1}",
            "",
            (
                "42: challenge.steps[double].checks[0]: nothing compares the value of `G`; add a check with "
                "`equals`"
            ),
        ),
        (
            "args: [F]",
            "args: [F +]",
            (
                "53: challenge.steps[triple].checks[0].args[0]: `F +` is no Python expression (invalid "
                "syntax); write one such as `A @ B`"
            ),
        ),
        (
            "{fn: triple",
            "{fn: class",
            (
                "53: challenge.steps[triple].checks[0].fn: `class` is a word of Python's own; use another "
                "name"
            ),
        ),
        (
            "{fn: triple",
            "{fn: triple.it",
            (
                "53: challenge.steps[triple].checks[0].fn: `triple.it` does not fit; write it in the form "
                "`^[A-Za-z_][A-Za-z0-9_]*$`"
            ),
        ),
        (
            "returns: {equals: 3 * F}",
            "returns: {raises: no way}",
            (
                "53: challenge.steps[triple].checks[0].returns.raises: `no way` is no name of an exception; "
                "write one such as `RuntimeError`"
            ),
        ),
        (
            "returns: {equals: 3 * F}",
            "returns: {equals: 3 * F, grad: F}",
            (
                "53: challenge.steps[triple].checks[0].returns.grad: only a `var` has a gradient; return the "
                "gradient and use `equals`"
            ),
        ),
        (
            "returns: {equals: 3 * F}}",
            "returns: {equals: 3 * F}, points: 0}",
            (
                "52: challenge.steps[triple].checks: no check gives a point; give `points` to one that looks "
                "at a result"
            ),
        ),
    ],
)
def test_mistake_is_named_by_file_line_and_key(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert LESSON.count(old) == 1
    assert problems_with(tmp_path, LESSON.replace(old, new)) == (f"{NAME}:{expected}",)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("requires: []", "requires: [", "8: not valid YAML ("),
        ("{en: Small,", "{en: Small?, what is {it,", "5: not valid YAML ("),
        (
            "value: [1, 2]",
            "value: [1, [2]]",
            "35: challenge.given.v: these values do not fit a float32",
        ),
    ],
)
def test_mistake_that_a_library_words_is_named_by_file_and_line(
    tmp_path: Path, old: str, new: str, where: str
) -> None:
    assert LESSON.count(old) == 1
    (problem,) = problems_with(tmp_path, LESSON.replace(old, new))
    assert problem.startswith(f"{NAME}:{where}")


def test_unknown_dtype_lists_the_known_ones(tmp_path: Path) -> None:
    (problem,) = problems_with(
        tmp_path, LESSON.replace("dtype: float32, points", "dtype: float, points")
    )
    where = f"{NAME}:42: challenge.steps[double].checks[0].dtype: "
    assert problem.startswith(f"{where}`float` is no dtype; write one of bool, ")
    assert "float32" in problem


def test_every_mistake_is_reported_in_order_of_lines(tmp_path: Path) -> None:
    text = LESSON.replace("equals: F * 2", "equals: F *").replace("\n      ko: 글", "")
    first, second = problems_with(tmp_path, text)
    assert first.startswith(f"{NAME}:9: sections[first].body: ")
    assert second.startswith(f"{NAME}:42: challenge.steps[double].checks[1].equals: ")


def test_texts_become_unicode_once_and_code_does_not(tmp_path: Path) -> None:
    text = LESSON.replace("en: Text", "en: the $x^2$ of `$x^2$`").replace(
        'code: "x = 1"', "code: \"x = '$x^2$'\""
    )
    section = read_lesson(write(tmp_path, text)).lesson.sections[0]
    assert section.body.in_("en") == "the x² of `$x^2$`"
    assert section.run is not None
    assert section.run.code == "x = '$x^2$'"


def test_overlong_file_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_with(tmp_path, LESSON + "#" * 256 * 1024)
    assert problem == f"{NAME}: longer than 262144 bytes; split the lesson in two"


def test_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, LESSON)
    path.write_bytes(path.read_bytes() + "# 글".encode("euc-kr"))
    with pytest.raises(LessonError, match="not UTF-8 text; save the file as UTF-8"):
        read_lesson(path, NAME)


# Images -----------------------------------------------------------------------------------------

WITH_IMAGE = LESSON.replace("    run:", "    image: {file: axes.png, alt: Two axes.}\n    run:", 1)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_image_is_handed_out(tmp_path: Path) -> None:
    write(tmp_path / "01-small", WITH_IMAGE)
    (tmp_path / "01-small" / "axes.png").write_bytes(PNG)
    curriculum = load_curriculum([], shipped=tmp_path)
    assert curriculum.image("small", "axes.png") == PNG
    with pytest.raises(LessonError, match=r"names an image `lesson\.yaml`"):
        curriculum.image("small", "lesson.yaml")
    with pytest.raises(LessonError, match="`unknown`"):
        curriculum.image("unknown", "axes.png")


def test_image_that_vanished_is_an_error_of_ours(tmp_path: Path) -> None:
    write(tmp_path / "01-small", WITH_IMAGE)
    (tmp_path / "01-small" / "axes.png").write_bytes(PNG)
    curriculum = load_curriculum([], shipped=tmp_path)
    (tmp_path / "01-small" / "axes.png").unlink()
    with pytest.raises(LessonError, match=r"the image `axes\.png` is no file"):
        curriculum.image("small", "axes.png")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "is no file in the lesson's folder; put it beside lesson.yaml"),
        (b"GIF89a" + bytes(40), "is not a PNG image; save it again in that format"),
        (b"", "is not a PNG image; save it again in that format"),
        (PNG + bytes(2 * 1024 * 1024), "is larger than 2097152 bytes; make it smaller"),
    ],
)
def test_unusable_image_is_named(tmp_path: Path, content: bytes | None, what: str) -> None:
    if content is not None:
        (tmp_path / "axes.png").write_bytes(content)
    assert problems_with(tmp_path, WITH_IMAGE) == (
        f"{NAME}:12: sections[first].image.file: `axes.png` {what}",
    )


def test_image_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    folder = tmp_path / "01-small"
    folder.mkdir()
    (folder / "axes.png").symlink_to(tmp_path / "secret.png")
    assert problems_with(folder, WITH_IMAGE) == (
        (
            f"{NAME}:12: sections[first].image.file: `axes.png` leads out of the lesson's folder; put the "
            "image itself there"
        ),
    )
    (problem,) = problems_with(folder, WITH_IMAGE.replace("file: axes.png", "file: ../secret.png"))
    assert problem.startswith(
        f"{NAME}:12: sections[first].image.file: `../secret.png` does not fit;"
    )


def test_pipe_in_place_of_an_image_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "axes.png")
    (problem,) = problems_with(tmp_path, WITH_IMAGE)
    assert "is no file in the lesson's folder" in problem


# Curriculum -------------------------------------------------------------------------------------


def lesson(lesson_id: str, requires: str = "[]") -> str:
    return LESSON.replace("id: small", f"id: {lesson_id}").replace(
        "requires: []", f"requires: {requires}"
    )


def test_own_lessons_join_the_shipped_ones_in_order_of_folders(tmp_path: Path) -> None:
    write(tmp_path / "shipped" / "01-one", lesson("one"))
    write(tmp_path / "shipped" / "03-three", lesson("three", "[two]"))
    write(tmp_path / "mine" / "02-two", lesson("two", "[one]"))
    (tmp_path / "mine" / "assets").mkdir()
    curriculum: Curriculum = load_curriculum([tmp_path / "mine"], shipped=tmp_path / "shipped")
    assert [one.id for one in curriculum.lessons] == ["one", "two", "three"]
    assert curriculum.lesson("two") == curriculum.lessons[1]
    assert curriculum.lesson("four") is None


def problems_of(shipped: Path, *own: Path) -> tuple[str, ...]:
    with pytest.raises(LessonError) as caught:
        load_curriculum(own, shipped=shipped)
    return caught.value.problems


def test_duplicate_id_names_both_files(tmp_path: Path) -> None:
    write(tmp_path / "shipped" / "01-one", lesson("one"))
    write(tmp_path / "mine" / "05-other", lesson("one"))
    assert problems_of(tmp_path / "shipped", tmp_path / "mine") == (
        (
            f"{tmp_path}/mine/05-other/lesson.yaml:2: id: `one` is already the id of "
            "lessons/01-one/lesson.yaml; give one of them another"
        ),
    )


def test_directory_given_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path / "01-one", lesson("one"))
    curriculum = load_curriculum([tmp_path, tmp_path / "01-one" / ".."], shipped=tmp_path)
    assert len(curriculum.lessons) == 1


def test_unknown_requirement_is_named(tmp_path: Path) -> None:
    write(tmp_path / "01-one", lesson("one"))
    write(tmp_path / "02-two", lesson("two", "[one, zero]"))
    assert problems_of(tmp_path) == (
        (
            "lessons/02-two/lesson.yaml:6: requires[1]: no lesson has the id `zero`; write one of `one`, "
            "`two`"
        ),
    )


def test_circle_of_requirements_is_named_where_it_is(tmp_path: Path) -> None:
    for number, (name, requires) in enumerate(
        [("free", "[]"), ("a", "[b, free]"), ("b", "[a]"), ("after", "[b]")]
    ):
        write(tmp_path / f"{number}-{name}", lesson(name, requires))
    what = "requires: these lessons require each other in a circle; remove one of them"
    assert problems_of(tmp_path) == (
        f"lessons/1-a/lesson.yaml:6: {what}",
        f"lessons/2-b/lesson.yaml:6: {what}",
    )


def test_mistakes_of_all_files_are_reported_together(tmp_path: Path) -> None:
    write(tmp_path / "01-one", lesson("one").replace("rev: 1", "rev: 0"))
    write(tmp_path / "02-two", lesson("two", "[one]").replace("rev: 1", "rev: x"))
    first, second = problems_of(tmp_path)
    assert first.startswith("lessons/01-one/lesson.yaml:3: rev:")
    assert second.startswith("lessons/02-two/lesson.yaml:3: rev:")


def test_missing_directory_is_named(tmp_path: Path) -> None:
    write(tmp_path / "01-one", lesson("one"))
    assert problems_of(tmp_path, tmp_path / "none") == (
        (
            f"{tmp_path}/none: no lessons can be read here (No such file or directory); give a folder of "
            "lessons"
        ),
    )


def test_folder_of_one_lesson_is_pointed_out(tmp_path: Path) -> None:
    write(tmp_path / "shipped" / "01-one", lesson("one"))
    write(tmp_path / "mine", lesson("two"))
    assert problems_of(tmp_path / "shipped", tmp_path / "mine") == (
        f"{tmp_path}/mine: no folder in here holds a lesson.yaml; give the folder above it",
    )


def test_numbered_folder_without_lesson_is_pointed_out(tmp_path: Path) -> None:
    write(tmp_path / "01-one", lesson("one"))
    (tmp_path / "02-two").mkdir()
    (tmp_path / "02-two" / "lesson.yml").touch()
    assert problems_of(tmp_path) == (
        "lessons/02-two/lesson.yaml: there is no such file; write it, or rename the folder",
    )


def test_links_do_not_lead_out_of_the_directory(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "02-two", lesson("two"))
    write(tmp_path / "shipped" / "01-one", lesson("one"))
    (tmp_path / "shipped" / "02-two").symlink_to(tmp_path / "elsewhere" / "02-two")
    (tmp_path / "shipped" / "03-three").mkdir()
    (tmp_path / "shipped" / "03-three" / "lesson.yaml").symlink_to(
        tmp_path / "elsewhere" / "02-two" / "lesson.yaml"
    )
    assert problems_of(tmp_path / "shipped") == (
        "lessons/02-two/lesson.yaml: its folder is a link to elsewhere; copy the folder here",
        "lessons/03-three/lesson.yaml: leads out of its folder; put the file itself there",
    )


def test_shipped_lessons_are_found_without_being_told_where() -> None:
    curriculum = load_curriculum([])
    assert isinstance(curriculum, LoadedCurriculum)
    assert curriculum.lessons[0].id == "tensors-101"
