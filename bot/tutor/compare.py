"""Compares values that left the sandbox: kind, then shape, dtype and values, without broadcasting."""

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.tutor.arrays import MAX_AXES, array_of
from bot.tutor.clean import clean
from sandbox.wire import (
    ListValue,
    MissingValue,
    OpaqueValue,
    PlainValue,
    RaisedValue,
    TensorValue,
    Value,
)

Aspect = Literal[
    "missing",
    "raised",
    "kind",
    "shape",
    "dtype",
    "device",
    "requires_grad",
    "values",
    "grad",
    "raises",
    "stdout",
    "source",
]
"""What about a result was not as it should be."""

MAX_DESCRIPTION = 160
"""Longest description, in characters."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far floating-point values may be apart: `atol + rtol * |expected|`."""

    rtol: float = 1e-5
    atol: float = 1e-6


def difference(found: Value, expected: Value, tolerance: Tolerance) -> Aspect | None:
    """Return the first aspect in which `found` is not `expected`, or None where they agree.

    `found` may be anything a hostile process sends. `expected` steers the recursion, so that the
    depth is its own. NaN agrees with NaN in the same place.
    """
    match expected:
        case TensorValue():
            return _tensors_differ(found, expected, tolerance)
        case PlainValue():
            return _plain_values_differ(found, expected, tolerance)
        case ListValue():
            return _lists_differ(found, expected, tolerance)
        case RaisedValue():
            same = isinstance(found, RaisedValue) and same_error(found, expected)
            return None if same else "raised"
        case MissingValue():
            return None if isinstance(found, MissingValue) else "kind"
        case OpaqueValue(kind=kind):
            same = isinstance(found, OpaqueValue) and _no_addresses(found.kind) == _no_addresses(
                kind
            )
            return None if same else "kind"


def same_error(one: RaisedValue, other: RaisedValue) -> bool:
    """Tell whether two errors have the same type and text, addresses in memory aside."""
    return one.type == other.type and _no_addresses(one.message) == _no_addresses(other.message)


def _no_addresses(text: str) -> str:
    return _ADDRESS.sub("0x", text)


def _tensors_differ(found: Value, expected: TensorValue, tolerance: Tolerance) -> Aspect | None:
    if not isinstance(found, TensorValue):
        return "kind"
    if found.shape != expected.shape:
        return "shape"
    if found.dtype != expected.dtype:
        return "dtype"
    ours, theirs = array_of(expected), array_of(found)
    if ours is None or theirs is None:
        return "kind"
    if ours.dtype.kind not in "fc":
        return None if np.array_equal(theirs, ours) else "values"
    wide = np.complex128 if ours.dtype.kind == "c" else np.float64
    with np.errstate(all="ignore"):
        close = np.isclose(
            theirs.astype(wide),
            ours.astype(wide),
            rtol=tolerance.rtol,
            atol=tolerance.atol,
            equal_nan=True,
        )
    return None if bool(close.all()) else "values"


def _plain_values_differ(found: Value, expected: PlainValue, tolerance: Tolerance) -> Aspect | None:
    if not isinstance(found, PlainValue) or type(found.value) is not type(expected.value):
        return "kind"
    if isinstance(found.value, float) and isinstance(expected.value, float):
        return None if _close(found.value, expected.value, tolerance) else "values"
    return None if found.value == expected.value else "values"


def _close(found: float, expected: float, tolerance: Tolerance) -> bool:
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return True
    if not (math.isfinite(found) and math.isfinite(expected)):
        return False
    return abs(found - expected) <= tolerance.atol + tolerance.rtol * abs(expected)


def _lists_differ(found: Value, expected: ListValue, tolerance: Tolerance) -> Aspect | None:
    if not isinstance(found, ListValue) or found.kind != expected.kind:
        return "kind"
    if len(found.items) != len(expected.items):
        return "shape"
    pairs = zip(found.items, expected.items, strict=True)
    return next(
        (aspect for one, other in pairs if (aspect := difference(one, other, tolerance))), None
    )


# In words ---------------------------------------------------------------------------------------


def describe(value: Value, aspect: Aspect) -> str:
    """Say in one short line, in no language, what `value` has where `aspect` was looked at."""
    match value, aspect:
        case MissingValue(), _:
            return "missing"
        case RaisedValue(type=kind, message=message), _:
            return printable(f"{kind}: {message}")
        case TensorValue(), _:
            return _described_tensor(value, aspect)
        case ListValue(kind=kind, items=items), "shape":
            return f"{kind}, {len(items)}"
        case PlainValue(value=plain), "values" | "grad":
            return _described_plain(plain)
        case _:
            return kind_of(value)


def kind_of(value: Value) -> str:
    """Return the name of the value's Python type."""
    match value:
        case TensorValue():
            return "torch.Tensor"
        case PlainValue(value=plain):
            return "None" if plain is None else type(plain).__name__
        case ListValue(kind=kind):
            return kind
        case OpaqueValue(kind=kind):
            return printable(kind)
        case RaisedValue(type=kind):
            return printable(kind)
        case MissingValue():
            return "missing"


def printable(text: str) -> str:
    """Return `text` on one line, made safe to show and cut to size."""
    return clean(" ".join(text[: 4 * MAX_DESCRIPTION].split()), MAX_DESCRIPTION)


def _described_plain(plain: float | str | None) -> str:
    if isinstance(plain, int) and abs(plain) >= 2**64:  # no 64-bit frame carries it
        return "int"
    return printable(repr(plain[:MAX_DESCRIPTION] if isinstance(plain, str) else plain))


def _described_tensor(tensor: TensorValue, aspect: Aspect) -> str:
    match aspect:
        case "shape":
            return _described_shape(tensor.shape)
        case "dtype":
            return printable(tensor.dtype)
        case "device":
            return printable(tensor.device)
        case "requires_grad":
            return str(tensor.requires_grad)
        case "values" | "grad":
            return _preview(tensor)
        case _:
            return "torch.Tensor"


def _described_shape(shape: tuple[int, ...]) -> str:
    known = tuple(size if 0 <= size < 2**63 else -1 for size in shape[:MAX_AXES])
    return printable(str(known))


def _preview(tensor: TensorValue) -> str:
    array = array_of(tensor)
    if array is None:
        return "torch.Tensor"
    return printable(np.array2string(array, precision=4, threshold=12, edgeitems=2, separator=", "))
