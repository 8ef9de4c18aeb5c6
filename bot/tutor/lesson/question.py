"""The seven kinds of questions, each with what it needs to be answered and marked."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.tutor.lesson.graded import Given, Graded
from bot.tutor.lesson.terms import Id, Name, Part, Source, Text


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


class CodeQuestion(_Question, Graded):
    """Answer with code, graded like a challenge step."""

    type: Literal["code"]
    given: dict[Name, Given] = Field(default={})


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
