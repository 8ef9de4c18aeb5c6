import math
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.arrays import STORAGE, array_of, tensor_of
from bot.tutor.compare import MAX_DESCRIPTION, Aspect, Tolerance, describe, difference, kind_of
from sandbox.wire import (
    ListValue,
    MissingValue,
    OpaqueValue,
    PlainValue,
    RaisedValue,
    TensorValue,
    Value,
)
from tests.bot.tutor.hostile import VALUES

EXACT = Tolerance(rtol=0, atol=0)
USUAL = Tolerance()
ASPECTS: list[Aspect] = [
    "missing", "raised", "kind", "shape", "dtype", "device",
    "requires_grad", "values", "grad", "raises", "stdout", "source",
]  # fmt: skip


def tensor(values: Any, dtype: str = "float32") -> TensorValue:
    return tensor_of(values, dtype)


@pytest.mark.parametrize(
    ("found", "expected", "aspect"),
    [
        (tensor([1.0, 2.0]), tensor([1.0, 2.0]), None),
        (tensor([1.0, 2.000001]), tensor([1.0, 2.0]), None),
        (tensor([1.0, 2.1]), tensor([1.0, 2.0]), "values"),
        (tensor([[1.0, 2.0]]), tensor([1.0, 2.0]), "shape"),
        (tensor(1.0), tensor([1.0]), "shape"),  # nothing is broadcast
        (tensor([1.0]), tensor([1.0, 1.0]), "shape"),
        (tensor([1.0], "float64"), tensor([1.0]), "dtype"),
        (tensor([[1.0]], "float64"), tensor([1.0]), "shape"),
        (tensor([1], "int64"), tensor([1.0]), "dtype"),
        (tensor([2**53 + 1], "int64"), tensor([2**53], "int64"), "values"),
        (tensor([True], "bool"), tensor([True], "bool"), None),
        (tensor([True], "bool"), tensor([False], "bool"), "values"),
        (tensor([math.nan, 1.0]), tensor([math.nan, 1.0]), None),
        (tensor([1.0, math.nan]), tensor([math.nan, 1.0]), "values"),
        (tensor([0.0]), tensor([math.nan]), "values"),
        (tensor([math.inf]), tensor([math.inf]), None),
        (tensor([-math.inf]), tensor([math.inf]), "values"),
        (tensor([1e308], "float64"), tensor([-1e308], "float64"), "values"),
        (tensor([1.5], "bfloat16"), tensor([1.5], "bfloat16"), None),
        (tensor([1.5], "bfloat16"), tensor([1.25], "bfloat16"), "values"),
        (tensor([1.5], "float16"), tensor([1.25], "float16"), "values"),
        (tensor([1 + 2j], "complex64"), tensor([1 + 2j], "complex64"), None),
        (tensor([1 + 2j], "complex64"), tensor([1 - 2j], "complex64"), "values"),
        (tensor(np.zeros((0, 3))), tensor(np.zeros((0, 3))), None),
        (tensor(np.zeros((3, 0))), tensor(np.zeros((0, 3))), "shape"),
        (PlainValue(1.0), tensor(1.0), "kind"),
        (MissingValue("x"), tensor(1.0), "kind"),
        (RaisedValue("E", ""), tensor(1.0), "kind"),
        (PlainValue(3), PlainValue(3), None),
        (PlainValue(3.0), PlainValue(3), "kind"),
        (PlainValue(value=True), PlainValue(1), "kind"),
        (PlainValue(None), PlainValue(value=False), "kind"),
        (PlainValue("a"), PlainValue("a"), None),
        (PlainValue("a"), PlainValue("b"), "values"),
        (PlainValue(0.1 + 0.2), PlainValue(0.3), None),
        (PlainValue(math.nan), PlainValue(math.nan), None),
        (PlainValue(math.inf), PlainValue(1.0), "values"),
        (ListValue("list", (PlainValue(1),)), ListValue("list", (PlainValue(1),)), None),
        (ListValue("list", (PlainValue(1),)), ListValue("tuple", (PlainValue(1),)), "kind"),
        (ListValue("list", ()), ListValue("list", (PlainValue(1),)), "shape"),
        (ListValue("list", (PlainValue(2),)), ListValue("list", (PlainValue(1),)), "values"),
        (RaisedValue("E", "at 0x7f12"), RaisedValue("E", "at 0x9abc"), None),
        (RaisedValue("E", "a"), RaisedValue("E", "b"), "raised"),
        (OpaqueValue("dict"), OpaqueValue("dict"), None),
        (OpaqueValue("dict"), OpaqueValue("set"), "kind"),
    ],
)
def test_first_difference_is_named(found: Value, expected: Value, aspect: Aspect | None) -> None:
    assert difference(found, expected, USUAL) == aspect


