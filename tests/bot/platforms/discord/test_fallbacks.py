"""The same with less: without embeds, without files, and never longer than Discord takes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.discord.fallbacks import versions, without_embeds, without_files
from bot.platforms.discord.outgoing import Attachment, ButtonItem, Outgoing

ROWS = ((ButtonItem("Go", "t1:go"),),)
FULL = Outgoing(
    content="Above",
    embeds=(
        {
            "title": "Title",
            "description": "Words",
            "fields": [{"name": "Name", "value": "Value"}],
            "footer": {"text": "Foot"},
            "image": {"url": "attachment://a.png"},
        },
    ),
    files=(Attachment("a.png", b"png", "a bar chart"), Attachment("data.csv", b"1")),
    rows=ROWS,
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_embeds_become_text_and_their_pictures_files() -> None:
    plain = without_embeds(FULL)
    for words in ("Above", "**Title**", "Words", "**Name** Value", "Foot"):
        assert words in plain.content
    assert plain.embeds == ()
    assert plain.files == FULL.files
    assert plain.rows == ROWS


def test_files_become_words_and_no_embed_shows_what_is_not_there() -> None:
    bare = without_files(FULL)
    assert "a bar chart" in bare.content
    assert "data.csv" in bare.content
    assert bare.files == ()
    assert "image" not in bare.embeds[0]


def test_there_is_ever_less() -> None:
    shapes = [(bool(one.embeds), bool(one.files)) for one in versions(FULL)]
    assert shapes == [(True, True), (False, True), (True, False), (False, False)]
    assert list(versions(Outgoing("words"))) == [Outgoing("words")]


def test_a_block_that_is_cut_is_closed() -> None:
    embed: dict[str, Any] = {"description": "```\n" + "x" * 4000 + "\n```"}
    plain = without_embeds(Outgoing(embeds=(embed,)))
    assert plain.content.count("```") == 2
    assert units(plain.content) <= 2000


@given(st.text(max_size=2000), st.lists(st.text(max_size=4096), max_size=10))
def test_it_is_never_too_long_nor_empty(content: str, descriptions: list[str]) -> None:
    embeds = tuple({"description": text} for text in descriptions)
    files = tuple(Attachment(f"{n}.txt", b"", "alt " * 250) for n in range(3))
    for version in versions(Outgoing(content[:1000] or "x", embeds, files)):
        assert units(version.content) <= 2000
