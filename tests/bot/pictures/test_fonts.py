import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.fonts import BODY, MORE, SENTENCE, STRONG, TITLE, cut, font, plain, width, wrapped

KINDS = (BODY, STRONG, SENTENCE, TITLE)


@pytest.mark.parametrize("sign", "≈·×→←↑↓−±∞≠≤≥²³✓◐◉○●µσ∂∑√가힣한글ñßд▸✗ᵀ")
def test_signs_that_the_tutor_writes_have_a_shape(sign: str) -> None:
    missing = font(BODY.size).getmask("\U0001f600")
    for char in plain(sign):
        shape = font(BODY.size).getmask(char)
        assert (shape.size, bytes(shape)) != (missing.size, bytes(missing))


def test_what_has_no_shape_of_its_own_is_left_out() -> None:
    assert plain("a\u202e\u200b\x1b\ud800\nb\tc") == "ab c"


def test_korean_typed_letter_by_letter_becomes_syllables() -> None:
    assert plain("\u1112\u1161\u11ab") == "한"


def test_text_that_fits_stays() -> None:
    assert cut("W", BODY, 100) == "W"


def test_text_that_does_not_fit_shows_that_more_was_there() -> None:
    shown = cut("a_name_that_goes_on", BODY, 120)
    assert shown.endswith(MORE)
    assert shown.startswith("a_name")


@given(st.text(max_size=500), st.sampled_from(KINDS), st.integers(0, 800))
def test_text_is_never_wider_than_it_may_be(text: str, kind: object, most: int) -> None:
    assert kind in KINDS
    chosen = KINDS[KINDS.index(kind)]
    assert width(cut(text, chosen, most), chosen) <= most
    rows = wrapped(text, chosen, most, 3)
    assert len(rows) <= 3
    assert all(width(row, chosen) <= most for row in rows)


def test_a_number_keeps_its_unit() -> None:
    facts = "float32 · cuda:0 · 128 KiB · requires grad"
    assert wrapped(facts, BODY, 270, 3) == ("float32 · cuda:0", "128 KiB · requires grad")
    statistics = "min -0.92   mean 0.01   max 1.79"
    assert wrapped(statistics, BODY, 280, 3) == ("min -0.92   mean 0.01", "max 1.79")


def test_a_sentence_breaks_between_words_and_loses_only_what_is_over() -> None:
    sentence = "The inner sizes of a matrix product must be equal"
    rows = wrapped(sentence, BODY, 300, 9)
    assert len(rows) > 1
    assert " ".join(rows) == sentence
    assert wrapped(sentence, BODY, 300, 1)[0].endswith(MORE)
