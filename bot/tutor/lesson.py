"""What a lesson is: the model that every `lesson.yaml` is validated into."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

SOURCE = ""
"""Key of a text that was written once, for all languages."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Stable id: lower-case words joined by hyphens. Records refer to it, so it never changes."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
"""A Python variable."""

Source = Annotated[str, Field(min_length=1, max_length=4000)]
"""Python source."""

Points = Annotated[float, Field(ge=0, le=100)]


class Part(BaseModel):
    """Base of all lesson models: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def _kind_of(value: Any, by_key: dict[str, str]) -> str | None:
    """Name the model that `value` is written as, by the one key that only this model has."""
    if isinstance(value, Part):
        return type(value).__name__
    if isinstance(value, dict):
        return next((kind for key, kind in by_key.items() if key in value), None)
    return None


def _one_text_for_all(value: Any) -> Any:
    if isinstance(value, str):
        return {"by_locale": {SOURCE: value}}
    if isinstance(value, dict) and "by_locale" not in value:
        return {"by_locale": value}
    return value


class LocalText(Part):
    """What `Text` validates into: the same words in each language."""

    by_locale: dict[str, Annotated[str, Field(min_length=1)]] = Field(min_length=1)

    def in_(self, locale: str) -> str:
        """Return the text in `locale`, else in the first language it is written in."""
        return self.by_locale.get(locale) or next(iter(self.by_locale.values()))


Text = Annotated[
    LocalText,
    BeforeValidator(_one_text_for_all, json_schema_input_type=str | dict[str, str]),
]
"""A string for every language, or `{locale: string}` whose first entry is the fallback."""


class Snippet(Part):
    """Runnable code of a section; `inspect` names the tensors worth looking at afterwards."""

    code: Source
    inspect: tuple[Name, ...] = ()


class Picture(Part):
    """An image file beside the lesson, and the same in words."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(png|jpg|jpeg|webp)$")]
    alt: Text


class Section(Part):
    """One readable step of a lesson."""

    id: Id
    title: Text | None = None
    body: Text
    run: Snippet | None = None
    image: Picture | None = None


# Questions --------------------------------------------------------------------------------------


class _Question(Part):
    id: Id
    ask: Text
    review: bool = False
    hints: tuple[Text, ...] = ()
    explain: Text | None = None


class Option(Part):
    """One choice; `say` is what whoever picks it wrongly should hear."""

    text: Text
    correct: bool = False
    say: Text | None = None


Options = Annotated[dict[Id, Option], Field(min_length=2, max_length=10)]


class SingleQuestion(_Question):
    """Pick the one correct option."""

    type: Literal["single"]
    options: Options

    @model_validator(mode="after")
    def _one_is_correct(self) -> "SingleQuestion":
        if sum(option.correct for option in self.options.values()) != 1:
            raise ValueError("exactly one option needs `correct: true`")
        return self


class MultiQuestion(_Question):
    """Pick all correct options: +1 for a right pick, -1 for a wrong one, never below 0."""

    type: Literal["multi"]
    options: Options

    @model_validator(mode="after")
    def _some_are_correct(self) -> "MultiQuestion":
        if not any(option.correct for option in self.options.values()):
            raise ValueError("at least one option needs `correct: true`")
        return self


class WrongNumber(Part):
    """A mistaken number, or a range of them, with what to say."""

    value: float | None = None
    range: tuple[float, float] | None = None
    say: Text

    @model_validator(mode="after")
    def _one_of_both(self) -> "WrongNumber":
        if (self.value is None) == (self.range is None):
            raise ValueError("write either `value` or `range`")
        return self


class NumericQuestion(_Question):
    """Answer with a number within `tolerance` of `answer`."""

    type: Literal["numeric"]
    answer: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    wrong: tuple[WrongNumber, ...] = ()


class WrongText(Part):
    """Mistaken texts with what to say."""

    match: Annotated[tuple[str, ...], Field(min_length=1)]
    say: Text


