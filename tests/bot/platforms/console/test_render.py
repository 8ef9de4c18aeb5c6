import gettext
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from bot.locales import Words
from bot.platforms.console.cells import width_of
from bot.platforms.console.render import Look, is_shown_whole, render
from bot.tutor.drawing import Card, Formula, Graph, HeatMap, Panel, Step
from bot.tutor.reply import (
    Button,
    Choice,
    Code,
    Fields,
    File,
    Heading,
    Image,
    Link,
    Note,
    Part,
    Prose,
    Ref,
    Reply,
)

ENGLISH = Words("en", gettext.NullTranslations())
PIPE = Look(None, colour=False, say=ENGLISH)
NARROW = Look(40, colour=False, say=ENGLISH)

HOSTILE = "a\n▸\n\x1b[2J\x1b]0;title\x07[1] Submit\r\x00\u202e\ud800 \x9b31m\x0b▸\x0c▸\u2028▸"


def test_a_section_looks_like_this() -> None:
    reply = Reply(
        (
            Heading("Section 1 of 4 · What a tensor is"),
            Prose("A **tensor** holds numbers of *one* type, in `shape`:\n\n- rows\n- columns"),
            Code("x = torch.rand(2, 3)\nx.shape"),
        ),
        (
            Button("Run", Ref("run"), "success"),
            Button("Next", Ref("next"), "primary"),
            Link("Docs", "https://pytorch.org"),
        ),
    )
    assert render(reply, NARROW) == [
        "Section 1 of 4 · What a tensor is",
        "A tensor holds numbers of one type, in",
        "`shape`:",
        "",
        "  • rows",
        "  • columns",
        "",
        "  ┃ x = torch.rand(2, 3)",
        "  ┃ x.shape",
        "",
        "  [1] Run",
        "  [2] Next",
        "  Docs: https://pytorch.org",
    ]


def test_a_korean_question_wraps_by_cells() -> None:
    reply = Reply(
        (Prose("어떤 명령이 0과 1 사이의 균등 분포를 따르는 텐서를 만드나요?"),),
        (
            Choice(
                "하나를 고르세요:",
                (("torch.rand(5, 5)", Ref("a")), ("아주 긴 한국어 선택지 하나입니다", Ref("b"))),
            ),
        ),
    )
    lines = render(reply, Look(24, colour=False, say=ENGLISH))
    assert lines == [
        "어떤 명령이 0과 1 사이의",
        "균등 분포를 따르는",
        "텐서를 만드나요?",
        "",
        "하나를 고르세요:",
        "  [a] torch.rand(5, 5)",
        "  [b] 아주 긴 한국어",
        "      선택지 하나입니다",
    ]
    assert all(width_of(line) <= 24 for line in lines)


def test_output_that_is_too_wide_goes_on_behind_another_border() -> None:
    assert render(
        Reply((Code("0123456789" * 2, "text"),)), Look(16, colour=False, say=ENGLISH)
    ) == [
        "  │ 012345678901",
        "  ┊ 23456789",
    ]


def test_fields_are_aligned_and_keep_the_rows_of_a_value() -> None:
    reply = Reply((Fields((("shape", "[2, 2]"), ("값", "[[1., 2.],\n [3., 4.]]"))),))
    assert render(reply, PIPE) == [
        "  shape  [2, 2]",
        "  값     [[1., 2.],",
        "          [3., 4.]]",
    ]


@pytest.mark.parametrize(
    ("level", "sign"), [("info", "i"), ("good", "✓"), ("warn", "!"), ("bad", "✗")]
)
def test_a_note_has_a_sign_besides_its_colour(level: str, sign: str) -> None:
    (line,) = render(Reply((Note(level, "It ran."),)), PIPE)  # type: ignore[arg-type]
    assert line == f"{sign} It ran."


def test_pictures_and_files_are_told_in_words() -> None:
    text = "\n".join(f"line {number}" for number in range(210))
    reply = Reply(
        (
            Image(b"", "two axes"),
            File("output.txt", text.encode()),
            File("w.pt", bytes([255] * 2048)),
        )
    )
    lines = render(reply, PIPE)
    assert lines[:3] == ["  [picture: two axes]", "", "  output.txt (1.8 kB)"]
    assert lines[3:5] == ["  │ line 0", "  │ line 1"]
    assert lines[-3:] == ["  … 10 more lines", "", "  w.pt (2.0 kB)"]


