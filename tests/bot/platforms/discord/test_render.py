"""What typical replies look like in Discord, piece by piece."""

import gettext
from datetime import UTC, datetime

from bot.locales import Words
from bot.platforms.discord.outgoing import (
    Attachment,
    ButtonItem,
    LinkItem,
    Option,
    Outgoing,
    SelectItem,
)
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

ENGLISH = Words("en", gettext.NullTranslations())
LOOK = Look(ENGLISH)
ORANGE, GREEN, YELLOW, RED = 0xEE4C2C, 0x2ECC71, 0xF1C40F, 0xED4245
PNG = b"\x89PNG and so on"
NEXT = Button("Next", Ref("go", ("tensors-101", "s", "shape")), "primary")


def one(*parts: Part, actions: tuple[Action, ...] = (), look: Look = LOOK) -> Outgoing:
    (message,) = render(Reply(parts, actions), look)
    return message


def text(*parts: Part) -> str:
    """Return the description of the one embed that `parts` make."""
    (embed,) = one(*parts).embeds
    description = embed["description"]
    assert isinstance(description, str)
    return description


def test_a_section_is_one_embed_with_its_code_and_the_ways_on() -> None:
    message = one(
        Heading("Section 3 of 6 · Dtype: what kind of number"),
        Prose("All entries of a **tensor** have one `dtype`.\n\n- floats\n- ints"),
        Code("x = torch.rand(2, 3)\nx.dtype"),
        actions=(
            Button("Run", Ref("run", ("tensors-101", "dtype")), "success"),
            NEXT,
            Button("Back", Ref("go", ("tensors-101", "s", "intro"))),
        ),
    )
    assert message == Outgoing(
        embeds=(
            {
                "color": ORANGE,
                "title": "Section 3 of 6 · Dtype: what kind of number",
                "description": (
                    "All entries of a **tensor** have one `dtype`.\n\n- floats\n- ints\n"
                    "```py\nx = torch.rand(2, 3)\nx.dtype\n```"
                ),
            },
        ),
        rows=(
            (
                ButtonItem("Run", "t1:run:tensors-101:dtype", "success", "▶️"),
                ButtonItem("Next", "t1:go:tensors-101:s:shape", "primary"),
                ButtonItem("Back", "t1:go:tensors-101:s:intro"),
            ),
        ),
    )


def test_a_formula_stands_between_its_words_as_a_picture() -> None:
    message = one(
        Heading("Section 1 of 2"),
        Prose("The product"),
        Image(PNG, r"x \cdot y", Formula(r"x \cdot y")),
        Prose("is a number."),
    )
    assert message.embeds == (
        {
            "color": ORANGE,
            "title": "Section 1 of 2",
            "description": "The product",
            "image": {"url": "attachment://picture.png"},
        },
        {"color": ORANGE, "description": "is a number."},
    )
    assert message.files == (Attachment("picture.png", PNG, "x · y"),)


QUESTION = (Heading("Question 2 of 5"), Prose("What does `x.view(-1)` return?"))
SHORT = Choice(
    "Choose one:",
    (
        ("a **view** of `x`", Ref("answer", ("tensors-101", "2", "view", "b"))),
        ("a copy", Ref("answer", ("tensors-101", "2", "view", "a"))),
    ),
)


def test_a_question_lists_its_options_by_letter_above_their_buttons() -> None:
    message = one(*QUESTION, actions=(SHORT, Button("Hint", Ref("hint", ("t", "q", "view")))))
    assert message.embeds[0]["description"] == (
        "What does `x.view(-1)` return?\n\n**Choose one:**\n🇦 a **view** of `x`\n🇧 a copy"
    )
    assert message.rows == (
        (
            ButtonItem("A · a view of x", "t1:answer:tensors-101:2:view:b~@0"),
            ButtonItem("B · a copy", "t1:answer:tensors-101:2:view:a~@1"),
        ),
        (ButtonItem("Hint", "t1:hint:t:q:view", emoji="💡"),),
    )


def test_long_options_have_their_letters_alone_on_the_buttons() -> None:
    long = Choice("Choose one:", (("x" * 35, Ref("answer", ("1",))), ("y", Ref("answer", ("2",)))))
    (row,) = one(*QUESTION, actions=(long,)).rows
    assert [item.label for item in row if isinstance(item, ButtonItem)] == ["A", "B"]


