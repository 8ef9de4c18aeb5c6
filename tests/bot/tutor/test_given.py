from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.tutor.arrays import array_of
from bot.tutor.given import MAX_ELEMENTS, GivenError, draw, whole_numbers
from bot.tutor.lesson import Given
from sandbox.wire import ListValue, PlainValue, TensorValue, Value

SEEDS = st.integers(0, 2**64 - 1)


def read(**given: Any) -> dict[str, Given]:
    return TypeAdapter(dict[str, Given]).validate_python(given)


def tensor(value: Value) -> TensorValue:
    assert isinstance(value, TensorValue)
    return value


LESSON = read(
    n={"int": 10, "hidden": [3, 20]},
    F={"rand": ["n"]},
    W={"randn": ["n", 5], "requires_grad": True},
    labels={"randint": [-2, 3], "size": ["2*n"]},
    name={"value": "Ada"},
)


def test_same_seed_draws_the_same() -> None:
    assert draw(LESSON, 5, hidden=True) == draw(LESSON, 5, hidden=True)
    assert draw(LESSON, 5, hidden=True) != draw(LESSON, 6, hidden=True)


def test_public_round_has_the_written_size() -> None:
    values = draw(LESSON, 1, hidden=False)
    assert values["n"] == PlainValue(10)
    assert tensor(values["F"]).shape == (10,)
    assert tensor(values["W"]).shape == (10, 5)
    assert tensor(values["labels"]).shape == (20,)
    assert list(values) == list(LESSON)


@given(SEEDS)
def test_hidden_sizes_stay_in_their_range_and_never_repeat_a_round(seed: int) -> None:
    rounds: list[dict[str, Value]] = [draw(LESSON, 1, hidden=False)]
    for number in range(3):
        rounds.append(draw(LESSON, seed + number, hidden=True, unlike=rounds))
    sizes = [whole_numbers(values)["n"] for values in rounds]
    assert len(set(sizes)) == 4
    assert all(3 <= size <= 20 for size in sizes)


@given(SEEDS)
def test_both_ends_of_a_hidden_range_occur_where_the_rest_is_taken(seed: int) -> None:
    small = read(n={"int": 4, "hidden": [3, 5]})
    taken: list[dict[str, Value]] = [{"n": PlainValue(4)}, {"n": PlainValue(3)}]
    assert draw(small, seed, hidden=True, unlike=taken)["n"] == PlainValue(5)
    taken = [*taken, {"n": PlainValue(5)}]
    again = whole_numbers(draw(small, seed, hidden=True, unlike=taken))["n"]
    assert 3 <= again <= 5  # no room left: repeating is better than failing


def test_whole_number_without_hidden_range_stays() -> None:
    assert draw(read(n={"int": 7}), 3, hidden=True)["n"] == PlainValue(7)


@given(SEEDS)
def test_values_are_what_their_kind_promises(seed: int) -> None:
    values = draw(LESSON, seed, hidden=False)
    uniform, normal, labels = (array_of(tensor(values[name])) for name in ("F", "W", "labels"))
    assert uniform is not None
    assert normal is not None
    assert labels is not None
    assert (uniform.dtype, normal.dtype, labels.dtype) == (
        np.dtype("f4"),
        np.dtype("f4"),
        np.dtype("i8"),
    )
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert set(labels.tolist()) <= {-2, -1, 0, 1, 2}
    assert tensor(values["W"]).requires_grad
    assert not tensor(values["F"]).requires_grad


def test_another_input_leaves_the_others_as_they_were() -> None:
    more = {**read(extra={"rand": [100]}), **LESSON}
    before, after = draw(LESSON, 9, hidden=True), draw(more, 9, hidden=True)
    assert {name: after[name] for name in before} == before


def test_bytes_are_little_endian_and_row_by_row() -> None:
    values = draw(read(t={"value": [[1, 2], [3, 4]], "dtype": "int32"}), 0, hidden=False)
    assert tensor(values["t"]).data == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])


@pytest.mark.parametrize(
    ("value", "dtype", "data"),
    [
        (1.5, "float32", b"\x00\x00\xc0\x3f"),
        ([1.0], "bfloat16", b"\x80\x3f"),
        ([1.00390625], "bfloat16", b"\x80\x3f"),  # half-way goes to even
        ([1.01171875], "bfloat16", b"\x82\x3f"),
        ([float("nan")], "bfloat16", b"\xc0\x7f"),
        ([True, False, True], "bool", b"\x01\x00\x01"),
        ([-1], "int8", b"\xff"),
        ([2], "float16", b"\x00\x40"),
        ([], "int64", b""),
        ([1], "complex64", b"\x00\x00\x80\x3f\x00\x00\x00\x00"),
    ],
)
def test_literal_becomes_a_tensor_of_its_dtype(value: Any, dtype: str, data: bytes) -> None:
    drawn = draw(read(t={"value": value, "dtype": dtype}), 0, hidden=True)
    assert tensor(drawn["t"]).data == data
    assert tensor(drawn["t"]).dtype == dtype


def test_literal_without_dtype_stays_plain() -> None:
    drawn = draw(read(xs={"value": [1, [2.5, "a"], True]}), 0, hidden=True)
    inner = ListValue("list", (PlainValue(2.5), PlainValue("a")))
    assert drawn["xs"] == ListValue("list", (PlainValue(1), inner, PlainValue(True)))


def test_literal_int_can_be_a_size() -> None:
    drawn = draw(read(k={"value": 3}, t={"rand": ["k"]}), 0, hidden=True)
    assert tensor(drawn["t"]).shape == (3,)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"t": {"rand": ["k"]}}, "given t: 'k' is no given whole number"),
        ({"t": {"rand": [1000, 1000]}}, f"given t: .* {MAX_ELEMENTS} elements"),
        ({"t": {"rand": [400_000]}, "u": {"rand": [400_000]}}, f"given u: .* {MAX_ELEMENTS} el"),
        ({"n": {"int": 1, "hidden": [9, 3]}}, "given n: hidden"),
        ({"t": {"randint": [3, 3], "size": [2]}}, "given t: randint"),
        ({"t": {"value": [[1], [2, 3]], "dtype": "int64"}}, "given t: these values do not fit"),
        ({"t": {"value": [1.5], "dtype": "int64"}}, "given t: these values do not fit"),
        ({"t": {"value": [300], "dtype": "uint8"}}, "given t: these values do not fit"),
        ({"t": {"value": ["a"], "dtype": "float32"}}, "given t: these values do not fit"),
        ({"t": {"value": [1], "dtype": "quint8"}}, "given t: 'quint8' is no dtype"),
        ({"t": {"value": {"a": 1}}}, "given t: write a number"),
        ({"t": {"value": None}}, "given t: write a number"),
        ({"t": {"value": 2**70}}, "given t: whole numbers must fit 64 bits"),
    ],
)
def test_what_cannot_be_drawn_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(GivenError, match=says):
        draw(read(**given), 0, hidden=True)


def test_endless_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    with pytest.raises(GivenError, match="given t: write a number"):
        draw(read(t={"value": value}), 0, hidden=True)
