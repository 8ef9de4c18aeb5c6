"""The rules for graded code: sources that parse, inputs that can be drawn, checks that hold water."""

import ast
import keyword
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from bot.tutor.arrays import STORAGE
from bot.tutor.given import GivenError, draw, whole_numbers
from bot.tutor.lesson import (
    AvoidsCheck,
    Check,
    CodeQuestion,
    Expect,
    FnCheck,
    Given,
    Literally,
    StdoutCheck,
    Step,
    UsesCheck,
    VarCheck,
    WholeNumber,
)
from bot.tutor.sizes import SizeError, shape_of
from bot.yaml_source import KeyPath

Problem = tuple[KeyPath, str]
"""Where something is wrong, and what is wrong and what to write instead."""

Rounds = Sequence[Mapping[str, int]]
"""The whole numbers of a small, a shown and a large round."""

_SPELLING = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*|[^\w\s]{1,2}")


def graded_problems(
    graded: Step | CodeQuestion, given: Mapping[str, Given], path: KeyPath
) -> Iterator[Problem]:
    """Yield what is wrong with the sources, checks and help of a step or a code question."""
    if not graded.hints:
        yield path, "`hints` is missing; add at least one for whoever is stuck"
    yield from code_problems(graded.starter, (*path, "starter"))
    for index, solution in enumerate(graded.solutions):
        yield from code_problems(solution, (*path, "solutions", index))
    rounds = _rounds(given)
    for index, check in enumerate(graded.checks):
        yield from _check_problems(check, rounds, (*path, "checks", index))
    yield from _unproven(graded.checks, (*path, "checks"))
    for index, mistake in enumerate(graded.misconceptions):
        if mistake.when:
            place = (*path, "misconceptions", index, "when")
            yield from _expect_problems(mistake.when, rounds, place)


def code_problems(code: str, path: KeyPath) -> Iterator[Problem]:
    """Yield what keeps `code` from being Python."""
    error = _syntax_error(code, "exec")
    if error:
        yield path, f"not Python ({error}); correct it"


def name_problems(names: Iterable[tuple[str, KeyPath]]) -> Iterator[Problem]:
    """Yield the names that cannot be variables."""
    for name, path in names:
        if keyword.iskeyword(name):
            yield path, f"`{name}` is a word of Python's own; use another name"


def given_problems(given: Mapping[str, Given], path: KeyPath) -> Iterator[Problem]:
    """Yield the inputs that cannot be drawn, be it with the smallest or the largest numbers."""
    yield from name_problems((name, (*path, name)) for name in given)
    if "torch" in given:
        yield (*path, "torch"), "`torch` is the library itself; use another name"
    try:
        for each in _extremes(given):
            draw(each, 0, hidden=True)
    except GivenError as error:
        name = next((name for name in given if str(error).startswith(f"given {name}: ")), None)
        what = str(error).removeprefix(f"given {name}: ")
        yield (*path, name) if name else path, f"{what}; correct it"


# Inputs -----------------------------------------------------------------------------------------


def _extremes(given: Mapping[str, Given]) -> Iterator[dict[str, Given]]:
    """Yield `given` as it is and with every whole number at either end of its range."""
    yield dict(given)
    for end in (0, 1):
        yield {
            name: WholeNumber(int=how.hidden[end])
            if isinstance(how, WholeNumber) and how.hidden
            else how
            for name, how in given.items()
        }


def _rounds(given: Mapping[str, Given]) -> Rounds:
    numbers = {name: how for name, how in given.items() if isinstance(how, WholeNumber | Literally)}
    try:
        return [whole_numbers(draw(each, 0, hidden=False)) for each in _extremes(numbers)]
    except GivenError:  # said where it is written
        return []


# Checks -----------------------------------------------------------------------------------------


def _check_problems(check: Check, rounds: Rounds, path: KeyPath) -> Iterator[Problem]:
    match check:
        case VarCheck(var=name):
            yield from name_problems([(name, (*path, "var"))])
            yield from _expect_problems(check, rounds, path)
        case FnCheck(fn=name):
            yield from name_problems([(name, (*path, "fn"))])
            for index, argument in enumerate(check.args):
                yield from _expression_problems(argument, (*path, "args", index))
            yield from _expect_problems(check.returns, rounds, (*path, "returns"))
            if check.returns.grad is not None:
                fix = "return the gradient and use `equals`"
                yield (*path, "returns", "grad"), f"only a `var` has a gradient; {fix}"
        case UsesCheck(uses=names) | AvoidsCheck(avoids=names):
            key = "uses" if isinstance(check, UsesCheck) else "avoids"
            yield from _spelling_problems(names, (*path, key))
        case StdoutCheck():
            pass


def _spelling_problems(names: Sequence[str], path: KeyPath) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if not _SPELLING.fullmatch(name):
            what = "is no name, keyword or operator; write one a line, such as `for`, `view` or `@`"
            yield (*path, index), f"`{name}` {what}"


def _expect_problems(expect: Expect, rounds: Rounds, path: KeyPath) -> Iterator[Problem]:
    for key in ("equals", "grad"):
        text = getattr(expect, key)
        if text is not None:
            yield from _expression_problems(text, (*path, key))
    if expect.shape is not None:
        yield from _shape_problems(expect.shape, rounds, (*path, "shape"))
    dtype = (expect.dtype or "float32").removeprefix("torch.")
    if dtype not in STORAGE:
        yield (*path, "dtype"), f"`{dtype}` is no dtype; write one of {', '.join(STORAGE)}"
    if expect.raises is not None and not expect.raises.isidentifier():
        what = "is no name of an exception; write one such as `RuntimeError`"
        yield (*path, "raises"), f"`{expect.raises}` {what}"


def _shape_problems(
    shape: tuple[int | str, ...], rounds: Rounds, path: KeyPath
) -> Iterator[Problem]:
    try:
        for numbers in rounds:
            shape_of(shape, numbers)
    except SizeError as error:
        yield path, f"{error}; write sizes such as `[1, n]` or `[5*n]`"


def _unproven(checks: Sequence[Check], path: KeyPath) -> Iterator[Problem]:
    """Yield what is judged by what it says of itself: a jailed process can forge that."""
    proven: set[tuple[str, str]] = set()
    claims: dict[tuple[str, str], KeyPath] = {}
    for index, check in enumerate(checks):
        if not isinstance(check, VarCheck | FnCheck):
            continue
        expect = check if isinstance(check, VarCheck) else check.returns
        target = ("var", check.var) if isinstance(check, VarCheck) else ("fn", check.fn)
        if expect.equals or expect.grad or expect.raises:
            proven.add(target)
        else:
            claims.setdefault(target, (*path, index))
    for target, place in claims.items():
        if target not in proven:
            yield place, f"nothing compares the value of `{target[1]}`; add a check with `equals`"
    if not any(check.points for check in checks):
        yield path, "no check gives a point; give `points` to one that looks at a result"


# Python -----------------------------------------------------------------------------------------


def _expression_problems(text: str, path: KeyPath) -> Iterator[Problem]:
    error = _syntax_error(text.strip(), "eval")
    if error:
        yield path, f"`{text}` is no Python expression ({error}); write one such as `A @ B`"


def _syntax_error(code: str, mode: Literal["exec", "eval"]) -> str | None:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as for "\d": it runs all the same
            compile(code, "<lesson>", mode, flags, dont_inherit=True)
    except SyntaxError as error:
        return f"{error.msg}, line {error.lineno}" if mode == "exec" else error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or "nested too deeply"
    return None
