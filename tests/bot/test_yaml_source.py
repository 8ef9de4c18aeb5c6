"""YAML is read strictly, and every mistake names its line, its key and the fix."""

import math
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.yaml_source import YamlError, explain_validation, load_yaml, read_yaml
from bot.yaml_source.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS


def problems(text: str) -> list[str]:
    with pytest.raises(YamlError) as refused:
        read_yaml(text, "f.yaml")
    return list(refused.value.problems)


def test_values_are_read_as_yaml_1_2_has_them() -> None:
    text = (
        "a: 1e-5\nb: no\nc: 2024-01-01\nd: 1:30\ne: 010\nf: -.inf\ng: ~\nh: true\ni: '5'\nj: .5\n"
    )
    assert read_yaml(text, "f.yaml").data == {
        "a": 1e-5,
        "b": "no",
        "c": "2024-01-01",
        "d": "1:30",
        "e": 10,
        "f": -math.inf,
        "g": None,
        "h": True,
        "i": "5",
        "j": 0.5,
    }


def test_keys_are_text_as_written() -> None:
    assert read_yaml("no: 1\n404: 2\ntrue: 3\n", "f.yaml").data == {"no": 1, "404": 2, "true": 3}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff"])
def test_an_empty_text_says_nothing(text: str) -> None:
    assert read_yaml(text, "f.yaml").data is None


def test_every_key_and_entry_has_its_line() -> None:
    document = read_yaml("a:\n  b: 1\n\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n", "f.yaml")
    assert document.line_of(("a", "b")) == 2
    assert document.line_of(("a", "c")) == 4
    assert document.line_of(("a", "c", 1)) == 6
    assert document.line_of(("a", "c", 1, "e")) == 7


def test_the_line_of_what_is_not_there_is_that_of_its_parent() -> None:
    document = read_yaml("# a comment\na:\n  b: 1\n", "f.yaml")
    assert document.line_of(("a", "x", "y")) == 2
    assert document.line_of(("x",)) == 1


def test_a_problem_names_entries_by_their_id() -> None:
    document = read_yaml("q:\n  - id: first\n    n: 1\n  - 7\n", "f.yaml")
    assert document.problem(("q", 0, "n"), "wrong") == "f.yaml:3: q[first].n: wrong"
    assert document.problem(("q", 1), "wrong") == "f.yaml:4: q[1]: wrong"
    assert document.problem((), "wrong") == "f.yaml:1: wrong"