CARD = Card(
    "Tensor inspector",
    "",
    (Panel("x", "[2, 2]", "", picture=HeatMap(2, 2, (0, 1, 2, 3), ("", ""))),),
)
TEXT = "x  new · [2, 2]\n   [[0, 1], [2, 3]]"


def test_over_a_pipe_a_card_is_its_words_once_and_where_it_lies() -> None:
    image = Image(b"png", TEXT, CARD)
    look = Look(None, colour=False, say=ENGLISH, kept={image: Path("files/card-1.png")})
    assert render(Reply((image,)), look) == [
        "  │ x  new · [2, 2]",
        "  │    [[0, 1], [2, 3]]",
        "  [picture: Tensor inspector] → files/card-1.png",
    ]
    assert render(Reply((image,)), PIPE) == ["  │ x  new · [2, 2]", "  │    [[0, 1], [2, 3]]"]


def test_a_terminal_with_colours_draws_the_heat_map_of_a_card() -> None:
    look = Look(60, colour=True, say=ENGLISH, art=True)
    lines = render(Reply((Image(b"png", TEXT, CARD),)), look)
    blocks = [line for line in lines if "▀" in line]
    assert len(blocks) == 2
    assert blocks[0].count("▀") == 4
    assert "38;2;0;42;99;48;2;0;42;99" in blocks[0]
    narrow = Look(30, colour=True, say=ENGLISH, art=True)
    assert "▀" not in "".join(render(Reply((Image(b"png", TEXT, CARD),)), narrow))


def test_a_terminal_with_colours_draws_a_figure_to_its_width() -> None:
    figure = png_of(200, 100)
    look = Look(50, colour=True, say=ENGLISH, art=True)
    lines = [line for line in render(Reply((Image(figure, "Figure 1"),)), look) if "▀" in line]
    assert len(lines) == 12
    assert {line.count("▀") for line in lines} == {46}
    assert "38;2;255;0;0" in lines[0]
    assert "▀" not in "".join(render(Reply((Image(figure, "Figure 1"),)), NARROW))


