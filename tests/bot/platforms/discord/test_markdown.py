"""The lessons' Markdown reads in Discord as its authors mean it."""

import pytest

from bot.platforms.discord.markdown import prose
from bot.platforms.discord.pieces import Fence, Words
from bot.platforms.discord.words import inline, literal, plain, unmarked


def test_lines_of_a_paragraph_are_joined() -> None:
    assert list(prose("one\ntwo\n\nthree  \nfour")) == [Words("one two"), Words("three\nfour")]


def test_headings_lists_and_quotations_are_discords() -> None:
    markdown = "# Title\n- a\n  - b\n    goes on\n* c\n\n1) x\n2) y\n\n> said"
    assert list(prose(markdown)) == [
        Words("### Title"),
        Words("- a", close=True),
        Words("  - b goes on", close=True),
        Words("- c", close=True),
        Words("1. x", close=True),
        Words("2. y", close=True),
        Words("> said"),
    ]


def test_code_keeps_its_language_where_discord_knows_it() -> None:
    assert list(prose("```python\nx = 1\n```")) == [Fence("x = 1", "py")]
    assert list(prose("~~~\n```\n~~~")) == [Fence("`\u200b`\u200b`")]
    assert list(prose("    kept\n")) == [Fence("kept")]


def test_a_table_becomes_columns_that_stand_under_one_another() -> None:
    table = "| name | `dtype` |\n|---|:---:|\n| 가중치 | float32 |\n| x | a\\|b |"
    assert list(prose(table)) == [
        Fence("name    dtype\n──────  ───────\n가중치  float32\nx       a|b"),
    ]


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("a **b** and *c* and _d_", "a **b** and *c* and *d*"),
        ("[docs](https://pytorch.org)", "[docs](https://pytorch.org)"),
        ("snake_case_name 2 * 3 * 4", r"snake\_case\_name 2 \* 3 \* 4"),
        ("__init__ ~~x~~ ||y||", r"\_\_init\_\_ \~~x\~~ \||y\||"),
        ("`a*b` and ``c`d``", "`a*b` and ``c`d``"),
        (r"\*not\* \_this\_", r"\*not\* \_this\_"),
        ("x[0](1) and [1, 2]", r"x\[0](1) and [1, 2]"),
        ("a < b, <T>, a<3", "a < b, <T>, a<3"),
        ("<@1> <#2> <:a:3> <t:4:R> </x:5>", r"\<@1> \<#2> \<:a:3> \<t:4:R> \</x:5>"),
        ("@Everyone and @here", "@\u200bEveryone and @\u200bhere"),
    ],
)
def test_a_line_shows_what_it_means_and_pings_nobody(markdown: str, shown: str) -> None:
    assert inline(markdown) == shown


def test_plain_text_is_no_markup() -> None:
    assert plain("# a\n- b\n1. c\n> d\n-# e") == "\\# a\n\\- b\n1\\. c\n\\> d\n\\-# e"
    assert literal("`x`") == r"\`x\`"


def test_labels_have_no_marks() -> None:
    assert unmarked("**bold** `x * y` [a](https://b.c)") == "bold x * y a"


def test_marks_in_one_another_end_somewhere() -> None:
    assert "x" in inline("**" * 900 + "x" + "**" * 900)
