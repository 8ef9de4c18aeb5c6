from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.console.cells import paint
from bot.platforms.console.markdown import inline, prose


def shown(markdown: str, width: int | None = 40) -> list[str]:
    return [paint(line, colour=False) for line in prose(markdown, width)]


def test_paragraphs_are_joined_and_wrapped() -> None:
    assert shown("one two\nthree\n\nfour", 9) == ["one two", "three", "", "four"]


def test_lists_keep_their_marks_and_indent() -> None:
    markdown = (
        "Three things:\n- shape is long enough to wrap here\n  and goes on\n- dtype\n1. device"
    )
    assert shown(markdown, 24) == [
        "Three things:",
        "",
        "  • shape is long enough",
        "    to wrap here and",
        "    goes on",
        "  • dtype",
        "  1. device",
    ]


def test_a_nested_list_is_set_in() -> None:
    assert shown("- a\n  - b") == ["  • a", "    • b"]


def test_a_fenced_block_stands_behind_a_border() -> None:
    assert shown("Try:\n```python\nx = 1\n```\nDone.") == ["Try:", "", "  ┃ x = 1", "", "Done."]


def test_indented_lines_keep_their_spaces() -> None:
    assert shown("So:\n\n    y  =  x²\n      + 1") == ["So:", "", "  │ y  =  x²", "  │   + 1"]


def test_a_table_keeps_its_lines() -> None:
    assert shown("| a | b |\n|---|---|\n| 1 | 2 |") == [
        "  │ | a | b |",
        "  │ |---|---|",
        "  │ | 1 | 2 |",
    ]


def test_emphasis_goes_into_styles_and_code_keeps_its_ticks() -> None:
    spans = inline("a **bold** *it* `x * y * z` end")
    assert [(span.text, span.style) for span in spans if span.style] == [
        ("bold", "bold"),
        ("it", "italic"),
        ("`x * y * z`", "code"),
    ]


def test_a_korean_particle_may_follow_bold_words() -> None:
    spans = inline("**텐서**는 배열입니다")
    assert [(span.text, span.style) for span in spans] == [("텐서", "bold"), ("는 배열입니다", "")]


def test_names_and_products_are_no_emphasis() -> None:
    for text in ("requires_grad and grad_fn", "a**2 + b**2", "2 * 3 * 4", "__init__"):
        assert [span.text for span in inline(text)] == [text]


def test_a_link_shows_where_it_leads() -> None:
    assert shown("see [the docs](https://pytorch.org/docs)", None) == [
        "see the docs (https://pytorch.org/docs)"
    ]


def test_backticks_that_enclose_nothing_stand_for_themselves() -> None:
    assert shown("between ``` lines, or `x`", None) == ["between ``` lines, or `x`"]


def test_an_escaped_mark_stands_for_itself() -> None:
    assert shown(r"\*not italic\*") == ["*not italic*"]


@given(st.text(alphabet="ab*_`#->|~[]()1. \n\\텐", max_size=200))
def test_any_markdown_renders(markdown: str) -> None:
    for line in shown(markdown, 20):
        assert "\n" not in line


def test_marks_in_one_another_end_somewhere() -> None:
    text = "".join(span.text for span in inline("**" * 3000 + "x" + "**" * 3000))
    assert "x" in text
