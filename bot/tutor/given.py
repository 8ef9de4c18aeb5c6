"""Draws the inputs of graded code: the same for the same seed, and never too large."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bot.tutor.arrays import tensor_of
from bot.tutor.lesson import Given, Literally, Rand, RandInt, Randn, WholeNumber
from bot.tutor.sizes import SizeError, shape_of
from sandbox.wire import ListValue, PlainValue, TensorValue, Value

MAX_ELEMENTS = 500_000
"""Elements of all given tensors of a round together: 4 MB as int64."""

MAX_NESTING = 16
"""Lists in lists in a literal value."""


class GivenError(ValueError):
    """A `given` entry that cannot be drawn; the message names it and says why."""


def draw(
    given: Mapping[str, Given],
    seed: int,
    *,
    hidden: bool,
    unlike: Sequence[Mapping[str, Value]] = (),
) -> dict[str, Value]:
    """Return the inputs of one round by name, in the order of `given`.

    Whole numbers keep their `int` in the public round; in hidden ones they are drawn from `hidden`,
    avoiding what they were in the rounds `unlike` where the range has room for that. Each name has
    its own stream, so adding an input leaves the others as they were. Raises `GivenError`.
    """
    values: dict[str, Value] = {}
    for name, how in given.items():
        if isinstance(how, WholeNumber):
            taken = {
                number for one in unlike if (number := whole_numbers(one).get(name)) is not None
            }
            values[name] = PlainValue(_whole_number(name, how, seed, taken if hidden else None))
        elif isinstance(how, Literally):
            values[name] = _literal(name, how)
    names = whole_numbers(values)
    room = MAX_ELEMENTS - sum(_elements(value) for value in values.values())
    for name, how in given.items():
        if isinstance(how, Rand | Randn | RandInt):
            tensor = _random(name, how, seed, names, room)
            room -= math.prod(tensor.shape)
            values[name] = tensor
    return {name: values[name] for name in given}


def whole_numbers(values: Mapping[str, Value]) -> dict[str, int]:
    """Return the values that sizes may be written with: ints, but no bools."""
    return {
        name: value.value
        for name, value in values.items()
        if isinstance(value, PlainValue) and type(value.value) is int
    }


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, *name.encode()])


def _whole_number(name: str, how: WholeNumber, seed: int, taken: set[int] | None) -> int:
    if taken is None or how.hidden is None:
        return how.int
    low, high = how.hidden
    if low > high:
        raise GivenError(f"given {name}: hidden [{low}, {high}] is empty; write the smaller first")
    avoided = sorted(number for number in taken if low <= number <= high)
    choices = high - low + 1 - len(avoided)
    if choices <= 0:
        avoided, choices = [], high - low + 1
    drawn = low + int(_stream(seed, name).integers(choices))
    for number in avoided:  # ascending: stepping over each keeps the draw uniform
        drawn += drawn >= number
    return drawn


def _random(
    name: str, how: Rand | Randn | RandInt, seed: int, names: Mapping[str, int], room: int
) -> TensorValue:
    shape = _shape(name, _sizes(how), names, room)
    stream = _stream(seed, name)
    match how:
        case Rand(requires_grad=requires_grad):
            values: Any = stream.random(shape, dtype=np.float32)
            return tensor_of(values, "float32", requires_grad=requires_grad)
        case Randn(requires_grad=requires_grad):
            values = stream.standard_normal(shape, dtype=np.float32)
            return tensor_of(values, "float32", requires_grad=requires_grad)
        case RandInt(randint=(low, high)):
            if not -(2**63) <= low < high <= 2**63:
                raise GivenError(f"given {name}: randint needs [low, high] with low < high")
            return tensor_of(stream.integers(low, high, size=shape, dtype=np.int64), "int64")


def _sizes(how: Rand | Randn | RandInt) -> tuple[int | str, ...]:
    match how:
        case Rand(rand=sizes) | Randn(randn=sizes) | RandInt(size=sizes):
            return sizes


def _shape(
    name: str, sizes: tuple[int | str, ...], names: Mapping[str, int], room: int
) -> tuple[int, ...]:
    try:
        shape = shape_of(sizes, names)
    except SizeError as error:
        raise GivenError(f"given {name}: {error}") from error
    if math.prod(shape) > room:
        raise GivenError(
            f"given {name}: all given tensors together may hold {MAX_ELEMENTS} elements"
        )
    return shape


def _literal(name: str, how: Literally) -> Value:
    if how.dtype is None:
        return _plain(name, how.value, MAX_NESTING)
    _plain(name, how.value, MAX_NESTING)  # refuses what is no number, string or list of them
    try:
        return tensor_of(how.value, how.dtype)
    except ValueError as error:
        raise GivenError(f"given {name}: {error}") from error


def _plain(name: str, value: Any, depth: int) -> PlainValue | ListValue:
    if isinstance(value, list | tuple) and depth > 0:
        items = tuple(_plain(name, item, depth - 1) for item in value)
        return ListValue("list", items)
    if type(value) is int and abs(value) >= 2**63:
        raise GivenError(f"given {name}: whole numbers must fit 64 bits")
    if type(value) in (bool, int, float, str):
        return PlainValue(value)
    raise GivenError(f"given {name}: write a number, true or false, a string, or lists of them")


def _elements(value: Value) -> int:
    match value:
        case TensorValue(shape=shape):
            return math.prod(shape)
        case ListValue(items=items):
            return sum(_elements(item) for item in items)
        case _:
            return 1