def test_only_in_a_direct_message_a_question_may_be_answered_by_reaction() -> None:
    there = one(*QUESTION, actions=(SHORT,), look=Look(ENGLISH, is_dm=True))
    assert there.embeds[0]["description"].endswith("\n-# Press a button, or react with 🇦 🇧")
    assert "react" not in one(*QUESTION, actions=(SHORT,)).embeds[0]["description"]


def test_several_answers_are_picked_from_a_select() -> None:
    many = Choice(
        "Choose all that are right:",
        (
            ("`A[0]`", Ref("answer", ("l", "1", "q", "x"))),
            ("b", Ref("answer", ("l", "1", "q", "y"))),
        ),
        many=True,
    )
    message = one(*QUESTION, actions=(many,))
    assert message.embeds[0]["description"].endswith("🇦 `A[0]`\n🇧 b")
    assert message.rows == (
        (
            SelectItem(
                "t1~pick:0",
                "Choose all that are right:",
                (
                    Option("A[0]", "t1:answer:l:1:q:x", emoji="🇦"),
                    Option("b", "t1:answer:l:1:q:y", emoji="🇧"),
                ),
                least=1,
                most=2,
            ),
        ),
    )


def test_other_choices_are_selects_without_letters() -> None:
    lessons = Choice("Choose a lesson:", (("Tensors", Ref("learn", ("tensors-101",))),))
    assert one(Heading("Your progress"), actions=(lessons,)).rows == (
        (
            SelectItem(
                "t1~pick:0", "Choose a lesson:", (Option("Tensors", "t1:learn:tensors-101"),)
            ),
        ),
    )


def test_a_run_that_failed_says_so_first_and_explains_below() -> None:
    message = one(
        Note("bad", "Line 2 raised an error, after 12 ms."),
        Code("(2, 3)", "text"),
        Code("line 2\nRuntimeError: shapes cannot be multiplied (2x3 and 2x3)", "text"),
        Prose("**What it means:** the inner sizes differ.\n\n**Try this:** `x @ x.T`"),
        actions=(NEXT,),
    )
    assert message.embeds == (
        {
            "color": RED,
            "description": (
                "✗ Line 2 raised an error, after 12 ms.\n```\n(2, 3)\n```\n"
                "```\nline 2\nRuntimeError: shapes cannot be multiplied (2x3 and 2x3)\n```\n"
                "**What it means:** the inner sizes differ.\n\n**Try this:** `x @ x.T`"
            ),
        },
    )


def test_a_run_shows_its_figures_its_files_and_the_inspector_with_words() -> None:
    message = one(
        Note("good", "It ran in 35 ms."),
        Code("line 1", "text"),
        Note("info", "20 more lines; all of it is in output.txt."),
        File("output.txt", b"line 1\nline 2"),
        Image(PNG, "Figure 1, drawn by your code"),
        Image(PNG, "Figure 2, drawn by your code"),
        Image(PNG, "x  new · [2, 3]", Card("Tensor inspector", "1 of 2", ())),
        Code("y  [5]", "text"),
    )
    assert message.embeds == (
        {
            "color": GREEN,
            "description": (
                "✓ It ran in 35 ms.\n```\nline 1\n```\nℹ 20 more lines; all of it is in output.txt."
            ),
            "image": {"url": "attachment://picture.png"},
        },
        {"color": GREEN, "image": {"url": "attachment://picture-2.png"}},
        {
            "color": GREEN,
            "title": "Tensor inspector · 1 of 2",
            "description": "```\ny  [5]\n```",
            "image": {"url": "attachment://picture-3.png"},
        },
    )
    assert {file.name: file.alt for file in message.files} == {
        "picture.png": "Figure 1, drawn by your code",
        "picture-2.png": "Figure 2, drawn by your code",
        "picture-3.png": "x  new · [2, 3]",
        "output.txt": "",
    }


def test_each_block_of_a_post_has_its_own_colour() -> None:
    message = one(
        Heading("Block 1 of 2"),
        Note("good", "It ran in 1 ms."),
        Heading("Block 2 of 2"),
        Note("bad", "Line 1 raised an error, after 1 ms."),
    )
    assert [embed["color"] for embed in message.embeds] == [GREEN, RED]


def test_a_verdict_lists_what_was_looked_at() -> None:
    description = text(
        Note("info", "Not there yet, but here is how far it is:"),
        Prose("- ✓ `F_new` · shape `(1, n)`\n- ✗ `F_new` · `float32` · yours: `int64`"),
        Note("info", "1 attempt used so far."),
        Note("warn", "Almost."),
    )
    assert description == (
        "ℹ Not there yet, but here is how far it is:\n\n"
        "- ✓ `F_new` · shape `(1, n)`\n- ✗ `F_new` · `float32` · yours: `int64`\n\n"
        "ℹ 1 attempt used so far.\n⚠ Almost."
    )


