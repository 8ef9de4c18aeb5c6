"""Output looks as it would in a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.screen import shown
from sandbox.wire import Stream


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a\nb\n", "a\nb\n"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("longer\rab", "abnger"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("ab\bc", "ac"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("", ""),
    ],
)
def test_cursor_movements_act_within_a_line(written: str, seen: str) -> None:
    assert "".join(text for _, text in shown([("stdout", written)])) == seen


def test_a_progress_bar_ends_as_one_line() -> None:
    chunks: list[tuple[Stream, str]] = [("stderr", f"\r{n}/50 [{'#' * n}]") for n in range(51)]
    assert shown(chunks) == (("stderr", f"50/50 [{'#' * 50}]"),)


def test_streams_keep_their_order_and_neighbours_merge() -> None:
    chunks: list[tuple[Stream, str]] = [
        ("stdout", "a"),
        ("stdout", "b\n"),
        ("stderr", "c\n"),
        ("stdout", "d\n"),
    ]
    assert shown(chunks) == (("stdout", "ab\n"), ("stderr", "c\n"), ("stdout", "d\n"))


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text())))
def test_what_is_shown_holds_no_cursor_movement(chunks: list[tuple[Stream, str]]) -> None:
    text = "".join(text for _, text in shown(chunks))
    assert "\r" not in text
    assert "\b" not in text
