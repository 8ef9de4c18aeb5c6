"""Graded code: given values, checks, known mistakes, and the steps of a challenge."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from bot.tutor.lesson.terms import Id, Name, Part, Points, Source, Text, kind_of


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
    return kind_of(value, kinds)


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
    return kind_of(value, kinds)


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


class Graded(Part):
    starter: Source
    solutions: Annotated[tuple[Source, ...], Field(min_length=1)]
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
    misconceptions: tuple[Misconception, ...] = ()


class Step(Graded):
    """One step of a challenge; it starts from the reference state that the steps before it leave."""

    id: Id
    ask: Text
    hints: tuple[Text, ...] = ()
    explain: Text | None = None