def test_a_poll_says_when_it_closes_in_the_time_of_whoever_reads() -> None:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    reply = Reply(
        (Heading("A question for everybody"), Prose("Which?"), Moment("Open until {when}.", at)),
        reactions=("🇦", "🇧"),
    )
    (message,) = render(reply, LOOK)
    assert message.embeds[0]["description"] == (
        "Which?\n\nOpen until <t:1772366400:F> (<t:1772366400:R>)."
    )
    assert message.reactions == ("🇦", "🇧")


def test_short_fields_stand_side_by_side() -> None:
    message = one(Heading("Tensors"), Fields((("Sections read", "2/6"), ("Points", "3"))))
    assert message.embeds[0]["fields"] == [
        {"name": "Sections read", "value": "2/6", "inline": True},
        {"name": "Points", "value": "3", "inline": True},
    ]


def test_fields_with_text_below_or_long_values_are_lines_in_their_place() -> None:
    assert text(Prose("Given:"), Fields((("n", "10"), ("F", "[10]"))), Code("n")) == (
        "Given:\n**n** · 10\n**F** · [10]\n```py\nn\n```"
    )
    assert text(Fields((("next", "Go on to the next part of it."),))) == (
        "**next** · Go on to the next part of it."
    )


def test_a_field_of_several_lines_keeps_its_spaces() -> None:
    message = one(Fields((("x", "1  2\n3  4"),)))
    assert message.embeds[0]["fields"] == [
        {"name": "x", "value": "```\n1  2\n3  4\n```", "inline": False}
    ]


def test_names_and_values_are_shown_as_they_are() -> None:
    fields = Fields((("__init__", "*x* <@1>"), ("`a`", "# b")))
    message = one(fields)
    assert [(field["name"], field["value"]) for field in message.embeds[0]["fields"]] == [
        (r"\_\_init\_\_", r"\*x\* \<@1>"),
        (r"\`a\`", r"\# b"),
    ]


def test_a_remark_keeps_its_code_and_nothing_else_of_a_stranger() -> None:
    said = text(Note("warn", "No `x*y*` here, @everyone: __a__ <@1>\n# big"))
    assert said == "⚠ No `x*y*` here, @\u200beveryone: \\_\\_a\\_\\_ \\<@1>\n\\# big"


def test_fences_in_output_cannot_end_the_block() -> None:
    assert text(Code("a\n```\n@everyone", "text")) == "```\na\n`\u200b`\u200b`\n@everyone\n```"


def test_a_picture_that_is_too_large_is_told_in_words() -> None:
    message = one(Image(PNG * 1000, "a cat"), look=Look(ENGLISH, filesize_limit=1000))
    assert message.embeds[0]["description"] == "-# [picture: a cat]"
    assert not message.files


def test_a_file_that_is_too_large_is_named_with_both_sizes() -> None:
    message = one(File("model.pt", bytes(11 << 20)))
    assert message.embeds[0]["description"] == (
        "⚠ model.pt is too large to send: it has 11.0 MiB, and 10.0 MiB fit here."
    )


def test_names_of_files_are_made_fit_for_an_address() -> None:
    message = one(File("../a b.txt", b"x"), File("a_b.TXT", b"y"), File("그림.png", b"z"))
    assert [file.name for file in message.files] == ["a_b.txt", "a_b-2.TXT", "그림.png"]


def test_buttons_with_one_meaning_are_told_apart_for_discord() -> None:
    twice = (Button("A", Ref("learn")), Button("B", Ref("learn")))
    (row,) = one(Note("info", "x"), actions=twice).rows
    assert [item.custom_id for item in row if isinstance(item, ButtonItem)] == [
        "t1:learn",
        "t1:learn~+1",
    ]


def test_a_button_that_leads_on_comes_first_in_its_row() -> None:
    (row,) = one(
        Note("info", "x"),
        actions=(Button("Back", Ref("back")), Link("Docs", "https://pytorch.org"), NEXT),
    ).rows
    assert [item.label for item in row if isinstance(item, ButtonItem | LinkItem)] == [
        "Next",
        "Back",
        "Docs",
    ]


def test_a_reply_without_parts_is_no_message() -> None:
    assert render(Reply((), slot="run:1"), LOOK) == ()


def test_what_makes_nothing_to_see_is_still_a_message() -> None:
    assert one(Prose(" "), actions=(NEXT,)).content == "…"
