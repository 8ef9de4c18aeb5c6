"""Who may use the tutor where, and what everybody else is told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.tutor.access import Access, Refusal, refusal, refusal_of_code
from bot.tutor.event import (
    Actor,
    CodeEdited,
    CodePosted,
    Command,
    Event,
    MessageKey,
    Place,
    Pressed,
    Reacted,
    Said,
    SourceDeleted,
    Submitted,
)
from bot.tutor.gate import refused
from bot.tutor.records import CodePlace, ServerSettings
from bot.tutor.reply import Ref
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import DM, ONE, TWO, Member, StoppedClock

ADA = Actor("discord", "ada", "Ada")
THREAD = Place("thread", "server-1", "thread-1")
GUEST = Place("guest", "server-9", "channel-9")
TERMINAL = Place("terminal")
CLOSED = Access(
    servers=frozenset({"server-1"}), roles=frozenset({"student"}), dms=False, user_install=False
)


@pytest.mark.parametrize("place", [ONE, THREAD, GUEST, DM, TERMINAL])
def test_without_settings_everybody_may_everywhere(place: Place) -> None:
    assert refusal(Access(), ADA, place) is None


@pytest.mark.parametrize(
    ("place", "roles", "why"),
    [
        (TERMINAL, (), None),
        (DM, (), "dm"),
        (GUEST, ("student",), "user_install"),
        (TWO, ("student",), "server"),
        (ONE, (), "role"),
        (ONE, ("teacher",), "role"),
        (THREAD, ("student", "teacher"), None),
        (ONE, ("student",), None),
    ],
)
def test_each_way_of_not_being_let_in_has_its_name(
    place: Place, roles: tuple[str, ...], why: Refusal | None
) -> None:
    assert refusal(CLOSED, replace(ADA, roles=roles), place) == why


@pytest.mark.parametrize(
    ("code", "place", "why"),
    [
        ("everywhere", ONE, None),
        ("channel", ONE, "channel"),
        ("channel", replace(ONE, channel_id="torch"), None),
        ("channel", THREAD, None),
        ("threads", replace(ONE, channel_id="torch"), "threads"),
        ("threads", THREAD, None),
        ("threads", DM, None),
    ],
)
def test_a_server_says_where_code_runs(code: CodePlace, place: Place, why: Refusal | None) -> None:
    assert refusal_of_code(ServerSettings(channel_id="torch", code=code), place) == why


def test_without_a_channel_of_its_own_code_runs_in_all() -> None:
    assert refusal_of_code(ServerSettings(code="channel"), ONE) is None


# In the tutor ------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def tutor_with(services: Services, access: Access, *operators: str) -> Tutor:
    return Tutor(replace(services, access=access, operators=frozenset(operators)))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (DM, "does not answer direct messages"),
        (GUEST, "only in servers that it is in itself"),
        (TWO, "does not answer in this server"),
        (ONE, "people with a certain role"),
    ],
)
async def test_each_refusal_is_one_private_sentence_that_says_what_to_do(
    services: Services, place: Place, said: str
) -> None:
    visitor = Member(tutor_with(services, CLOSED), "ada", place)
    assert said in await visitor.commands("learn")
    (reply,) = visitor.replies
    assert (reply.visibility, len(reply.parts), reply.actions) == ("private", 1, ())


async def test_nobody_becomes_known_by_being_refused(services: Services) -> None:
    await Member(tutor_with(services, CLOSED), "ada", TWO).commands("learn")
    assert await services.store.known(ADA) is None


async def test_a_refusal_speaks_the_language_that_is_known(services: Services) -> None:
    tutor = tutor_with(services, CLOSED)
    await services.places.keep_server("discord", "server-2", ServerSettings(locale="ko"))
    assert "서버" in await Member(tutor, "ada", TWO).commands("learn")
    learner = await services.store.learner(ADA)
    await services.store.set_locale(learner.id, "en")
    assert "does not answer" in await Member(tutor, "ada", TWO, locale="ko").commands("learn")


async def test_operators_are_never_refused(services: Services) -> None:
    tutor = tutor_with(services, CLOSED, "discord:ada")
    for place in (ONE, TWO, GUEST, DM):
        assert "Why tensors matter" in await Member(tutor, "ada", place).commands("learn")
    assert "does not answer" in await Member(tutor, "alan", TWO).commands("learn")


def everything_but_a_deletion(actor: Actor, place: Place) -> list[Event]:
    where = {"actor": actor, "place": place, "key": MessageKey("discord", "general-1", "7")}
    return [
        Command(verb="learn", **where),  # type: ignore[arg-type]
        Command(verb="tutor", args=("setup",), **where),  # type: ignore[arg-type]
        Said(text="next", **where),  # type: ignore[arg-type]
        CodePosted(cells=("x = 1",), **where),  # type: ignore[arg-type]
        CodePosted(cells=("x = 1",), own=False, **where),  # type: ignore[arg-type]
        CodeEdited(cells=("x = 2",), **where),  # type: ignore[arg-type]
        Pressed(ref=Ref("go", ("tensors-101", "s", "first-tensors")), **where),  # type: ignore[arg-type]
        Pressed(ref=Ref("vote", ("1", "a")), **where),  # type: ignore[arg-type]
        Submitted(ref=Ref("compose", ("en",)), values={"code": "1"}, **where),  # type: ignore[arg-type]
    ]


async def test_whoever_is_blocked_can_do_nothing_but_look_after_their_data(
    services: Services, clock: StoppedClock
) -> None:
    tutor = tutor_with(services, Access())
    ada = Member(tutor, "ada", ONE, manages=True)
    await ada.commands("learn")
    await services.places.block("discord", "ada", "discord:grace", clock.now())
    for event in everything_but_a_deletion(ada.actor, ONE):
        (reply,) = [reply async for reply in tutor.handle(event)]
        assert reply.visibility == "private"
        assert "You cannot use this tutor here" in str(reply.parts)
    assert "What you can do here" in await ada.commands("help")
    assert "You cannot use this tutor here" not in await ada.commands("mydata")
    assert "You cannot use this tutor here" not in await ada.sends(Ref("mydata"))
    assert "Why tensors matter" in await Member(tutor, "alan").commands("learn")


async def test_a_reaction_of_somebody_refused_is_not_answered(
    services: Services, clock: StoppedClock
) -> None:
    tutor = tutor_with(services, Access())
    await services.places.block("discord", "ada", "discord:grace", clock.now())
    event = Reacted(actor=ADA, place=ONE, key=MessageKey("discord", "c", "1"), emoji="🇦")
    assert [reply async for reply in tutor.handle(event)] == []
    assert await refused(tutor._services, event)
    assert await refused(tutor._services, replace(event, added=False)) is None


async def test_what_somebody_blocked_takes_away_is_never_refused(
    services: Services, clock: StoppedClock
) -> None:
    tutor = tutor_with(services, CLOSED)
    await services.places.block("discord", "ada", "discord:grace", clock.now())
    event = SourceDeleted(actor=ADA, place=TWO, key=MessageKey("discord", "c", "1"))
    replies = [reply async for reply in tutor.handle(event)]
    assert all("cannot use" not in str(reply.parts) for reply in replies)


async def test_code_in_a_message_runs_only_where_the_server_wants_it(services: Services) -> None:
    tutor = tutor_with(services, Access())
    ada = Member(tutor, "ada", ONE)
    await services.places.keep_server("discord", "server-1", ServerSettings(code="threads"))
    assert "only in your own thread" in await ada.posts("x = 1")
    assert ada.seen.slot == "run:1"
    assert "Why tensors matter" in await ada.commands("learn")
    ada.acts_in(THREAD)
    assert "only in your own thread" not in await ada.posts("x = 1")
    bea = Member(tutor, "bea", TWO)
    assert "only in your own thread" not in await bea.posts("x = 1")


# Runs a minute -----------------------------------------------------------------------------------


async def test_runs_of_a_minute_are_counted_for_each_learner(
    services: Services, clock: StoppedClock
) -> None:
    tutor = Tutor(replace(services, clock=clock, access=Access(runs_per_minute=3)))
    ada, alan = Member(tutor, "ada", DM), Member(tutor, "alan", DM)
    for number in range(3):
        assert "within a minute here (3)" not in await ada.posts(f"x = {number}")
        clock.passes(seconds=10)
    assert "Go on in 30 seconds." in await ada.posts("x = 3")
    assert (ada.seen.visibility, ada.seen.slot) == ("private", "run:4")
    assert "within a minute here (3)" not in await alan.posts("x = 1")
    clock.passes(seconds=29.5)
    assert "Go on in 1 second." in await ada.posts("x = 4")
    clock.passes(seconds=0.5)
    assert "within a minute here (3)" not in await ada.posts("x = 5")
    assert "within a minute here (3)" in await ada.posts("x = 6")


RUNS: dict[str, Callable[[Member], Awaitable[str]]] = {
    "a post": lambda ada: ada.posts("y = 1"),
    "an edit": lambda ada: ada.edits("1", "y = 1"),
    "run": lambda ada: ada.commands("run"),
    "submit": lambda ada: ada.commands("submit"),
    "again": lambda ada: ada.sends(Ref("again", ("0123456789",))),
    "replay": lambda ada: ada.sends(Ref("replay")),
    "on a GPU": lambda ada: ada.sends(Ref("gpu", ("0123456789",))),
    "a section's code": lambda ada: ada.sends(Ref("run", ("tensors-101", "first-tensors"))),
    "a draft": lambda ada: ada.sends(Ref("draft", ("0123456789",))),
    "a form": lambda ada: ada.submits(Ref("compose", ("en",)), {"code": "1"}),
    "code as an answer": lambda ada: ada.submits(
        Ref("type", ("every-question", "1", "write-code", "en")), {"answer": "1"}
    ),
}


@pytest.mark.parametrize("doing", RUNS.values(), ids=RUNS.keys())
async def test_everything_that_runs_code_counts(
    services: Services, doing: Callable[[Member], Awaitable[str]]
) -> None:
    tutor = Tutor(replace(services, clock=StoppedClock(), access=Access(runs_per_minute=1)))
    ada = Member(tutor, "ada", DM)
    await ada.posts("x = 1")
    assert "within a minute here (1)" in await doing(ada)


async def test_reading_and_answering_do_not_count(services: Services) -> None:
    tutor = Tutor(replace(services, clock=StoppedClock(), access=Access(runs_per_minute=1)))
    ada = Member(tutor, "ada", DM)
    await ada.posts("x = 1")
    for verb in ("learn", "next", "quiz", "help", "progress", "hint", "stop"):
        assert "within a minute" not in await ada.commands(verb)
    answer = Ref("type", ("every-question", "1", "how-many", "en"))
    assert "within a minute" not in await ada.submits(answer, {"answer": "1"})


async def test_operators_and_terminals_have_no_limit(services: Services) -> None:
    access = Access(runs_per_minute=1)
    tutor = Tutor(
        replace(services, clock=StoppedClock(), access=access, operators=frozenset({"discord:ada"}))
    )
    for visitor in (Member(tutor, "ada", DM), Member(tutor, "bea", TERMINAL)):
        for number in range(3):
            assert "within a minute" not in await visitor.posts(f"x = {number}")
