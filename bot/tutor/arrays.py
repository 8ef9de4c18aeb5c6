"""Turns tensors that crossed the sandbox's boundary into NumPy arrays and back, believing nothing."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sandbox.wire import TensorValue

Array = NDArray[Any]

BFLOAT16: Final = "bfloat16"

STORAGE: Final[dict[str, str]] = {
    "bool": "|u1",
    "uint8": "|u1",
    "int8": "|i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "float16": "<f2",
    BFLOAT16: "<u2",
    "float32": "<f4",
    "float64": "<f8",
    "complex64": "<c8",
    "complex128": "<c16",
}
"""What the bytes of each dtype are: NumPy has no bfloat16, so its bits travel as uint16."""

MAX_AXES: Final = 32
"""More axes than any lesson has; without a limit the product of a forged shape would take forever."""


def array_of(tensor: TensorValue) -> Array | None:
    """Return the tensor's values, or None where dtype, shape and bytes do not fit each other.

    bool arrives as bool, bfloat16 as the same values in float32, all else as its own dtype.
    """
    storage = STORAGE.get(tensor.dtype)
    if storage is None or len(tensor.shape) > MAX_AXES or any(size < 0 for size in tensor.shape):
        return None
    # Python's integers do not overflow, so a forged shape cannot wrap round to the right length.
    if math.prod(tensor.shape) * np.dtype(storage).itemsize != len(tensor.data):
        return None
    try:
        raw = np.frombuffer(tensor.data, dtype=storage).reshape(tensor.shape)
    except (ValueError, OverflowError):  # an empty tensor can still have an axis too long for NumPy
        return None
    return _interpreted(raw, tensor.dtype)


def _interpreted(raw: Array, dtype: str) -> Array:
    if dtype == "bool":
        return np.not_equal(raw, 0)
    if dtype == BFLOAT16:
        bits: Array = raw.astype("<u4") << 16
        return bits.view("<f4")
    return raw


def tensor_of(
    values: Array | Sequence[Any], dtype: str, *, requires_grad: bool = False
) -> TensorValue:
    """Return `values` as a tensor of `dtype`.

    Raises `ValueError` for an unknown dtype, for values it cannot hold and for a ragged list.
    """
    if dtype not in STORAGE:
        raise ValueError(f"{dtype!r} is no dtype that can be given; there are {', '.join(STORAGE)}")
    try:
        array = np.asarray(values)
        with np.errstate(over="ignore"):
            held = np.ascontiguousarray(_stored(array, dtype)).reshape(array.shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"these values do not fit a {dtype} tensor: {error}") from error
    return TensorValue(
        dtype=dtype, shape=held.shape, data=held.tobytes(), requires_grad=requires_grad
    )


def _stored(array: Array, dtype: str) -> Array:
    if array.dtype.kind not in "biufc":
        raise ValueError("write numbers, or lists of numbers that are equally long")
    if dtype == "bool":
        return np.not_equal(array, 0).astype("|u1")
    if dtype == BFLOAT16:
        return _rounded_to_bfloat16(array.astype("<f4"))
    if array.dtype.kind in "iu" and np.dtype(STORAGE[dtype]).kind in "iu":
        limits = np.iinfo(STORAGE[dtype])
        if array.size and (int(array.min()) < limits.min or int(array.max()) > limits.max):
            raise ValueError(f"it holds {limits.min} to {limits.max}")
    loses_something = array.dtype.kind in "fc" and array.size > 0
    return array.astype(STORAGE[dtype], casting="same_kind" if loses_something else "unsafe")


def _rounded_to_bfloat16(values: Array) -> Array:
    """Return the upper half of each float32, rounded to the nearest with ties to even."""
    bits = values.view("<u4")
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    # Rounding would carry a NaN's low bits into the sign; keep it a quiet NaN instead.
    return np.where(np.isnan(values), 0x7FC0, rounded).astype("<u2")
