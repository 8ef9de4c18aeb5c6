import pytest

from bot.tutor.clean import clean, quoted


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain text", "plain text"),
        ("a\nb\tc", "a b c"),
        ("a\x00b\x1b[31m", "a\ufffdb\ufffd[31m"),
        ("abc\u202edef\u2066\u200f", "abcdef"),
        ("\ud800", "\ufffd"),
        ("a\u2028b", "a\ufffdb"),
        ("텐서 👩\u200d🔬", "텐서 👩\u200d🔬"),
    ],
)
def test_text_of_strangers_becomes_one_harmless_line(text: str, safe: str) -> None:
    assert clean(text, 100) == safe


def test_line_ends_stay_where_they_are_wanted() -> None:
    assert clean("a\r\nb\n\tc", 100, lines=True) == "a\ufffd\nb\n\tc"


def test_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * 100, 10) == "x" * 9 + "…"
    assert clean("x" * 10, 10) == "x" * 10


def test_a_quoted_word_cannot_close_its_quotes() -> None:
    assert quoted("a`b") == "a'b"
