import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.console.cells import Span, cut, own, paint, safe, safe_lines, width_of, wrap


def texts(lines: list[tuple[Span, ...]]) -> list[str]:
    return [paint(line, colour=False) for line in lines]


def test_ansi_escapes_and_nul_become_visible_signs() -> None:
    assert safe("\x1b[31mred\x00\x7f") == "␛[31mred␀␡"


def test_text_that_turns_the_direction_of_reading_becomes_visible() -> None:
    assert safe("a\u202eb\u2066c") == "a\\u202eb\\u2066c"


def test_lone_surrogates_become_visible() -> None:
    assert safe("x\ud800y") == "x\\ud800y"


def test_stacked_marks_cannot_grow_over_other_lines() -> None:
    assert safe("a" + "\u0301" * 50) == "a" + "\u0301" * 4


def test_hangul_and_emoji_stay_as_they_are() -> None:
    assert safe("텐서 🔥 a\u0301") == "텐서 🔥 a\u0301"


def test_every_kind_of_line_end_parts_lines_and_tabs_expand() -> None:
    assert safe_lines("a\tb\r\nc\rd\n") == ["a       b", "c", "d", ""]


def test_other_line_separators_do_not_part_lines() -> None:
    assert safe_lines("a\x0bb\x85c\u2028d") == ["a␋b\\u0085c\\u2028d"]


def test_own_words_cannot_hold_the_end_mark() -> None:
    assert own(" ▸\n ▸ ") == "▹ ▹"


def test_hangul_is_two_cells_wide() -> None:
    assert width_of("텐서 ab") == 7


def test_words_wrap_by_cells() -> None:
    lines = wrap([Span("텐서는 배열 입니다 abc")], 12, "- ", "  ")
    assert texts(lines) == ["- 텐서는", "  배열", "  입니다 abc"]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert texts(wrap([Span("a 0123456789 b")], 5)) == ["a", "01234", "56789", "b"]


def test_without_a_width_nothing_is_broken() -> None:
    assert texts(wrap([Span("word " * 100)], None)) == [" ".join(["word"] * 100)]


def test_cut_never_splits_a_wide_character() -> None:
    assert texts(cut([Span("가나다")], 5)) == ["가나", "다"]


def test_a_cut_falls_on_a_space_if_one_is_near() -> None:
    assert texts(cut([Span("shares memory with images")], 22)) == ["shares memory with", "images"]
    assert texts(cut([Span("a 0123456789")], 8)) == ["a 012345", "6789"]


def test_styles_are_painted_only_with_colour() -> None:
    assert paint((Span("a", "bold"), Span("b")), colour=True) == "\x1b[1ma\x1b[0mb"
    assert paint((Span("a", "bold"), Span("b")), colour=False) == "ab"


@given(st.text())
def test_safe_text_holds_nothing_that_moves_the_cursor(text: str) -> None:
    shown = safe(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert safe(shown) == shown


@given(st.text(), st.integers(min_value=6, max_value=60))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    for line in wrap([Span(own(text))], width, "- ", "  "):
        assert sum(width_of(span.text) for span in line) <= width


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_cutting_loses_nothing(text: str) -> None:
    shown = safe(text)
    assert "".join(span.text for line in cut([Span(shown)], 7) for span in line) == shown
