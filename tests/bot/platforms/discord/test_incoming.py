"""Code is found wherever Discord shows it as code, and nothing in a message is an error."""

import gettext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Words
from bot.platforms.discord.incoming import (
    MOST_BLOCKS,
    MOST_SAID,
    Found,
    fingerprint,
    foreign_text,
    read_message,
)

ENGLISH = Words("en", gettext.NullTranslations())
BOT = "1234"


@pytest.mark.parametrize("fence", ["```", "~~~", "₩₩₩"])
def test_code_between_fences_is_a_cell(fence: str) -> None:
    assert read_message(f"{fence}py\nx = 1\n{fence}") == Found(("x = 1",))


def test_several_fences_are_cells_in_order_and_the_rest_is_said() -> None:
    message = "first\n```\na\n```\nthen\n~~~python\nb\n~~~\nbye"
    assert read_message(message) == Found(("a", "b"), "first\nthen\nbye")


def test_a_fence_may_begin_and_end_within_a_line_as_discord_shows_it() -> None:
    assert read_message("try ```py\nx = 1\nx``` please") == Found(("x = 1\nx",), "try\nplease")
    assert read_message("a ```x``` b ```y``` c") == Found(("x", "y"), "a\nb\nc")


def test_windows_line_ends_are_line_ends() -> None:
    assert read_message("```py\r\nx = 1\r\n\r\nx\r\n```").cells == ("x = 1\n\nx",)


def test_indentation_and_blank_lines_stay() -> None:
    assert read_message("```\nif x:\n\n    y\n```").cells == ("if x:\n\n    y",)


def test_a_fence_left_open_ends_with_the_message() -> None:
    assert read_message("```py\nx = 1").cells == ("x = 1",)


def test_backticks_inside_other_fences_are_code() -> None:
    assert read_message('~~~\nprint("```")\nx\n~~~').cells == ('print("```")\nx',)


def test_the_mention_is_not_said_and_code_keeps_what_looks_like_one() -> None:
    found = read_message(f"<@{BOT}> run <@!{BOT}>\n```\n'<@{BOT}>'\n```", BOT)
    assert found == Found((f"'<@{BOT}>'",), "run")
    assert read_message(f"<@{BOT}> ```py\nx\n```", BOT) == Found(("x",))
    assert read_message("<@99> hi", BOT).said == "<@99> hi"


def test_words_alone_are_said() -> None:
    assert read_message("  next  ") == Found(said="next")
    assert read_message("") == Found()


def test_empty_blocks_are_none() -> None:
    assert read_message("```\n\n```") == Found()
    assert read_message("``````") == Found()


def test_a_block_in_another_language_is_named_and_does_not_run() -> None:
    assert read_message("```js\nlet x\n```") == Found(foreign="js")
    assert read_message("```js\nlet x\n```\n```py\nx\n```") == Found(("x",), foreign="js")
    assert "`js`" in foreign_text(ENGLISH, "js")


def test_a_flood_of_blocks_is_bounded() -> None:
    assert len(read_message("```\nx\n```\n" * 1000).cells) == MOST_BLOCKS


def test_much_talk_is_bounded() -> None:
    assert len(read_message("word " * 10_000).said) == MOST_SAID


@given(st.text("`~₩ x\n\rpy<@1234>", max_size=80))
def test_any_message_can_be_read(text: str) -> None:
    found = read_message(text, BOT)
    assert all(cell.strip() for cell in found.cells)
    assert f"<@{BOT}>" not in found.said


@given(st.lists(st.text("xyz =1\n", max_size=20).filter(str.strip), max_size=5))
def test_fenced_cells_come_back_as_they_were(cells: list[str]) -> None:
    message = "\nand\n".join(f"```py\n{cell}\n```" for cell in cells)
    assert list(read_message(message).cells) == cells


def test_a_preview_of_a_link_changes_no_fingerprint_and_every_edit_does() -> None:
    assert fingerprint("x", ["1"]) == fingerprint("x", ["1"])
    prints = {fingerprint(*one) for one in [("x", ["1"]), ("x", []), ("y", ["1"]), ("x\ud800", [])]}
    assert len(prints) == 4
