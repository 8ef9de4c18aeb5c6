from dataclasses import replace

import pytest

from bot.storage.places import SqlitePlaces
from bot.storage.polls import SqlitePolls
from bot.tutor.records import ServerSettings
from bot.tutor.reply import Button, Heading, Moment, Ref
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import DM, Member, StoppedClock
from tests.doubles.visitor import words_of

QUESTION = "tensors-101/default-dtype"
OWN = {"ask": "What is 6 × 7?", "options": "41\n* 42\n43", "explain": "Count."}


async def test_a_question_of_a_lesson_goes_to_the_channel_for_everybody(teacher: Member) -> None:
    await teacher.tutors("post-quiz", question=QUESTION)
    poll = teacher.public
    assert (poll.slot, poll.channel) == ("poll:1", "general-1")
    assert [one.label for one in poll.actions if isinstance(one, Button)] == list("ABCD")
    text = "\n".join(map(words_of, poll.parts))
    assert "**A**" in text
    assert "`torch.float32`" in text
    assert "Nobody has answered yet." in text
    assert poll.reactions == ()


async def test_whoever_asked_is_told_when_it_closes(teacher: Member, clock: StoppedClock) -> None:
    await teacher.tutors("post-quiz", question=QUESTION, minutes="90")
    moments = [part for part in teacher.private.parts if isinstance(part, Moment)]
    assert [(part.at - clock.time).total_seconds() for part in moments] == [5400]
    assert "{when}" in moments[0].text


async def test_ten_minutes_are_usual(teacher: Member, clock: StoppedClock) -> None:
    await teacher.tutors("post-quiz", question=QUESTION)
    (moment,) = [part for part in teacher.public.parts if isinstance(part, Moment)]
    assert (moment.at - clock.time).total_seconds() == 600


async def test_a_poll_is_kept_before_it_is_announced(
    tutor: Tutor, teacher: Member, services: Services
) -> None:
    event_replies = teacher.tutors("post-quiz", question=QUESTION)
    await event_replies
    assert services.polls
    (poll,) = await services.polls.unclosed()
    assert (poll.lesson, poll.question, poll.asked_by) == ("tensors-101", "default-dtype", "grace")


async def test_a_question_of_the_teachers_own(teacher: Member) -> None:
    await teacher.tutors("post-quiz", **OWN)
    text = "\n".join(map(words_of, teacher.public.parts))
    assert "What is 6 × 7?" in text
    assert "- **A** 41\n- **B** 42\n- **C** 43" in text
    assert "*" not in text.replace("**", "")


async def test_by_reactions_the_letters_stand_below_and_there_are_no_buttons(
    teacher: Member,
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    assert teacher.public.reactions == ("🇦", "🇧", "🇨")
    assert teacher.public.actions == ()


async def test_the_form_is_filled_in_and_comes_back_as_a_question(teacher: Member) -> None:
    await teacher.tutors("post-quiz", minutes="5", how="reactions", channel="quiz")
    ref = next(one.ref for one in teacher.seen.actions if isinstance(one, Button))
    assert ref == Ref("ask", ("5", "reactions", "quiz", "en"))
    form = teacher.opens(ref)
    assert [(field.id, field.required) for field in form.fields] == [
        ("ask", True),
        ("options", True),
        ("explain", False),
    ]
    assert max(len(field.label) for field in form.fields) <= 45
    assert await teacher.tutor.form(ref, teacher.actor) == form
    await teacher.submits(form.ref, OWN)
    assert teacher.public.channel == "quiz"
    assert teacher.public.reactions


async def test_what_was_written_comes_back_with_what_it_lacks(teacher: Member) -> None:
    ref = Ref("ask", ("5", "buttons", "quiz", "en"))
    said = await teacher.submits(ref, {"ask": "Which?", "options": "one\ntwo"})
    assert "Put a * before the right option" in said
    assert "Which?\none\ntwo" in said
    assert next(one.ref for one in teacher.seen.actions if isinstance(one, Button)) == ref


@pytest.mark.parametrize("minutes", ["0", "10081", "-3", "1.5", "soon", "١", "9" * 400])
async def test_impossible_minutes_are_explained(teacher: Member, minutes: str) -> None:
    assert "1 to 10080 minutes" in await teacher.tutors(
        "post-quiz", question=QUESTION, minutes=minutes
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"question": "nothing/at-all"}, "lesson/question"),
        ({"question": "tensors-101/nothing"}, "tensors-101/default-dtype"),
        ({"question": "every-question/some-of-many"}, "one right option"),
        ({"question": QUESTION, "how": "shouting"}, "`reactions`"),
        ({"question": QUESTION, "channel": "a b"}, "no such channel"),
    ],
)
async def test_what_cannot_be_asked_is_explained(
    teacher: Member, services: Services, options: dict[str, str], said: str
) -> None:
    assert said in await teacher.tutors("post-quiz", **options)
    assert services.polls
    assert await services.polls.unclosed() == ()


async def test_the_language_is_the_servers_else_that_of_who_asks(
    tutor: Tutor, services: Services
) -> None:
    teacher = Member(tutor, "grace", manages=True, locale="ko")
    await teacher.tutors("post-quiz", question=QUESTION)
    korean = teacher.public.parts[0]
    await services.places.keep_server("discord", "server-1", ServerSettings(locale="en"))
    await teacher.tutors("post-quiz", question=QUESTION)
    assert teacher.public.parts[0] == Heading("A question for everybody")
    assert korean != teacher.public.parts[0]


async def test_the_tutors_own_channel_is_where_it_goes_if_none_is_named(
    teacher: Member, services: Services
) -> None:
    await services.places.keep_server("discord", "server-1", ServerSettings(channel_id="quiz"))
    await teacher.tutors("post-quiz", question=QUESTION)
    assert teacher.public.channel == "quiz"


@pytest.mark.parametrize("form", [True, False])
async def test_others_are_turned_away(tutor: Tutor, services: Services, form: bool) -> None:
    member = Member(tutor, "ada")
    ref = Ref("ask", ("5", "buttons", "quiz", "en"))
    await (member.submits(ref, OWN) if form else member.tutors("post-quiz", **OWN))
    assert "for those who look after the tutor" in member.text
    assert all(reply.visibility == "private" for reply in member.replies)
    assert services.polls
    assert await services.polls.unclosed() == ()


async def test_in_a_dm_there_is_no_channel_to_ask(tutor: Tutor) -> None:
    assert "look after" in await Member(tutor, "grace", DM, manages=True).tutors(
        "post-quiz", question=QUESTION
    )


async def test_a_newcomers_introduction_stays_out_of_the_channel(teacher: Member) -> None:
    await teacher.tutors("post-quiz", question=QUESTION)
    assert "are kept" not in "\n".join(map(words_of, teacher.public.parts))
    assert "are kept" in "\n".join(map(words_of, teacher.private.parts))


async def test_without_a_memory_for_polls_there_is_one_sentence(
    services: Services, clock: StoppedClock
) -> None:
    tutor = Tutor(replace(services, clock=clock, polls=None))
    teacher = Member(tutor, "grace", manages=True)
    assert "no channels" in await teacher.tutors("post-quiz", question=QUESTION)
    assert [reply async for reply in tutor.due()] == []
    assert await tutor.open_reaction_polls("discord") == ()


def test_the_stores_are_real(services: Services) -> None:
    assert isinstance(services.polls, SqlitePolls)
    assert isinstance(services.places, SqlitePlaces)