def test_tolerance_is_the_checks_own() -> None:
    near, one = tensor([1.01]), tensor([1.0])
    assert difference(near, one, USUAL) == "values"
    assert difference(near, one, Tolerance(rtol=0, atol=0.02)) is None
    assert difference(near, one, Tolerance(rtol=0.02, atol=0)) is None
    assert difference(tensor([1.0000001]), one, EXACT) == "values"


@pytest.mark.parametrize(
    "forged",
    [
        TensorValue(dtype="float32", shape=(2,), data=b"\x00" * 4),  # too short
        TensorValue(dtype="float32", shape=(2,), data=b"\x00" * 12),  # too long
        TensorValue(dtype="float32", shape=(-1, -2), data=b"\x00" * 8),
        TensorValue(dtype="float32", shape=(2**62, 4), data=b""),  # wraps round to 0 in 64 bits
        TensorValue(dtype="float32", shape=(2**63 - 1, 0), data=b""),
        TensorValue(dtype="float32", shape=(1,) * 33, data=b"\x00" * 4),
        TensorValue(dtype="float32", shape=(2**62,) * 100_000, data=b""),
        TensorValue(dtype="float33", shape=(1,), data=b"\x00" * 4),
        TensorValue(dtype="", shape=(), data=b""),
    ],
)
def test_tensor_that_does_not_fit_itself_is_none(forged: TensorValue) -> None:
    assert array_of(forged) is None or (forged.data == b"" and 0 in forged.shape)
    assert difference(forged, tensor([1.0, 2.0]), USUAL) is not None
    for aspect in ASPECTS:
        assert len(describe(forged, aspect)) <= MAX_DESCRIPTION


@given(st.sampled_from(sorted(STORAGE)), st.binary(max_size=32))
def test_any_bytes_of_a_dtype_agree_with_themselves(dtype: str, data: bytes) -> None:
    size = {"bool": 1, "bfloat16": 2}.get(dtype, np.dtype(STORAGE[dtype]).itemsize)
    whole = data[: len(data) // size * size]
    value = TensorValue(dtype=dtype, shape=(len(whole) // size,), data=whole)
    assert difference(value, value, EXACT) is None
    assert describe(value, "values")


@given(VALUES, VALUES, st.sampled_from(ASPECTS))
def test_nothing_a_process_sends_makes_comparing_raise(
    found: Value, expected: Value, aspect: Aspect
) -> None:
    assert difference(found, expected, USUAL) in (None, *ASPECTS)
    text = describe(found, aspect)
    assert len(text) <= MAX_DESCRIPTION
    assert "\n" not in text
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Zl", "Zp"}
    assert kind_of(found) is not None


def test_number_too_long_to_write_down_is_described_by_its_kind() -> None:
    assert describe(PlainValue(10**5000), "values") == "int"
    assert difference(PlainValue(10**5000), PlainValue(1), USUAL) == "values"
    endless = TensorValue(dtype="float32", shape=(10**5000, 2), data=b"")
    assert describe(endless, "shape") == "(-1, 2)"


def test_deeper_nesting_than_expected_is_not_followed() -> None:
    deep: Value = PlainValue(1)
    for _ in range(100_000):
        deep = ListValue("list", (deep,))
    assert difference(deep, ListValue("list", (PlainValue(1),)), USUAL) == "kind"
    assert describe(deep, "values") == "list"


@pytest.mark.parametrize(
    ("value", "aspect", "text"),
    [
        (tensor(np.zeros(10)), "shape", "(10,)"),
        (tensor([1.0], "float64"), "dtype", "float64"),
        (tensor([1.0]), "device", "cpu"),
        (tensor([1.0]), "requires_grad", "False"),
        (tensor([1.0, 2.5]), "values", "[1. , 2.5]"),
        (PlainValue(None), "grad", "None"),
        (PlainValue("a\nb"), "values", r"'a\nb'"),
        (PlainValue(3), "kind", "int"),
        (ListValue("tuple", (PlainValue(1),)), "shape", "tuple, 1"),
        (OpaqueValue("dict"), "kind", "dict"),
        (MissingValue("x"), "missing", "missing"),
        (
            RaisedValue("RuntimeError", "view size\n is bad"),
            "raised",
            "RuntimeError: view size is bad",
        ),
    ],
)
def test_description_is_short_and_in_no_language(value: Value, aspect: Aspect, text: str) -> None:
    assert describe(value, aspect) == text
