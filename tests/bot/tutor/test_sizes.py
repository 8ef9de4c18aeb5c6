import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.sizes import MAX_SIZE, SizeError, shape_of, size_of


@pytest.mark.parametrize(
    ("size", "value"),
    [(3, 3), ("n", 7), ("5*n", 35), ("n + m", 9), ("(n + 1) // m", 4), ("n*n - 9", 40), (" 4 ", 4)],
)
def test_size_is_worked_out_from_given_numbers(size: int | str, value: int) -> None:
    assert size_of(size, {"n": 7, "m": 2}) == value


@pytest.mark.parametrize(
    "size",
    [
        "k",
        "n - 8",
        -1,
        "n // (m - 2)",
        "n / m",
        "n ** m",
        "-n",
        "True",
        "1.5",
        "n.real",
        "n()",
        "[n]",
        "n if m else 1",
        "__import__('os')",
        "n\x00",
        "",
        "n +",
        "n" * 500,
        "(" * 90,
    ],
)
def test_anything_else_is_refused_in_one_sentence(size: int | str) -> None:
    with pytest.raises(SizeError) as caught:
        size_of(size, {"n": 7, "m": 2})
    assert "\n" not in str(caught.value)


def test_numbers_cannot_grow_without_end() -> None:
    with pytest.raises(SizeError, match="more than a lesson can use"):
        size_of("*".join(["999999"] * 12), {})
    assert size_of(MAX_SIZE, {}) == MAX_SIZE


def test_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(SizeError, match=r"'k' is no given whole number \(there are: m, n\)"):
        shape_of((1, "k"), {"n": 1, "m": 1})


@given(st.text(max_size=120))
def test_no_text_does_more_than_raise_size_error(text: str) -> None:
    with contextlib.suppress(SizeError):
        assert size_of(text, {"n": 3}) >= 0