class TextQuestion(_Question):
    """Answer with words: NFKC-folded, case and outer spaces ignored, against `accept` or `pattern`."""

    type: Literal["text"]
    accept: Annotated[tuple[str, ...], Field(min_length=1)]
    pattern: str | None = None
    wrong: tuple[WrongText, ...] = ()

    @model_validator(mode="after")
    def _pattern_compiles(self) -> "TextQuestion":
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"`pattern` is no regular expression: {error}") from error
        return self


class PredictQuestion(_Question):
    """Say what `code` prints. The key is made by running it; nobody writes it down."""

    type: Literal["predict"]
    code: Source
    wrong: tuple[WrongText, ...] = ()


class OrderItem(Part):
    """One line to be put in order; `after` names the items that must come before it."""

    text: Text
    after: tuple[Id, ...] = ()


class OrderQuestion(_Question):
    """Put the items in an order that respects every `after`; several may be right."""

    type: Literal["order"]
    items: Annotated[dict[Id, OrderItem], Field(min_length=2, max_length=8)]

    @model_validator(mode="after")
    def _order_exists(self) -> "OrderQuestion":
        placed: set[str] = set()
        while len(placed) < len(self.items):
            ready = {
                name
                for name, item in self.items.items()
                if name not in placed and placed.issuperset(item.after)
            }
            if not ready:
                raise ValueError("`after` names an unknown item or goes in a circle")
            placed |= ready
        return self


# Graded code ------------------------------------------------------------------------------------


class Rand(Part):
    """A float32 tensor, uniform on [0, 1); sizes are numbers or given names."""

    rand: tuple[int | str, ...]
    requires_grad: bool = False


class Randn(Part):
    """A float32 tensor from the standard normal distribution."""

    randn: tuple[int | str, ...]
    requires_grad: bool = False


class RandInt(Part):
    """An int64 tensor with values in [low, high)."""

    randint: tuple[int, int]
    size: tuple[int | str, ...]


WholeRange = tuple[int, int]


class WholeNumber(Part):
    """An int: `int` in the public round, drawn from `hidden` (both ends included) in hidden ones."""

    int: int
    hidden: WholeRange | None = None


class Literally(Part):
    """A number, bool, string or nested list of numbers, as it is; with `dtype` a tensor of it."""

    value: Any
    dtype: str | None = None


def _given_kind(value: Any) -> str | None:
    kinds = {
        "int": "WholeNumber",
        "rand": "Rand",
        "randn": "Randn",
        "randint": "RandInt",
        "value": "Literally",
    }
    return _kind_of(value, kinds)


Given = Annotated[
    Annotated[WholeNumber, Tag("WholeNumber")]
    | Annotated[Rand, Tag("Rand")]
    | Annotated[Randn, Tag("Randn")]
    | Annotated[RandInt, Tag("RandInt")]
    | Annotated[Literally, Tag("Literally")],
    Discriminator(
        _given_kind,
        custom_error_type="given_kind",
        custom_error_message="no kind of input; write one of `int`, `rand`, `randn`, `randint`, `value`",
    ),
]
"""What a variable that the code starts with holds."""


class Expect(Part):
    """What a value should be. Sizes are numbers or expressions over the given ints."""

    shape: tuple[int | str, ...] | None = None
    dtype: str | None = None
    device: str | None = None
    requires_grad: bool | None = None
    equals: str | None = None
    grad: str | None = None
    raises: str | None = None
    rtol: Annotated[float, Field(ge=0)] = 1e-5
    atol: Annotated[float, Field(ge=0)] = 1e-6


class VarCheck(Expect):
    """Check the variable `var` after the code ran."""

    var: Name
    points: Points = 1
    hidden: bool = False
    say: Text | None = None


class FnCheck(Part):
    """Check what the function `fn` returns, or raises, for `args` (expressions over the given)."""

    fn: Name
    args: tuple[str, ...] = ()
    returns: Expect
    points: Points = 1
    hidden: bool = False
    say: Text | None = None


class StdoutCheck(Part):
    """Check that the code prints what the reference prints (spaces at line ends ignored)."""

    stdout: Literal["same"]
    points: Points = 1
    hidden: bool = False
    say: Text | None = None


class UsesCheck(Part):
    """Check that the source uses every one of these names, attributes or keywords; no points."""

    uses: Annotated[tuple[str, ...], Field(min_length=1)]
    points: Literal[0] = 0
    say: Text | None = None


