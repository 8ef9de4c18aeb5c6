"""Running text in a chat: it gets one useful answer, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.sqlite import MOST_DRAFTS, SqliteStore
from bot.tutor.code_like import is_code
from bot.tutor.event import Place
from bot.tutor.reply import Code, Ref
from bot.tutor.said import MOST_CODE, spoken
from bot.tutor.straight import straightened
from bot.tutor.tutor import Tutor
from tests.doubles.fake_runner import FakeRunner
from tests.doubles.visitor import Visitor, offers

DM = Place(kind="dm", channel_id="d")


@pytest.fixture
def ada(tutor: Tutor) -> Visitor:
    return Visitor(tutor, place=DM)


# Verbs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verb", "words"),
    [
        ("next", "next", ()),
        (" Next! ", "next", ()),
        ("**hint**?", "hint", ()),
        ("시작", "learn", ()),
        ("다음.", "next", ()),
        ("ＮＥＸＴ", "next", ()),
        ("learn autograd basics", "learn", ("autograd", "basics")),
        ("inspect x", "inspect", ("x",)),
        ("언어 ko", "language", ("ko",)),
        ("mydata delete", "mydata", ("delete",)),
        ("/next", "next", ()),
        ("/next please", "next", ("please",)),
        ("/xyzzy", "xyzzy", ()),
    ],
)
def test_a_verb_is_recognised_in_both_languages(
    text: str, verb: str, words: tuple[str, ...]
) -> None:
    assert spoken(text) == (verb, words)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "what next", "next please", "hint please?", "next\nnext", "learn = 5", "x = 1",
        "quiz(1)", "안녕하세요", "next " * 100, "tutor", "tutor export",
    ],
)  # fmt: skip
def test_a_sentence_is_no_verb(text: str) -> None:
    assert spoken(text) is None


async def test_a_plain_word_does_what_the_verb_does(ada: Visitor) -> None:
    assert "Section 1 of 6" in await ada.writes("start")
    assert "Section 2 of 6" in await ada.writes("next")
    assert "Question 1 of 3" in await ada.writes("quiz tensors-101")
    assert "There is no `xyzzy` here." in await ada.writes("/xyzzy")


async def test_a_newcomers_words_are_answered_with_what_is_stored(ada: Visitor) -> None:
    assert "`mydata delete` deletes them" in await ada.writes("hello there")
    assert "deletes them" not in await ada.writes("hello there")


@given(st.text(max_size=300))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    found = spoken(text)
    assert found is None or isinstance(found[0], str)
    assert is_code(text) in (True, False)
    assert is_code(straightened(text)) in (True, False)


# Answers ----------------------------------------------------------------------------------------


async def ask(ada: Visitor, question: str) -> None:
    await ada.sends(Ref("go", ("every-question", "q", question)))


async def test_a_letter_answers_the_question_that_is_asked(
    ada: Visitor, store: SqliteStore
) -> None:
    await ask(ada, "one-of-many")
    labels = [label for label, ref in offers(ada.seen.actions) if ref.verb == "answer"]
    right = "ab"[labels.index("`torch.zeros(2, 3)`")]
    wrong = "ba"["ab".index(right)]
    assert "Count the sizes" in await ada.writes(wrong.upper() + ")")
    assert "Right!" in await ada.writes(f"({right})")
    assert [one.given for one in await store.answers(1, "every-question")] == ["vector", "matrix"]


async def test_numbers_and_several_letters_name_options_too(
    ada: Visitor, store: SqliteStore
) -> None:
    await ask(ada, "some-of-many")
    shown = [ref.args[-1] for _, ref in offers(ada.seen.actions) if ref.verb == "answer"]
    right = [shown.index("view"), shown.index("row")]
    await ada.writes(str(right[0] + 1))
    assert "Right!" in await ada.writes(", ".join("abc"[place] for place in right))
    first, second = await store.answers(1, "every-question")
    assert first.given == shown[right[0]]
    assert set(second.given.split("\n")) == {"view", "row"}


async def test_a_number_answers_a_question_for_one(ada: Visitor, store: SqliteStore) -> None:
    await ada.says("language", "en")
    await ask(ada, "how-many")
    assert "You added the sizes" in await ada.writes("71")
    assert "Too few" in await ada.writes("１００개")
    await ada.writes(".5")
    assert "Right!" in await ada.writes(" 12,288 ")
    given = [answer.given for answer in await store.answers(1, "every-question")]
    assert given == ["71", "１００개", ".5", "12,288"]


async def test_letters_answer_a_question_of_order(ada: Visitor, store: SqliteStore) -> None:
    await ask(ada, "in-order")
    await ada.writes("d c b a")
    assert len(await store.answers(1, "every-question")) == 1
    await ada.writes("a b")
    assert len(await store.answers(1, "every-question")) == 1


@pytest.mark.parametrize("text", ["c", "ab", "9", "0", "a b", "hm"])
async def test_what_names_no_option_is_no_answer(
    ada: Visitor, store: SqliteStore, text: str
) -> None:
    await ask(ada, "one-of-many")
    await ada.writes(text)
    assert await store.answers(1, "every-question") == ()
    assert "Question 1 of" in await ada.presses("Back to the lesson")


async def test_a_letter_where_nothing_is_asked_is_no_answer(ada: Visitor) -> None:
    await ada.says("learn")
    assert "I teach PyTorch" in await ada.writes("a")
    await ask(ada, "one-of-many")
    await ada.presses("`torch.zeros(2, 3)`")
    assert "I teach PyTorch" in await ada.writes("a")


# Code -------------------------------------------------------------------------------------------


async def test_code_is_offered_and_does_not_run_by_itself(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    shown = await ada.writes("x = torch.ones(2, 3)\nx.shape")
    assert "That looks like Python." in shown
    assert runner.ran == []
    assert await store.cells(1) == ()
    await ada.presses("Run this")
    assert runner.code == ["x = torch.ones(2, 3)\nx.shape"]
    assert "It ran in" in ada.text


async def test_an_offer_is_still_there_after_a_restart(
    ada: Visitor, tutor: Tutor, runner: FakeRunner
) -> None:
    await ada.writes("x = 1")
    ref = dict(offers(ada.seen.actions))["Run this"]
    again = Visitor(Tutor(tutor._services), place=DM)
    await again.sends(ref)
    assert runner.code == ["x = 1"]


async def test_an_offer_is_of_whoever_wrote_it(
    ada: Visitor, tutor: Tutor, runner: FakeRunner
) -> None:
    await ada.writes("x = 1")
    ref = dict(offers(ada.seen.actions))["Run this"]
    assert "no longer there" in await Visitor(tutor, "bob", place=DM).sends(ref)
    for number in range(MOST_DRAFTS):
        await ada.writes(f"y = {number}")
    assert "no longer there" in await ada.sends(ref)
    assert runner.ran == []


async def test_bent_quotation_marks_are_offered_straight(ada: Visitor, runner: FakeRunner) -> None:
    await ada.writes("print(“hi”)")
    (code,) = [part.text for part in ada.seen.parts if isinstance(part, Code)]
    assert code == 'print("hi")'
    await ada.presses("Fix and run")
    assert runner.code == ['print("hi")']


async def test_indented_code_is_run_without_its_margin(ada: Visitor, runner: FakeRunner) -> None:
    await ada.writes("    x = 1\n    y = 2\n")
    await ada.presses("Run this")
    assert runner.code == ["x = 1\ny = 2"]


async def test_shown_code_hides_nothing(ada: Visitor) -> None:
    await ada.writes("x = 'a\u202eb\x1b[31m'")
    (code,) = [part.text for part in ada.seen.parts if isinstance(part, Code)]
    assert "\u202e" not in code
    assert "\x1b" not in code


# Anything else ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "what is a tensor?",
        "трудно",
        "x" * (MOST_CODE + 1),
        "\x00\ud800\u202e",
        "```",
    ],
)
async def test_anything_else_gets_one_short_answer_and_the_next_step(
    ada: Visitor, runner: FakeRunner, text: str
) -> None:
    await ada.says("learn")
    await ada.says("next")
    shown = await ada.writes(text)
    assert "I teach PyTorch and run Python." in shown
    assert len(shown) < 300
    assert len(ada.replies) == 1
    assert "Section 2 of 6" in await ada.presses("Back to the lesson")
    assert runner.ran == []


async def test_a_slip_is_asked_about(ada: Visitor) -> None:
    shown = await ada.writes("lern")
    assert "Did you mean this?" in shown
    assert "Section 1 of 6" in await ada.presses("learn")


async def test_the_way_to_run_code_is_at_hand(ada: Visitor, runner: FakeRunner) -> None:
    await ada.writes("how do I run code")
    form = await ada.form_behind("Run code")
    assert [field.required for field in form.fields] == [True, False]
    await ada.submits(form.ref, {"code": "input()", "input": "3"})
    assert [(cell.code, cell.stdin) for cell in runner.ran] == [("input()", "3")]


@pytest.mark.parametrize(
    ("place", "visibility"),
    [(DM, "private"), (Place(kind="server", server_id="s", channel_id="c"), "public")],
)
async def test_words_are_answered_where_they_were_said(
    tutor: Tutor, place: Place, visibility: str
) -> None:
    ada = Visitor(tutor, place=place)
    for text in ("hello there", "x = 1"):
        await ada.writes(text)
        assert ada.seen.visibility == visibility
        assert ada.seen.slot
        assert ada.seen.slot.startswith("run:")
    await ada.presses("Run this")
    assert ada.seen.visibility == "private"
