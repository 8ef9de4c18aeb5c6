"""Whatever reply comes, Discord takes the messages that show it, and nothing in it gets out of hand."""

import gettext
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locales import Words
from bot.platforms.discord.limits import beginning, cut, units
from bot.platforms.discord.outgoing import ButtonItem, Outgoing, SelectItem
from bot.platforms.discord.refs import ref_of
from bot.platforms.discord.render import Look, render
from bot.tutor.drawing import Card, Formula
from bot.tutor.reply import (
    Action,
    Button,
    Choice,
    Code,
    Fields,
    File,
    Heading,
    Image,
    Link,
    Moment,
    Note,
    Part,
    Prose,
    Ref,
    Reply,
)
from tests.bot.platforms.discord.payload import MOST_FILE, payload, refused
from tests.doubles.discord import schema

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
ENGLISH = Words("en", gettext.NullTranslations())
LOOK = Look(ENGLISH)

pieces = st.sampled_from(
    [
        *(
            "",
            " ",
            "\n",
            "\n\n",
            "x",
            "word ",
            "한국어 ",
            "🇦",
            "👩‍👩‍👧",
            "\u200b",
            "\u202e",
            "\ud800",
            "\x00",
            "\r",
        ),
        *("```", "`", "~~~\n", "**", "_", "||", "- ", "1. ", "# ", "> ", "| a | b |\n", "|---|\n"),
        *("@everyone", "<@123>", "<@&5>", "<#7>", "<:a:1>", "</x:1>", "<t:1:R>", "$x$", "\\", "~~"),
        *("[a](https://x.y)", "[1, 2](", "\u3000", "\u2028", "e\u0301" * 9, "    code\n", "\t"),
    ]
)
short = st.lists(pieces, max_size=6).map("".join)
long = st.builds(
    lambda text, times: text * times, short, st.sampled_from([1, 1, 1, 40, 300, 2000, 9000])
)
texts = st.text(max_size=20) | short | long
refs = st.builds(
    Ref,
    st.sampled_from(["answer", "vote", "go", "run", "hint", ""]) | st.text(max_size=8),
    st.lists(st.sampled_from(["a", "b", "tensors-101", "x" * 60, "🇦", ""]), max_size=4).map(tuple),
)
BLOBS = [b"\x89PNG" + bytes(size) for size in (1, 10, 1 << 20, 9 << 20, 11 << 20)]
levels: Any = st.sampled_from(["info", "good", "warn", "bad"])
styles: Any = st.sampled_from(["primary", "secondary", "success", "danger"])
data = st.sampled_from([b"", *BLOBS])
drawings = st.none() | texts.map(Formula) | texts.map(lambda text: Card(text, text, ()))
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, texts),
    st.builds(Prose, texts),
    st.builds(Code, texts, st.sampled_from(["python", "text", "```"])),
    st.lists(st.tuples(texts, texts), max_size=30).map(tuple).map(Fields),
    st.builds(Image, data, texts, drawings),
    st.builds(File, texts | st.sampled_from(["output.txt", "a.py", "..", "more.md"]), data),
    st.builds(Note, levels, texts),
    st.builds(
        Moment,
        texts | st.just("Closes {when}."),
        st.datetimes(timezones=st.just(UTC) | st.none()),
    ),
)
options = st.tuples(short, refs)
choices = st.builds(
    Choice, texts, st.lists(options, max_size=30).map(tuple), st.booleans()
) | st.builds(
    lambda count, many, text: Choice(
        "Choose:", tuple((text, Ref("answer", ("l", str(n)))) for n in range(count)), many=many
    ),
    st.integers(0, 110),
    st.booleans(),
    texts,
)
buttons = st.builds(Button, texts, refs, styles)
links = st.builds(Link, texts, texts | st.sampled_from(["https://a.b", "https://" + "x" * 600]))
actions: st.SearchStrategy[Action] = st.one_of(buttons, choices, links)
replies = st.builds(
    Reply,
    st.lists(parts, max_size=8).map(tuple)
    | st.lists(parts, max_size=2).map(lambda p: tuple(p * 30)),
    st.lists(actions, max_size=6).map(tuple)
    | st.lists(actions, max_size=2).map(lambda a: tuple(a * 40)),
    reactions=st.lists(st.just("🇦"), max_size=30).map(tuple),
)
looks = st.builds(Look, st.just(ENGLISH), st.sampled_from([0, 1000, MOST_FILE]), st.booleans())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies, looks)
def test_any_reply_makes_messages_that_discord_takes(reply: Reply, look: Look) -> None:
    messages = render(reply, look)
    assert bool(messages) is bool(reply.parts or reply.actions)
    assert len(messages) <= 5
    for message in messages:
        assert refused(message) == []


@pytest.mark.skipif(
    schema.problems("POST", "/channels/{}/messages", {"content": 1}) == [],
    reason="Discord's OpenAPI document is not at hand",
)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies)
def test_any_reply_makes_what_discords_own_document_describes(reply: Reply) -> None:
    for message in render(reply, LOOK):
        assert schema.problems("POST", "/channels/{}/messages", payload(message)) == []