class AvoidsCheck(Part):
    """Check that the source uses none of these names, attributes or keywords; no points."""

    avoids: Annotated[tuple[str, ...], Field(min_length=1)]
    points: Literal[0] = 0
    say: Text | None = None


def _check_kind(value: Any) -> str | None:
    kinds = {
        "var": "VarCheck",
        "fn": "FnCheck",
        "stdout": "StdoutCheck",
        "uses": "UsesCheck",
        "avoids": "AvoidsCheck",
    }
    return _kind_of(value, kinds)


Check = Annotated[
    Annotated[VarCheck, Tag("VarCheck")]
    | Annotated[FnCheck, Tag("FnCheck")]
    | Annotated[StdoutCheck, Tag("StdoutCheck")]
    | Annotated[UsesCheck, Tag("UsesCheck")]
    | Annotated[AvoidsCheck, Tag("AvoidsCheck")],
    Discriminator(
        _check_kind,
        custom_error_type="check_kind",
        custom_error_message="no kind of check; write one of `var`, `fn`, `stdout`, `uses`, `avoids`",
    ),
]
"""One thing that is looked at after the code ran."""


class When(Expect):
    """A condition on the outcome: a variable that looks like this, or an error that says this."""

    var: Name | None = None
    error: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "When":
        if (self.var is None) == (self.error is None):
            raise ValueError("write either `var` or `error`")
        return self


class Misconception(Part):
    """A known mistake: whoever produces what `wrong` produces, or meets `when`, hears `say`."""

    wrong: Source
    say: Text
    when: When | None = None


class _Graded(Part):
    starter: Source
    solutions: Annotated[tuple[Source, ...], Field(min_length=1)]
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
    misconceptions: tuple[Misconception, ...] = ()


class CodeQuestion(_Question, _Graded):
    """Answer with code, graded like a challenge step."""

    type: Literal["code"]
    given: dict[Name, Given] = {}


Question = Annotated[
    SingleQuestion
    | MultiQuestion
    | NumericQuestion
    | TextQuestion
    | PredictQuestion
    | OrderQuestion
    | CodeQuestion,
    Field(discriminator="type"),
]


class Step(_Graded):
    """One step of a challenge; it starts from the reference state that the steps before it leave."""

    id: Id
    ask: Text
    hints: tuple[Text, ...] = ()
    explain: Text | None = None


class Rounds(Part):
    """How often a submission runs: with the shown inputs, and with secret ones."""

    public: Literal[1] = 1
    hidden: Annotated[int, Field(ge=1, le=5)] = 2


class Reveal(Part):
    """When help unlocks: hints and the solution, after so many wrong attempts."""

    hint_after: Annotated[int, Field(ge=0)] = 0
    solution_after: Annotated[int, Field(ge=1)] = 3


class Challenge(Part):
    """A chain of graded steps on shared inputs."""

    id: Id
    title: Text | None = None
    intro: Text | None = None
    given: dict[Name, Given] = {}
    rounds: Rounds = Rounds()
    reveal: Reveal = Reveal()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class Lesson(Part):
    """A whole lesson."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    id: Id
    rev: Annotated[int, Field(ge=1)]
    locales: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], Field(min_length=1)
    ]
    title: Text
    summary: Text | None = None
    requires: tuple[Id, ...] = ()
    concepts: tuple[str, ...] = ()
    verified: dict[str, str] = {}
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    questions: tuple[Question, ...] = ()
    challenge: Challenge | None = None

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Lesson":
        steps = self.challenge.steps if self.challenge else ()
        for kind, items in (
            ("section", self.sections),
            ("question", self.questions),
            ("step", steps),
        ):
            seen: set[str] = set()
            for item in items:
                if item.id in seen:
                    raise ValueError(
                        f"two of the {kind}s have the id {item.id!r}; give each its own"
                    )
                seen.add(item.id)
        # What learners do at either is remembered by its id alone.
        questions = {question.id for question in self.questions}
        for step in steps:
            if step.id in questions:
                raise ValueError(
                    f"a question and a step have the same id {step.id!r}; give one of them another"
                )
        return self
