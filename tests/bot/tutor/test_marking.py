import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.tutor.lesson import Question
from bot.tutor.marking import MarkedQuestion, UnreadableResponse, mark, predicted
from sandbox.wire import CellError, Exports

LETTERS = {
    "a": {"text": "A", "correct": True},
    "b": {"text": "B", "say": "not b"},
    "c": {"text": "C", "correct": True, "say": "unused"},
    "d": {"text": "D", "say": "not d"},
}


def ask(**question: Any) -> MarkedQuestion:
    read: Any = TypeAdapter(Question).validate_python({"id": "q", "ask": "?", **question})
    assert read.type != "code"
    return read  # type: ignore[no-any-return]


def said(question: MarkedQuestion, *response: str, key: str | None = None) -> list[str]:
    return [text.in_("en") for text in mark(question, response, key).say]


SINGLE = ask(type="single", options={"a": LETTERS["a"], "b": LETTERS["b"]})
MULTI = ask(type="multi", options=LETTERS)


def test_single_right_pick_earns_the_point() -> None:
    marked = mark(SINGLE, ("a",))
    assert (marked.correct, marked.points, marked.max_points, marked.say) == (True, 1.0, 1.0, ())


def test_single_wrong_pick_hears_its_own_feedback() -> None:
    assert not mark(SINGLE, ("b",)).correct
    assert said(SINGLE, "b") == ["not b"]


@pytest.mark.parametrize("response", [(), ("z",), ("a", "b"), ("",)])
def test_single_answer_that_is_no_option_is_unreadable(response: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableResponse) as caught:
        mark(SINGLE, response)
    assert caught.value.reason == "option"


@pytest.mark.parametrize(
    ("response", "points", "correct", "says"),
    [
        (("a", "c"), 1.0, True, []),
        (("c", "a", "a"), 1.0, True, []),
        (("a",), 0.5, False, []),
        (("a", "b"), 0.0, False, ["not b"]),
        (("a", "b", "c"), 0.5, False, ["not b"]),
        (("d", "b"), 0.0, False, ["not b", "not d"]),
        (("a", "b", "c", "d"), 0.0, False, ["not b", "not d"]),
        ((), 0.0, False, []),
    ],
)
def test_multi_adds_right_and_takes_away_wrong(
    response: tuple[str, ...], points: float, correct: bool, says: list[str]
) -> None:
    marked = mark(MULTI, response)
    assert (marked.points, marked.correct) == (points, correct)
    assert said(MULTI, *response) == says


def test_multi_with_an_unknown_option_is_unreadable() -> None:
    with pytest.raises(UnreadableResponse):
        mark(MULTI, ("a", "zz"))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", 3.0),
        (" +3.0 ", 3.0),
        ("-2", -2.0),
        ("−2", -2.0),
        ("1e-5", 1e-5),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1/4", 0.25),
        ("- 1 / 4", -0.25),
        ("½", 0.5),
        ("1,000", 1000.0),
        ("12,345,678.5", 12345678.5),
        ("１２．５", 12.5),
        ("６４개", 64.0),
        ("64 바이트입니다.", 64.0),
        ("0.1", 0.1),
    ],
)
def test_number_is_read_the_way_it_is_typed(typed: str, number: float) -> None:
    assert mark(ask(type="numeric", answer=number), (typed,)).correct


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "1,5", "1,0000", "1 2", "1/0", "3만", "이십", "nan", "inf", "1e999", "0x10", "1_000",
     "1e-5e", "--1", "10k", "9" * 100, "1/2/3", "십"],
)  # fmt: skip
def test_what_is_no_number_is_unreadable(typed: str) -> None:
    with pytest.raises(UnreadableResponse) as caught:
        mark(ask(type="numeric", answer=1), (typed,))
    assert caught.value.reason == "number"


def test_numeric_tolerance_and_feedback_by_value_and_range() -> None:
    question = ask(
        type="numeric",
        answer=32,
        tolerance=0.5,
        wrong=[{"value": 16, "say": "half"}, {"range": [33, 100], "say": "too many"}],
    )
    assert mark(question, ("32.5",)).correct
    assert not mark(question, ("32.6",)).correct
    assert said(question, "16") == ["half"]
    assert said(question, "64") == ["too many"]
    assert said(question, "32") == []
    assert said(question, "1") == []


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_unreadable(typed: str) -> None:
    with contextlib.suppress(UnreadableResponse):
        assert mark(ask(type="numeric", answer=1), (typed,)).points in (0.0, 1.0)