def shown(messages: tuple[Outgoing, ...]) -> list[str]:
    """Return all texts that Discord reads as Markdown, without their code."""
    texts = []
    for message in messages:
        for embed in message.embeds:
            texts += [embed.get("title", ""), embed.get("description", "")]
            texts += [one[key] for one in embed.get("fields", []) for key in ("name", "value")]
    return [outside_code(text) for text in texts]


def outside_code(text: str) -> str:
    """Return Markdown without its code, and without what a backslash takes the meaning from."""
    aside = r"\\[^\w\s]|```.*?```|(`+)(?!`).+?(?<!`)\1(?!`)"
    return re.sub(aside, "", text, flags=re.DOTALL)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(parts, max_size=4).map(tuple))
def test_no_text_becomes_a_mention_outside_of_code(found: tuple[Part, ...]) -> None:
    kept = tuple(one for one in found if not isinstance(one, Moment))
    for text in shown(render(Reply(kept), LOOK)):
        assert not re.search(r"@everyone|@here|<@|<#\d|<a?:\w+:\d|<t:\d|</\w", text)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts, texts)
def test_no_code_ends_its_own_block(first: str, second: str) -> None:
    messages = render(Reply((Code(first, "text"), Code(second, "python"))), LOOK)
    for message in messages:
        for embed in message.embeds:
            rest = re.sub(
                r"```(?:py)?\n(?:(?!```).)+\n```", "", embed["description"], flags=re.DOTALL
            )
            assert "`" not in rest


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(actions, max_size=8).map(tuple))
def test_what_can_be_pressed_is_what_was_offered(offered: tuple[Action, ...]) -> None:
    wanted = {one.ref for one in offered if isinstance(one, Button)}
    wanted |= {ref for one in offered if isinstance(one, Choice) for _, ref in one.options}
    for message in render(Reply((Note("info", "x"),), offered), LOOK):
        for one in (each for row in message.rows for each in row):
            ids = []
            if isinstance(one, ButtonItem):
                ids = [one.custom_id]
            elif isinstance(one, SelectItem):
                ids = [each.value for each in one.options]
            assert {ref_of(each) for each in ids} <= wanted


@given(texts, st.integers(1, 300))
def test_text_is_cut_in_whole_characters_and_counted_as_clients_do(text: str, most: int) -> None:
    assert units(cut(text, most)) <= most
    assert text.startswith(beginning(text, most))
    if units(text) <= most:
        assert cut(text, most) == text


def test_ten_megabytes_of_code_are_attached_whole() -> None:
    code = "x = 1  # a line of code\n" * 400_000
    (message,) = render(Reply((Code(code),)), LOOK)
    (file,) = message.files
    assert refused(message) == []
    assert file.name == "code.py"
    assert file.data == code.encode()
    assert "All of it is in code.py." in message.embeds[0]["description"]


def test_what_no_message_has_room_for_goes_into_a_file() -> None:
    paragraphs = tuple(Prose(f"{n} " + "word " * 700) for n in range(30))
    messages = render(Reply(paragraphs), LOOK)
    assert len(messages) == 5
    rest = next(one.data.decode() for one in messages[-1].files if one.name == "more.md")
    everything = "".join(e["description"] for m in messages for e in m.embeds) + rest
    assert all(f"{n} word" in everything for n in range(30))
    assert "The rest is in more.md." in messages[-1].embeds[-1]["description"]


def test_files_beyond_what_a_message_takes_go_on_the_next_and_the_rest_is_counted() -> None:
    files = tuple(File(f"{n}.txt", b"x") for n in range(60))
    messages = render(Reply((Note("good", "Done."), *files)), LOOK)
    assert [len(one.files) for one in messages] == [9, 9, 9, 9, 9]
    assert "15 more files" in messages[-1].embeds[-1]["description"]


def test_four_hundred_buttons_become_five_rows_and_a_number() -> None:
    many = tuple(Button(f"{n}", Ref("go", (str(n),))) for n in range(400))
    (message,) = render(Reply((Note("info", "x"),), many), LOOK)
    assert [len(row) for row in message.rows] == [5] * 5
    assert "375 more" in message.embeds[0]["description"]


def test_links_make_way_for_buttons() -> None:
    links = tuple(Link(f"L{n}", "https://a.b") for n in range(5))
    many = tuple(Button(f"{n}", Ref("go", (str(n),))) for n in range(25))
    (message,) = render(Reply((Note("info", "x"),), (*links, *many)), LOOK)
    assert [one.label for row in message.rows for one in row if isinstance(one, ButtonItem)] == [
        str(n) for n in range(25)
    ]


def test_a_moment_of_any_year_is_a_moment() -> None:
    for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31)):  # noqa: DTZ001
        (message,) = render(Reply((Moment("Closes {when}.", at),)), LOOK)
        assert re.match(r"Closes <t:-?\d+:F> \(<t:-?\d+:R>\)\.", message.embeds[0]["description"])
