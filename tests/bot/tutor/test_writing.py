"""Forms for code: what they hold, and what becomes of what is written into them."""

import pytest

from bot.curriculum import LoadedCurriculum
from bot.locales.catalogues import load_catalogues
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import Actor, Place
from bot.tutor.reply import Form, Ref
from bot.tutor.tutor import Tutor
from bot.tutor.writing import MOST_FILLED, form_for
from tests.doubles.fake_runner import FakeRunner, failure
from tests.doubles.visitor import Background, Visitor

DM = Place(kind="dm", channel_id="d")
STEP = ("tensors-101", "c", "row")


@pytest.fixture
def ada(tutor: Tutor) -> Visitor:
    return Visitor(tutor, place=DM)


def value(form: Form) -> str:
    (field,) = form.fields
    return field.value


async def at_the_step(ada: Visitor) -> Ref:
    """Go to the first step of the challenge and return what its Edit & run opens."""
    await ada.says("challenge")
    return (await ada.form_behind("Edit & run")).ref


# What is offered where --------------------------------------------------------------------------


async def test_a_section_offers_to_change_its_code(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("learn")
    assert ada.labels == ["Run", "Edit & run", "Next", "Language"]
    form = await ada.form_behind("Edit & run")
    assert value(form).startswith("number = torch.tensor(3.0)")
    shown = await ada.submits(form.ref, {"code": "number = 4"})
    assert runner.code == ["number = 4"]
    assert "It ran in" in shown
    assert ada.seen.visibility == "private"
    assert "Section 2 of 6" in await ada.presses("Next")


async def test_a_section_without_code_offers_nothing_to_change(ada: Visitor) -> None:
    await ada.sends(Ref("go", ("every-question", "s", "words-only")))
    assert "Edit & run" not in ada.labels


async def test_a_step_offers_to_try_and_to_hand_in(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("challenge")
    assert ada.labels[:2] == ["Edit & run", "Write and submit"]
    for label in ada.labels[:2]:
        assert "F_new" in value(await ada.form_behind(label))
    assert runner.ran == []


async def test_a_question_answered_with_code_offers_to_try_it(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.sends(Ref("go", ("every-question", "q", "write-code")))
    assert ada.labels[:2] == ["Answer", "Edit & run"]
    form = await ada.form_behind("Edit & run")
    assert value(form) == "scaled = X\n"
    await ada.submits(form.ref, {"code": "scaled = X * 2"})
    assert runner.code == ["scaled = X * 2"]
    assert "Submit" in ada.labels


async def test_a_terminal_offers_no_forms_for_code(tutor: Tutor) -> None:
    ada = Visitor(tutor)
    for verb in ("learn", "challenge", "help"):
        await ada.says(verb)
        assert not {"Edit & run", "Write and submit", "Run code"} & set(ada.labels)
    await ada.posts("x")
    assert "Run again" not in ada.labels


# What is filled in ------------------------------------------------------------------------------


async def test_a_step_is_filled_with_the_code_that_was_run_there_last(
    ada: Visitor, tutor: Tutor
) -> None:
    await at_the_step(ada)
    await ada.posts("F_new = 1")
    await ada.posts("F_new = 2")
    await ada.sends(Ref("go", STEP))
    assert value(await ada.form_behind("Edit & run")) == "F_new = 2"
    assert value(await ada.form_behind("Write and submit")) == "F_new = 1\n\nF_new = 2"
    bob = Visitor(tutor, "bob", place=DM)
    await bob.says("challenge")
    assert "F_new = 2" not in value(await bob.form_behind("Edit & run"))


async def test_a_step_is_filled_with_what_was_handed_in_if_that_was_later(ada: Visitor) -> None:
    await at_the_step(ada)
    await ada.posts("F_new = 1")
    await ada.sends(Ref("go", STEP))
    handin = (await ada.form_behind("Write and submit")).ref
    await ada.submits(handin, {"code": "F_new = F"})
    assert value(await ada.form_behind("Write and submit")) == "F_new = F"
    assert value(await ada.form_behind("Edit & run")) == "F_new = F"


async def test_a_question_is_filled_with_what_was_run_there(ada: Visitor) -> None:
    await ada.sends(Ref("go", ("every-question", "q", "write-code")))
    await ada.posts("scaled = X * 2")
    await ada.sends(Ref("go", ("every-question", "q", "write-code")))
    form = await ada.form_behind("Answer")
    assert value(form) == "scaled = X * 2"
    assert ada.tutor.form_for(form.ref) != form
    shown = await ada.submits(form.ref, {form.fields[0].id: "scaled = X * 3"})
    assert "Back to the task" in ada.labels
    assert "no longer there" not in shown


async def test_what_was_written_is_still_there_after_a_reset(ada: Visitor) -> None:
    await at_the_step(ada)
    await ada.posts("F_new = 1")
    await ada.says("reset")
    await ada.sends(Ref("go", STEP))
    assert value(await ada.form_behind("Edit & run")) == "F_new = 1"
    assert value(await ada.form_behind("Write and submit")) == "F_new = 1"


async def test_failed_code_can_be_taken_up_again_as_it_was(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await at_the_step(ada)
    runner.will(failure())
    await ada.posts("F_new = G")
    form = await ada.form_behind("Edit & run")
    assert value(form) == "F_new = G"
    await ada.says("learn")
    await ada.says("next")
    await ada.submits(form.ref, {"code": "F_new = F"})
    assert [(cell.code, cell.step) for cell in await store.cells(1)] == [
        ("F_new = G", "row"),
        ("F_new = F", "row"),
    ]


async def test_code_too_long_for_a_form_is_not_filled_in(ada: Visitor) -> None:
    await at_the_step(ada)
    await ada.posts("#" * (MOST_FILLED + 1))
    await ada.sends(Ref("go", STEP))
    form = await ada.form_behind("Edit & run")
    assert value(form) == ""
    assert form.fields[0].label == "Your code (too long to be filled in)"


async def test_opening_a_form_makes_nobody_known(tutor: Tutor, store: SqliteStore) -> None:
    actor = Actor("discord", "9", "Eve", "ko")
    form = await tutor.form(Ref("edit", (*STEP, "ko")), actor)
    assert form is not None
    assert form.title == "고쳐서 실행"
    assert await store.known(actor) is None


# What becomes of it -----------------------------------------------------------------------------


async def test_code_for_a_step_runs_with_what_the_step_starts_from(
    ada: Visitor, runner: FakeRunner, store: SqliteStore, background: Background
) -> None:
    ref = await at_the_step(ada)
    background.drop()
    await ada.says("learn")
    await ada.sends(Ref("go", ("tensors-101", "s", "shape")))
    runner.session = True
    await ada.submits(ref, {"code": "F_new = F"})
    assert [sorted(cell.given) for cell in runner.ran] == [["F", "M", "W", "n"], []]
    assert ada.labels[0] == "Submit"
    position = await store.position(1)
    assert position is not None
    assert (position.stage, position.item) == ("step", "row")


async def test_what_is_written_for_a_step_is_graded(ada: Visitor, store: SqliteStore) -> None:
    await ada.says("challenge")
    ref = (await ada.form_behind("Write and submit")).ref
    await ada.submits(ref, {"code": "F_new = F * 2"})
    assert ada.labels[:2] == ["Edit & run", "Write and submit"]
    shown = await ada.submits(ref, {"code": "F_new = F.unsqueeze(0)"})
    assert "Points:" in shown
    assert [one.outcome for one in await store.attempts(1, "tensors-101")] == ["wrong", "passed"]
    assert "You have solved this already." in await ada.submits(ref, {"code": "F_new = F"})
    assert len(await store.attempts(1, "tensors-101")) == 2


@pytest.mark.parametrize("code", ["", "  \n", "x" * 70_000, "x = '\ud800'"])
async def test_what_cannot_be_run_or_graded_is_answered_with_a_way_back(
    ada: Visitor, runner: FakeRunner, store: SqliteStore, code: str
) -> None:
    await ada.says("challenge")
    for verb in ("edit", "handin"):
        await ada.submits(Ref(verb, (*STEP, "en")), {"code": code})
        assert ada.seen.actions
        assert len(ada.text) < 120
    assert runner.ran == []
    assert await store.attempts(1, "tensors-101") == ()


async def test_code_for_a_part_that_is_gone_is_not_thrown_away(
    ada: Visitor, runner: FakeRunner
) -> None:
    gone = ("tensors-101", "c", "gone", "en")
    await ada.submits(Ref("edit", gone), {"code": "x = 1"})
    assert runner.code == ["x = 1"]
    shown = await ada.submits(Ref("handin", gone), {"code": "x = 2"})
    assert "no longer there" in shown
    assert "x = 2" in shown


@pytest.mark.parametrize(
    "ref",
    [
        Ref("edit"),
        Ref("edit", ("tensors-101", "s", "en")),
        Ref("edit", ("gone", "s", "gone", "en")),
        Ref("edit", ("tensors-101", "d", "", "en")),
        Ref("edit", ("every-question", "s", "words-only", "en")),
        Ref("edit", ("every-question", "q", "how-many", "en")),
        Ref("handin", ("tensors-101", "s", "shape", "en")),
        Ref("compose"),
        Ref("compose", ("en", "en")),
        Ref("run", ("a", "b", "c", "d")),
    ],
)
async def test_what_opens_no_form(tutor: Tutor, ref: Ref) -> None:
    assert tutor.form_for(ref) is None
    assert await tutor.form(ref, Actor("discord", "9", "Eve")) is None


def test_forms_fit_what_chats_can_show(curriculum: LoadedCurriculum) -> None:
    wordings = load_catalogues()
    for locale in (*wordings.locales, "xx", "\ud800", ""):
        for ref in (
            Ref("compose", (locale,)),
            Ref("edit", (*STEP, locale)),
            Ref("edit", ("-", "x", "00000000", locale)),
            Ref("handin", (*STEP, locale)),
        ):
            form = form_for(curriculum, wordings, ref)
            assert form is not None
            assert 0 < len(form.title) <= 24
            for field in form.fields:
                assert 0 < len(field.label) <= 45
                assert len(field.value) <= MOST_FILLED