def test_every_duplicate_key_is_named_with_both_lines() -> None:
    assert problems("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "f.yaml:4: b.c: written twice (first on line 3); keep one of the two",
        "f.yaml:5: a: written twice (first on line 1); keep one of the two",
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: &x 1\n", 1, "anchors and aliases (`x`)"),
        ("a: 1\nb: *x\n", 2, "anchors and aliases (`x`)"),
        ("&x a: 1\n", 1, "anchors and aliases (`x`)"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags ("),
        ("a: !secret x\n", 1, "tags (`!secret`)"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key is missing or is no text"),
        ("a: 1\n'': 2\n", 2, "a key is missing or is no text"),
        ("a: 1\nb: [1, 2\n", 3, "not valid YAML"),
        ("a: b: c\n", 1, "not valid YAML"),
        ("a:\n\t- b\n", 2, "a tab in the indentation); indent with spaces"),
        ("a: 1\nb: \x00\n", 2, "not valid YAML"),
    ],
)
def test_what_is_refused_names_line_and_fix(text: str, line: int, says: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"f.yaml:{line}: ")
    assert says in problem
    assert "; " in problem


def test_a_half_surrogate_is_refused() -> None:
    assert problems('a: "\\ud800"\n')[0].startswith("f.yaml:1: ")
    assert problems("a: \ud800\n") == ["f.yaml: not Unicode text; save the file as UTF-8"]


@pytest.mark.parametrize("opener", ["[", "{a: ", "- "])
def test_nesting_without_end_is_refused(opener: str) -> None:
    (problem,) = problems(opener * 10_000)
    assert f"{MAX_DEPTH} levels; make it smaller" in problem


def test_too_many_values_are_refused() -> None:
    (problem,) = problems(f"[{'1,' * (MAX_NODES + 1)}]")
    assert "values" in problem


def test_too_long_a_text_is_refused() -> None:
    assert "split it" in problems("a" * (MAX_BYTES + 1))[0]


def test_problems_are_not_collected_without_end() -> None:
    assert len(problems("a: 1\n" * 1000)) == MAX_PROBLEMS


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lesson.yaml"
    path.write_bytes("\ufeffa: 텐서\n".encode())
    assert load_yaml(path).data == {"a": "텐서"}
    assert load_yaml(path, "short.yaml").name == "short.yaml"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match=r"^none\.yaml: cannot be read \(No such file.*; check"):
        load_yaml(tmp_path / "none.yaml", "none.yaml")
    with pytest.raises(YamlError, match=r"^folder: this is not a file; give"):
        load_yaml(tmp_path, "folder")
    with pytest.raises(YamlError, match=r"cannot be read"):
        load_yaml(Path("a\x00b"))


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "lesson.yaml"
    path.write_bytes("a: 1\nb: 텐서\n".encode("euc-kr"))
    with pytest.raises(YamlError, match=r":2: not UTF-8 text; save the file as UTF-8$"):
        load_yaml(path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lesson.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(YamlError, match=r"split it$"):
        load_yaml(path)


# What pydantic found ----------------------------------------------------------------------------


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Apple(Strict):
    kind: Literal["apple"]
    seeds: Annotated[int, Field(ge=0, le=20)]


class Pear(Strict):
    kind: Literal["pear"]
    colour: Literal["green", "yellow"] = "green"


class Core(Strict):
    core: str
    width: int = 1


class Peel(Strict):
    peel: str
    thick: bool = False
    long: bool = False


class Basket(Strict):
    name: Annotated[str, Field(min_length=1, max_length=5, pattern="^[a-z]*$")] = "a"
    fruit: tuple[Annotated[Apple | Pear, Field(discriminator="kind")], ...] = ()
    waste: list[Core | Peel] = []
    sizes: dict[Annotated[str, Field(pattern="^[a-z]+$")], int | str] = {}
    first: Annotated[list[Core], Field(min_length=1)] | None = None
    schema_version: Annotated[int | None, Field(alias="schema")] = None
    even: int = 0

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("odd; write an even number")
        return value


def explained(text: str) -> list[str]:
    document = read_yaml(text, "f.yaml")
    with pytest.raises(ValidationError) as invalid:
        Basket.model_validate(document.data)
    return explain_validation(invalid.value, document, Basket)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nmae: a\n", "f.yaml:1: nmae: unknown key; did you mean `name`?"),
        ("shcema: 1\n", "f.yaml:1: shcema: unknown key; did you mean `schema`?"),
        ("zzz: 1\n", "f.yaml:1: zzz: unknown key; write one of `name`, `fruit`, `waste`, `sizes`, `first`, `schema`, `even`"),
        ("name: 5\n", "f.yaml:1: name: `5` where text is needed; write text, in quotes if it looks like a number"),
        ("name: ''\n", "f.yaml:1: name: is empty; write some text"),
        ("name: abcdef\n", "f.yaml:1: name: `abcdef` is too long; write at most 5 characters"),
        ("name: A\n", "f.yaml:1: name: `A` does not fit; write it in the form `^[a-z]*$`"),
        ("name: [a]\n", "f.yaml:1: name: a list where text is needed; write text, in quotes if it looks like a number"),
        ("fruit: pear\n", "f.yaml:1: fruit: `pear` where a list is needed; write a list: `[one, two]`"),
        ("fruit:\n  - {}\n", "f.yaml:2: fruit[0]: the key 'kind' is missing; add it"),
        ("fruit:\n  - kind: plum\n", "f.yaml:2: fruit[0].kind: `plum` is not one of the choices; write 'apple', 'pear'"),
        ("fruit:\n  - kind: apple\n    sedes: 1\n    seeds: 1\n", "f.yaml:3: fruit[0].sedes: unknown key; did you mean `seeds`?"),
        ("fruit:\n  - kind: apple\n", "f.yaml:2: fruit[0]: `seeds` is missing; add it"),
        ("fruit:\n  - kind: apple\n    seeds: -1\n", "f.yaml:3: fruit[0].seeds: `-1` is too small; write at least 0"),
        ("fruit:\n  - kind: apple\n    seeds: many\n", "f.yaml:3: fruit[0].seeds: `many` where a whole number is needed; write a whole number"),
        ("fruit:\n  - kind: pear\n    colour: red\n", "f.yaml:3: fruit[0].colour: `red` is not one of the choices; write 'green' or 'yellow'"),
        ("waste:\n  - {core: a, withd: 2}\n", "f.yaml:2: waste[0].withd: unknown key; did you mean `width`?"),
        ("waste:\n  - {peel: a, thik: true, long: true}\n", "f.yaml:2: waste[0].thik: unknown key; did you mean `thick`?"),
        ("waste:\n  - a\n", "f.yaml:2: waste[0]: `a` where a mapping is needed; write that instead"),
        ("sizes:\n  a: []\n", "f.yaml:2: sizes.a: a list where a whole number or text is needed; write that instead"),
        ("sizes:\n  B: 1\n", "f.yaml:2: sizes.B: `B` does not fit; write it in the form `^[a-z]+$`"),
        ("'[key]': 1\n", "f.yaml:1: [key]: unknown key; write one of `name`, `fruit`, `waste`, `sizes`, `first`, `schema`, `even`"),
        ("first: []\n", "f.yaml:1: first: a list has too few entries; write at least 1"),
        ("first:\n  - {core: 1}\n", "f.yaml:2: first[0].core: `1` where text is needed; write text, in quotes if it looks like a number"),
        ("even: 3\n", "f.yaml:1: even: odd; write an even number"),
        ("- a\n", "f.yaml:1: a list where a mapping is needed; write `key: value` lines, indented, below it"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_fix(text: str, line: str) -> None:
    assert explained(text) == [line]


def test_all_mistakes_come_in_the_order_of_lines() -> None:
    lines = explained("even: 3\nfruit:\n  - kind: plum\nname: 5\nzzz: 1\n")
    assert [line.split(":")[1] for line in lines] == ["1", "3", "4", "5"]


def test_a_problem_stays_on_its_line() -> None:
    (line,) = explained('"a\\n\\e[31m": 1\n')
    assert line.startswith("f.yaml:1: a��[31m: unknown key; ")
    assert "\n" not in explained('name: "\\n\\n"\n')[0]
    assert "\n" not in problems('"a\\nb": 1\n"a\\nb": 2\n')[0]


def test_a_long_value_is_shortened() -> None:
    (line,) = explained(f"name: {'a' * 5000}\n")
    assert len(line) < 200