TEXT = ask(
    type="text",
    accept=["unsqueeze", "텐서"],
    pattern=r"torch\.unsqueeze(\(.*\))?",
    wrong=[{"match": ["squeeze"], "say": "other way"}],
)


@pytest.mark.parametrize(
    "typed",
    [
        "unsqueeze",
        "  UNSQUEEZE\n",
        "ｕｎｓｑｕｅｅｚｅ",
        "텐서",
        "\u1110\u1166\u11ab\u1109\u1165",
        "Torch.unsqueeze(F, 0)",
    ],
)
def test_text_is_folded_before_it_is_compared(typed: str) -> None:
    assert mark(TEXT, (typed,)).correct


@pytest.mark.parametrize("typed", ["", "unsqueeze it", "xtorch.unsqueeze", "u" * 5000])
def test_other_text_is_wrong(typed: str) -> None:
    assert not mark(TEXT, (typed,)).correct


def test_wrong_text_hears_its_own_feedback() -> None:
    assert said(TEXT, "Squeeze") == ["other way"]


PREDICT = ask(type="predict", code="print(1)", wrong=[{"match": ["[1, 10]"], "say": "a Size"}])


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("torch.Size([1, 10])\n", "torch.Size([1, 10])"),
        ("torch.Size([1, 10])\n", " torch.Size( [1,10] )  "),
        ("torch.Size([1, 10])\n", "ｔｏｒｃｈ．Ｓｉｚｅ（［１，１０］）"),
        ("a  \nb\n\n", "a\nb"),
        ("tensor([[1, 2],\n        [3, 4]])\n", "tensor([[1, 2], [3, 4]])"),
        ("", "Nothing"),
        ("", "없음"),
        ("\n", "nothing."),
        ("", ""),
        ("RuntimeError: shapes differ", "Error"),
        ("RuntimeError: shapes differ", "오류"),
        ("RuntimeError: shapes differ", "RuntimeError"),
        ("RuntimeError: shapes differ", "RuntimeError: other words"),
        ("torch.Size([1])\nRuntimeError: bad", "torch.Size([1])\nerror"),
        ("torch.Size([1])\nRuntimeError: bad", "에러"),
        ("Error", "Error"),
    ],
)
def test_prediction_is_right(key: str, typed: str) -> None:
    assert mark(PREDICT, (typed,), key).correct


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("12\n", "1 2"),
        ("1\n2\n", "12"),
        ("1\n2\n", "1 2"),
        ("A\n", "a"),
        ("1\n", "Nothing"),
        ("1\n", "Error"),
        ("", "Error"),
        ("1\nRuntimeError: bad", "2\nError"),
        ("RuntimeError: bad", "ValueError"),
        ("RuntimeError: bad", "Nothing"),
        ("1\n", "x" * 5000),
    ],
)
def test_prediction_is_wrong(key: str, typed: str) -> None:
    assert not mark(PREDICT, (typed,), key).correct


def test_wrong_prediction_hears_its_own_feedback() -> None:
    assert said(PREDICT, "[1,10]", key="torch.Size([1, 10])") == ["a Size"]


def test_prediction_without_key_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        mark(PREDICT, ("1",))


def test_key_of_code_that_raises_ends_like_its_traceback() -> None:
    error = CellError(type="RuntimeError", message="bad\nworse", line=2, traceback="…")
    found = Exports(
        status="error", values={}, state={}, error=error, failed_cell=0, exited=False, stdout="1\n",
        seconds=0.0,
    )  # fmt: skip
    assert predicted(found) == "1\nRuntimeError: bad"


ORDER = ask(
    type="order",
    items={
        "forward": {"text": "f"},
        "zero": {"text": "z"},
        "backward": {"text": "b", "after": ["forward", "zero"]},
        "step": {"text": "s", "after": ["backward"]},
    },
)


@pytest.mark.parametrize("first", [("forward", "zero"), ("zero", "forward")])
def test_every_order_that_respects_the_constraints_is_right(first: tuple[str, ...]) -> None:
    marked = mark(ORDER, (*first, "backward", "step"))
    assert (marked.correct, marked.points, marked.misplaced) == (True, 1.0, None)


def test_first_misplaced_item_is_named() -> None:
    marked = mark(ORDER, ("forward", "step", "backward", "zero"))
    assert (marked.correct, marked.points, marked.misplaced) == (False, 0.0, "step")


@pytest.mark.parametrize(
    "response", [(), ("forward",), ("forward", "zero", "backward", "backward")]
)
def test_order_of_other_items_is_unreadable(response: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableResponse) as caught:
        mark(ORDER, response)
    assert caught.value.reason == "order"
