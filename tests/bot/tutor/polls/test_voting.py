from dataclasses import replace

from bot.curriculum import LoadedCurriculum
from bot.tutor.event import Place
from bot.tutor.reply import Image, Moment, Ref, Reply
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import TWO, Member, StoppedClock
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import words_of

OWN = {"ask": "What is 6 × 7?", "options": "41\n* 42\n43", "explain": "Count."}


def vote(option: str) -> Ref:
    return Ref("vote", ("1", option))


async def due(tutor: Tutor, platform: str | None = None) -> list[Reply]:
    return [reply async for reply in tutor.due(platform)]


async def votes(services: Services) -> dict[str, str]:
    assert services.polls
    return dict(await services.polls.votes(1))


def text_of(reply: Reply) -> str:
    return "\n".join(map(words_of, reply.parts))


# Buttons -----------------------------------------------------------------------------------------


async def test_a_vote_is_told_to_whoever_voted_alone(
    teacher: Member, members: list[Member], clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    await members[0].sends(vote("b"))
    assert [reply.visibility for reply in members[0].replies] == ["private"]
    moment = members[0].seen.parts[0]
    assert isinstance(moment, Moment)
    assert moment.text == "Your answer: B. You can change it until {when}."
    assert (moment.at - clock.time).total_seconds() == 600


async def test_the_last_answer_counts_one_a_person(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    for option in ("a", "c", "b"):
        await members[0].sends(vote(option))
    await members[1].sends(vote("c"))
    assert await votes(services) == {"member-0": "b", "member-1": "c"}


async def test_a_vote_is_no_answer_in_the_learners_own_progress(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", question="tensors-101/default-dtype")
    await members[0].sends(vote("float32"))
    learner = await services.store.learner(members[0].actor)
    assert await votes(services) == {"member-0": "float32"}
    assert await services.store.answers(learner.id, "tensors-101") == ()


async def test_the_count_is_shown_without_what_was_chosen_every_few_seconds(
    tutor: Tutor, teacher: Member, members: list[Member], clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    assert await due(tutor) == []
    for member in members[:3]:
        await member.sends(vote("b"))
    (shown,) = await due(tutor)
    assert "3 people have answered." in text_of(shown)
    assert replace(shown, parts=()) == replace(teacher.public, parts=())
    await members[3].sends(vote("a"))
    clock.passes(seconds=1)
    assert await due(tutor) == []
    clock.passes(seconds=2)
    (shown,) = await due(tutor)
    assert "4 people have answered." in text_of(shown)
    clock.passes(seconds=60)
    assert await due(tutor) == []


async def test_a_vote_after_the_end_is_declined_kindly(
    teacher: Member, members: list[Member], clock: StoppedClock, services: Services
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    clock.passes(minutes=10)
    assert "closed" in await members[0].sends(vote("b"))
    assert await votes(services) == {}


async def test_pressing_what_is_not_there_changes_nothing(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    for args in (("1", "z"), ("2", "a"), ("x", "a"), ("1" * 40, "a"), ("１", "a"), ("-1", "a")):
        assert "no longer there" in await members[0].sends(Ref("vote", args))
    assert await votes(services) == {}


async def test_nobody_votes_from_another_server_or_platform(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    members[0].acts_in(TWO)
    await members[0].sends(vote("a"))
    members[1]._actor = replace(members[1].actor, platform="slack")
    await members[1].sends(vote("a"))
    assert await votes(services) == {}


async def test_a_lesson_that_changes_meanwhile_does_not_change_what_was_asked(
    tutor: Tutor, teacher: Member, members: list[Member], clock: StoppedClock, services: Services
) -> None:
    await teacher.tutors("post-quiz", question="tensors-101/default-dtype")
    asked = text_of(teacher.public)
    gone = Tutor(replace(services, clock=clock, curriculum=LoadedCurriculum([])))
    members[0].tutor = gone
    await members[0].sends(vote("float32"))
    clock.passes(minutes=10)
    (closed,) = await due(gone)
    assert asked.splitlines()[1] in text_of(closed)


# Closing -----------------------------------------------------------------------------------------


async def test_when_its_time_is_up_everybody_sees_who_was_right_and_why(
    tutor: Tutor,
    teacher: Member,
    members: list[Member],
    clock: StoppedClock,
    pictures: RecordedPictures,
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    for number, member in enumerate(members):
        await member.sends(vote("b" if number < 7 else "a"))
    clock.passes(minutes=10)
    (closed,) = await due(tutor)
    assert (closed.slot, closed.channel, closed.actions) == ("poll:1", "general-1", ())
    assert closed.visibility == "public"
    (chart,) = [part for part in closed.parts if isinstance(part, Image)]
    assert chart.alt == "10 answers; A: 3 answers; B, right: 7 answers; C: 0 answers"
    assert chart.drawing == pictures.drawn[-1]
    assert "**B** 42: right" in text_of(closed)
    assert text_of(closed).endswith("Count.")
    assert await due(tutor) == []


async def test_each_choice_of_a_lessons_question_is_explained(
    tutor: Tutor, teacher: Member, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", question="tensors-101/default-dtype")
    clock.passes(minutes=10)
    (closed,) = await due(tutor)
    assert "what NumPy and Python's own `float` use" in text_of(closed)
    assert "class labels and indices" in text_of(closed)


async def test_where_nothing_can_be_drawn_the_tally_is_said(
    tutor: Tutor,
    teacher: Member,
    members: list[Member],
    clock: StoppedClock,
    pictures: RecordedPictures,
) -> None:
    pictures.broken = True
    await teacher.tutors("post-quiz", **OWN)
    await members[0].sends(vote("a"))
    clock.passes(minutes=10)
    (closed,) = await due(tutor)
    assert "- 1 answer\n- A: 1 answer\n- B, right: 0 answers" in text_of(closed)


async def test_the_end_comes_after_a_restart_too(
    teacher: Member, members: list[Member], restarted: Tutor, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    await members[0].sends(vote("b"))
    clock.passes(days=2)
    (closed,) = await due(restarted)
    assert "[1 answer; A: 0 answers; B, right: 1 answer; C: 0 answers]" in text_of(closed)


async def test_a_closing_that_was_not_delivered_is_tried_again_more_and_more_rarely(
    tutor: Tutor, teacher: Member, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    clock.passes(minutes=10)
    tries = 0
    for _ in range(4000):
        replies = tutor.due()
        async for _reply in replies:
            tries += 1
            break  # the chat did not take it
        await replies.aclose()
        clock.passes(seconds=5)
    assert tries == 10
    assert await due(tutor) == []


async def test_a_closing_interrupted_by_the_end_of_the_program_is_done_again(
    tutor: Tutor, teacher: Member, restarted: Tutor, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    clock.passes(minutes=10)
    replies = tutor.due()
    first = await anext(replies)
    await replies.aclose()
    assert await due(restarted) == [first]


async def test_each_platform_is_given_its_own_polls(
    tutor: Tutor, teacher: Member, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    clock.passes(minutes=10)
    assert await due(tutor, "slack") == []
    assert len(await due(tutor, "discord")) == 1


async def test_polls_of_two_servers_go_to_their_own_channels(
    tutor: Tutor, teacher: Member, members: list[Member], clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    other = Member(tutor, "alan", TWO, manages=True)
    await other.tutors("post-quiz", **OWN)
    await members[0].sends(vote("b"))
    clock.passes(minutes=10)
    closed = await due(tutor)
    assert [(one.slot, one.channel) for one in closed] == [
        ("poll:1", "general-1"),
        ("poll:2", "general-2"),
    ]
    assert "[1 answer;" in text_of(closed[0])
    assert "[0 answers;" in text_of(closed[1])


# Reactions ---------------------------------------------------------------------------------------


async def test_reactions_are_votes_until_they_are_taken_away(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    ada, alan = members[:2]
    await ada.reacts("🇦", "poll:1")
    await ada.reacts("🇧", "poll:1")
    await alan.reacts("🇨", "poll:1")
    assert await votes(services) == {"member-0": "b", "member-1": "c"}
    await ada.reacts("🇦", "poll:1", added=False)
    assert await votes(services) == {"member-0": "b", "member-1": "c"}
    await ada.reacts("🇧", "poll:1", added=False)
    assert await votes(services) == {"member-1": "c"}
    assert ada.replies == alan.replies == []


async def test_other_reactions_and_other_messages_are_no_votes(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    for emoji, slot in (("🇩", "poll:1"), ("👍", "poll:1"), ("🇦", "poll:2"), ("🇦", "poll:x")):
        await members[0].reacts(emoji, slot)
    members[0].acts_in(Place("server", "server-2", "general-1"))
    await members[0].reacts("🇦", "poll:1")
    assert await votes(services) == {}


async def test_a_reaction_poll_has_no_buttons_to_press(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    assert "no longer there" in await members[0].sends(vote("a"))
    assert await votes(services) == {}


async def test_reactions_after_the_end_count_no_more(
    teacher: Member, members: list[Member], services: Services, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    await members[0].reacts("🇦", "poll:1")
    clock.passes(minutes=10)
    await members[0].reacts("🇧", "poll:1")
    await members[0].reacts("🇦", "poll:1", added=False)
    await members[1].reacts("🇧", "poll:1")
    assert await votes(services) == {"member-0": "a"}


async def test_open_reaction_polls_are_named_until_they_are_closed(
    tutor: Tutor, teacher: Member, clock: StoppedClock
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    await teacher.tutors("post-quiz", **OWN)
    assert await tutor.open_reaction_polls("discord") == ("poll:1",)
    assert await tutor.open_reaction_polls("slack") == ()
    clock.passes(minutes=10)
    assert await tutor.open_reaction_polls("discord") == ("poll:1",)
    await due(tutor)
    assert await tutor.open_reaction_polls("discord") == ()


async def test_after_a_time_unseen_votes_are_what_the_reactions_are(
    teacher: Member, members: list[Member], restarted: Tutor, services: Services
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    for member, emoji in zip(members, "🇦🇦🇦🇦", strict=False):
        await member.reacts(emoji, "poll:1")
    stays, changed, gone, undecided, late = members[:5]
    await restarted.recount(
        "poll:1",
        {
            "🇧": [stays.actor, undecided.actor],
            "🇦": [stays.actor],
            "🇨": [changed.actor, undecided.actor, late.actor],
            "👍": [gone.actor],
        },
    )
    assert await votes(services) == {
        stays.actor.user_id: "a",
        changed.actor.user_id: "c",
        undecided.actor.user_id: "b",
        late.actor.user_id: "c",
    }


async def test_recounting_leaves_everything_else_alone(
    teacher: Member, members: list[Member], restarted: Tutor, services: Services
) -> None:
    await teacher.tutors("post-quiz", **OWN)
    await members[0].sends(vote("b"))
    for slot in ("poll:1", "poll:2", "poll:", "run:1"):
        await restarted.recount(slot, {"🇦": [members[0].actor]})
    assert await votes(services) == {"member-0": "b"}


async def test_whoever_is_blocked_has_no_vote(
    teacher: Member,
    members: list[Member],
    restarted: Tutor,
    services: Services,
    clock: StoppedClock,
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    await services.places.block("discord", "member-0", "discord:grace", clock.now())
    await members[0].reacts("🇦", "poll:1")
    assert members[0].replies == []
    await restarted.recount("poll:1", {"🇦": [members[0].actor, members[1].actor]})
    assert await votes(services) == {"member-1": "a"}


async def test_voting_makes_nobody_known_by_a_mere_reaction(
    teacher: Member, members: list[Member], services: Services
) -> None:
    await teacher.tutors("post-quiz", how="reactions", **OWN)
    await members[0].reacts("🇦", "poll:1")
    assert await services.store.known(members[0].actor) is None
