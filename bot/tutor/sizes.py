"""Works out sizes such as `5*n` from whole numbers, and nothing more powerful than that."""

import ast
import operator
from collections.abc import Callable, Mapping

MAX_CHARS = 100
"""Longest size expression, in characters."""

MAX_SIZE = 2**40
"""Largest number that may occur on the way; no tensor of a lesson comes near it."""

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


class SizeError(ValueError):
    """A size that cannot be worked out; the message says why."""


def size_of(size: int | str, names: Mapping[str, int]) -> int:
    """Return the value of `size`: a number, or an expression over `names` with + - * // and ().

    Raises `SizeError` for anything else, for unknown names and for negative results.
    """
    value = size if isinstance(size, int) else _evaluate(_parse(size), names)
    if value < 0:
        raise SizeError(f"the size {size!r} is negative")
    return value


def shape_of(sizes: tuple[int | str, ...], names: Mapping[str, int]) -> tuple[int, ...]:
    """Return the sizes of every axis. Raises `SizeError`."""
    return tuple(size_of(size, names) for size in sizes)


def _parse(text: str) -> ast.expr:
    if len(text) > MAX_CHARS:
        raise SizeError(f"a size of {len(text)} characters is over the limit of {MAX_CHARS}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SizeError(f"the size {text!r} is no expression; write something like 2*n") from error


def _evaluate(node: ast.expr, names: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            value = number
        case ast.Name(id=name):
            value = _named(name, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            value = _apply(type(op), _evaluate(left, names), _evaluate(right, names))
        case _:
            raise SizeError("a size may hold whole numbers, given names, + - * // and parentheses")
    if abs(value) > MAX_SIZE:
        raise SizeError(f"a size over {MAX_SIZE} is more than a lesson can use")
    return value


def _named(name: str, names: Mapping[str, int]) -> int:
    if name not in names:
        known = ", ".join(sorted(names)) or "none"
        raise SizeError(f"{name!r} is no given whole number (there are: {known})")
    return names[name]


def _apply(op: type[ast.operator], left: int, right: int) -> int:
    try:
        return _OPERATORS[op](left, right)
    except ZeroDivisionError as error:
        raise SizeError("a size divides by zero") from error