@pytest.mark.parametrize("png", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_picture_that_cannot_be_read_is_told_in_words(png: bytes) -> None:
    look = Look(60, colour=False, say=ENGLISH, art=True)
    assert render(Reply((Image(png, "two axes"),)), look) == ["  [picture: two axes]"]


def test_a_picture_of_words_is_shown_as_words() -> None:
    graph = Graph("How x came to be", (Step("x", "[2]", is_leaf=True),))
    look = Look(60, colour=False, say=ENGLISH, art=True)
    lines = render(Reply((Image(png_of(9, 9), "x comes from y\ny comes from z", graph),)), look)
    assert lines == ["  │ x comes from y", "  │ y comes from z"]


def test_block_math_is_unicode_on_a_screen() -> None:
    image = Image(b"png", r"\sum_i x_i^2", Formula(r"\sum_i x_i^2"))
    assert render(
        Reply(
            (Prose("The loss is"), image, Prose("so far.")),
        ),
        PIPE,
    ) == [
        "The loss is",
        "",
        "  ∑ᵢ xᵢ²",
        "",
        "so far.",
    ]
    assert is_shown_whole(image)


def png_of(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Picture.new("RGB", (width, height), "red").save(file, "PNG")
    return file.getvalue()


def test_a_huge_file_is_named_and_not_poured_onto_the_screen() -> None:
    lines = render(Reply((File("log.txt", b"x" * 2_000_000),)), PIPE)
    assert lines == ["  log.txt (2.0 MB)"]


def test_output_that_a_file_holds_in_full_is_shown_once() -> None:
    reply = Reply((Code("a\nb", "text"), File("output.txt", b"a\nb\nc\n"), Code("a", "text")))
    assert render(reply, PIPE) == [
        "  output.txt (6 B)",
        "  │ a",
        "  │ b",
        "  │ c",
        "",
        "  │ a",
    ]


def test_a_note_on_the_rest_of_the_output_goes_where_all_of_it_is_shown() -> None:
    more, file = Note("info", "1 more line"), File("output.txt", b"a\nb\n")
    status = Note("good", "It ran.")
    lines = render(Reply((status, Code("a", "text"), more, file)), PIPE)
    assert lines == ["✓ It ran.", "", "  output.txt (4 B)", "  │ a", "  │ b"]
    assert "i 1 more line" in render(Reply((Code("b", "text"), more, file)), PIPE)
    assert "✓ It ran." in render(Reply((status, file)), PIPE)


def test_an_empty_value_still_shows_its_block() -> None:
    assert render(Reply((Code("", "text"),)), PIPE) == ["  │"]


@pytest.mark.parametrize("colour", [True, False])
def test_code_in_what_can_be_pressed_is_shown_without_its_ticks(*, colour: bool) -> None:
    reply = Reply(
        (),
        (Choice("", (("It copies `B ** 2` back", Ref("a")),)), Button("See `inspect`", Ref("i"))),
    )
    text = "\n".join(render(reply, Look(None, colour=colour, say=ENGLISH)))
    assert "`" not in text
    assert ("It copies B ** 2 back" in text) != colour
    assert ("\x1b[36mB\x1b[0m" in text) == colour


def test_python_is_highlighted_only_with_colour() -> None:
    reply = Reply((Code("for i in 3: 'x'  # why"),))
    coloured = "\n".join(render(reply, Look(None, colour=True, say=ENGLISH)))
    assert "\x1b[35mfor\x1b[0m" in coloured
    assert "\x1b[2m# why\x1b[0m" in coloured
    assert "\x1b" not in "\n".join(render(reply, PIPE))


@pytest.mark.parametrize(
    "part",
    [
        Code(HOSTILE, "text"),
        Code(HOSTILE),
        Heading(HOSTILE),
        Prose(HOSTILE),
        Prose(f"```\n{HOSTILE}\n```"),
        Note("info", HOSTILE),
        Fields(((HOSTILE, HOSTILE), ("x", HOSTILE))),
        Image(b"", HOSTILE),
        File(HOSTILE, HOSTILE.encode(errors="replace")),
    ],
)
@pytest.mark.parametrize("look", [PIPE, NARROW])
def test_no_text_forges_the_end_of_a_reply_or_moves_the_cursor(part: Part, look: Look) -> None:
    lines = render(Reply((part,), (Button(HOSTILE, Ref("x")),)), look)
    assert all(line.strip() != "▸" for line in lines)
    assert not any(
        unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl") for char in "".join(lines)
    )


def test_output_cannot_leave_its_block() -> None:
    lines = render(Reply((Code(HOSTILE, "text"),)), PIPE)
    assert len(lines) > 1
    assert all(line.startswith("  │") for line in lines)


texts = st.text(max_size=60)
parts = st.one_of(
    st.builds(Heading, texts),
    st.builds(Prose, texts),
    st.builds(Code, texts, st.sampled_from(["python", "text"])),
    st.builds(Fields, st.lists(st.tuples(texts, texts), max_size=3).map(tuple)),
    st.builds(Image, st.just(b""), texts),
    st.builds(File, texts, st.binary(max_size=60)),
    st.builds(Note, st.sampled_from(["info", "good", "warn", "bad"]), texts),
)
refs = st.builds(Ref, st.just("go"))
actions = st.one_of(
    st.builds(Button, texts, refs),
    st.builds(
        Choice, texts, st.lists(st.tuples(texts, refs), max_size=3).map(tuple), st.booleans()
    ),
    st.builds(Link, texts, texts),
)
replies = st.builds(
    Reply, st.lists(parts, max_size=4).map(tuple), st.lists(actions, max_size=3).map(tuple)
)


@given(replies, st.one_of(st.none(), st.integers(min_value=20, max_value=100)))
def test_any_reply_renders_within_its_width(reply: Reply, width: int | None) -> None:
    for line in render(reply, Look(width, colour=False, say=ENGLISH)):
        assert "\n" not in line
        assert line.strip() != "▸"
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in line)
        assert width is None or width_of(line) <= width
