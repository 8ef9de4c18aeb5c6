from collections.abc import Callable

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.event import CodeEdited, Place, Reacted
from bot.tutor.ports import Ended, Running
from bot.tutor.reply import Note, Ref
from bot.tutor.tutor import Tutor
from bot.tutor.verbs import NAMES, VERBS, named, nearest
from tests.doubles.fake_runner import FakeRunner, result
from tests.doubles.visitor import Visitor, offers

PLACES = [Place(kind="terminal"), Place(kind="server", server_id="s", channel_id="c")]


# First contact ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (PLACES[0], "`/mydata delete` deletes them"),
        (PLACES[1], "and a server's managers what you do in their server"),
    ],
)
async def test_a_newcomer_hears_what_is_stored_with_the_first_answer_only(
    tutor: Tutor, place: Place, words: str
) -> None:
    ada = Visitor(tutor, place=place)
    first = await ada.says("learn")
    assert "Section 1 of 6" in first
    assert words in first
    assert words not in await ada.says("next")


async def test_a_newcomers_running_code_shows_the_line_until_its_reply_is_final(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will([Running(1.0, ()), Ended(result(), fresh=True)])
    await ada.posts("x")
    lines = [part.text for reply in ada.replies for part in reply.parts if isinstance(part, Note)]
    assert sum("are kept" in line for line in lines) == 2


# Verbs ------------------------------------------------------------------------------------------


async def test_every_verb_answers_a_newcomer(tutor: Tutor) -> None:
    for verb in NAMES:
        visitor = Visitor(tutor, verb)
        assert await visitor.says(verb)
        assert visitor.seen.actions, f"{verb} leaves nothing to do"


async def test_every_verb_answers_everywhere_in_a_lesson(tutor: Tutor, ada: Visitor) -> None:
    places = [("s", "shape"), ("q", "mixed-devices"), ("c", "product"), ("d",)]
    for place in places:
        for verb in NAMES:
            await ada.sends(Ref("go", ("tensors-101", *place)))
            assert await ada.says(verb)
            assert ada.seen.actions, f"{verb} at {place} leaves nothing to do"


def test_the_table_of_verbs_is_the_whole_set_of_this_release() -> None:
    assert set(NAMES) == {
        "learn", "next", "back", "quiz", "challenge", "run", "submit", "inspect", "hint",
        "solution", "skip", "progress", "language", "reset", "mydata", "help",
    }  # fmt: skip
    assert all(verb.summary.endswith(".") for verb in VERBS)


@pytest.mark.parametrize(
    ("word", "verb"),
    [
        ("다음", "next"),
        ("/Learn", "learn"),
        (" 시작 ", "learn"),
        ("prev", "back"),
        ("힌트", "hint"),
    ],
)
def test_plain_words_mean_verbs(word: str, verb: str) -> None:
    assert named(word) == verb


def test_a_slip_is_recognised() -> None:
    assert (nearest("lern"), nearest("chalenge"), nearest("xyzzy")) == ("learn", "challenge", None)


async def test_no_verb_at_all_is_a_call_for_help(ada: Visitor) -> None:
    assert "Start a lesson, or go on where you left off." in await ada.says("")


async def test_an_unknown_verb_gets_the_nearest_one(ada: Visitor) -> None:
    shown = await ada.says("chalenge")
    assert "There is no `chalenge` here." in shown
    assert "Step 1 of 3" in await ada.presses("challenge")


@pytest.mark.parametrize("word", ["xyzzy", "go", "answer-all", "`@everyone`\u202e", "x" * 5000])
async def test_nonsense_gets_a_short_answer_and_help(ada: Visitor, word: str) -> None:
    await ada.says("progress")
    shown = await ada.says(word)
    assert len(shown) < 200
    assert "\u202e" not in shown
    assert "What you can do here" in await ada.presses("What you can do here")


async def test_words_after_a_verb_that_takes_none_are_ignored(ada: Visitor) -> None:
    await ada.says("learn")
    assert "Section 2 of 6" in await ada.says("next", "please")


# Buttons ----------------------------------------------------------------------------------------

FOREIGN = [
    Ref("explode"),
    Ref("go"),
    Ref("go", ("tensors-101",)),
    Ref("go", ("tensors-101", "x", "shape")),
    Ref("go", ("tensors-101", "s", "gone")),
    Ref("go", ("tensors-101", "d", "shape")),
    Ref("go", ("gone", "s", "shape")),
    Ref("go", ("tensors-101", "s", "shape", "more")),
    Ref("answer", ("tensors-101", "1")),
    Ref("type", ("tensors-101", "1", "gone", "en")),
    Ref("hint", ("tensors-101", "s", "shape")),
    Ref("skip", ("tensors-101", "c", "gone")),
    Ref("solution", ("gone", "q", "gone")),
    Ref("submit", ("tensors-101", "c", "gone", "00000000")),
    Ref("submit", ("tensors-101", "q", "mixed-devices", "00000000")),
    Ref("run", ("tensors-101",)),
    Ref("run", ("tensors-101", "gone")),
    Ref("learn", ("gone", "gone")),
    Ref("quiz", ("gone",)),
    Ref("stop", ("now",)),
    Ref("again"),
    Ref("again", ("00000000", "", "", "")),
    Ref("draft"),
    Ref("draft", ("00000000",)),
    Ref("mydata", ("delete", "00000000", "")),
    Ref("\x00" * 3000, ("\ud800",)),
]


@pytest.mark.parametrize(
    "ref", FOREIGN, ids=[f"{ref.verb[:9]}-{number}" for number, ref in enumerate(FOREIGN)]
)
async def test_a_stale_or_forged_button_gets_one_kind_sentence_and_a_way_on(
    ada: Visitor, runner: FakeRunner, ref: Ref
) -> None:
    await ada.says("learn")
    await ada.says("next")
    assert await ada.sends(ref) == (
        "This button belongs to something that has changed or is no longer there."
    )
    assert "Section 2 of 6" in await ada.presses("Continue")
    assert runner.ran == []


@pytest.mark.parametrize(
    "ref", [Ref("explode"), Ref("type", ("a",)), Ref("type", ("a", "1", "b", "c"))]
)
async def test_a_form_that_belongs_to_nothing_is_stale_too(ada: Visitor, ref: Ref) -> None:
    assert "no longer there" in await ada.submits(ref, {"answer": "1", "other": "2"})


async def test_a_form_without_its_field_is_no_answer(ada: Visitor, store: SqliteStore) -> None:
    ref = Ref("type", ("every-question", "3", "how-many", "en"))
    assert "could not be read as a number" in await ada.submits(ref, {})
    assert await store.answers(1, "every-question") == ()


@pytest.mark.parametrize("place", PLACES, ids=["console", "server"])
async def test_buttons_fit_what_chat_platforms_carry(tutor: Tutor, place: Place) -> None:
    ada = Visitor(tutor, place=place)
    seen: list[Ref] = []
    await ada.says("learn", "every-question")
    for _ in range(14):
        seen += dict(offers(ada.seen.actions)).values()
        await ada.posts("x = 1")
        seen += dict(offers(ada.seen.actions)).values()
        await ada.says("next")
    assert max(len(":".join((ref.verb, *ref.args))) for ref in seen) <= 100


async def test_what_no_use_case_answers_yet_is_passed_over(tutor: Tutor, ada: Visitor) -> None:
    where = ada._where()
    for event in (CodeEdited(cells=(), **where), Reacted(emoji="👍", **where)):
        assert [reply async for reply in tutor.handle(event)] == []


async def test_what_is_done_in_a_server_is_kept_with_its_name(
    tutor: Tutor, store: SqliteStore
) -> None:
    there = Place(kind="thread", server_id="s", channel_id="t")
    for place in (there, Place(kind="dm", channel_id="d")):
        ada = Visitor(tutor, place=place)
        await ada.sends(Ref("answer", ("every-question", "3", "one-of-many", "vector")))
        await ada.sends(Ref("go", ("tensors-101", "c", "row")))
        await ada.posts("F_new = F * 2")
        await ada.says("submit")
    kept = (
        await store.answers(1, "every-question"),
        await store.attempts(1, "tensors-101"),
        await store.cells(1),
    )
    assert [[record.server for record in records] for records in kept] == [["s", ""]] * 3


# All of lesson 1 --------------------------------------------------------------------------------

ANSWERS = {
    "en": ("`torch.rand(5, 5)`", "It raises a RuntimeError", "`torch.float32`"),
    "ko": ("`torch.rand(5, 5)`", "RuntimeError", "`torch.float32`"),
}
SOLUTIONS = (
    "F_new = F.unsqueeze(0)",
    "output = F_new @ W",
    "def flat(t):\n    return t.reshape(-1)",
)


@pytest.mark.parametrize("locale", ["en", "ko"])
async def test_lesson_one_from_its_start_to_its_end_with_a_restart_at_every_step(
    restarted: Callable[[], Visitor], locale: str, store: SqliteStore
) -> None:
    ada = restarted()
    await ada.says("language", locale)
    await ada.says("learn")
    for _ in range(6):
        ada = restarted()
        await ada.says("run")
        await ada.presses(ada.labels[0])
    for answer in ANSWERS[locale]:
        ada = restarted()
        await ada.says("learn")
        (label,) = [one for one in ada.labels if answer in one]
        await ada.presses(label)
    for solution in SOLUTIONS:
        ada = restarted()
        await ada.says("learn")
        await ada.posts(solution)
        await ada.says("submit")
    ada = restarted()
    shown = await ada.says("learn")
    assert shown.count("3/3") == 2
    position = await store.position(1)
    assert position is not None
    assert position.stage == "done"
    assert len(await store.answers(1, "tensors-101")) == 3
    assert len(await store.attempts(1, "tensors-101")) == 3
