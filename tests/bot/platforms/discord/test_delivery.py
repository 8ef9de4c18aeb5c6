"""How replies reach Discord: in time, in place, coalesced, paced, and never where they should not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.tutor.reply import Button, File, Note, Prose, Ref, Reply
from tests.bot.platforms.discord.delivering import Scene, delivering, running, said
from tests.doubles.discord.double import Discord

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
ORIGINAL = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW = "POST /webhooks/{webhook_id}/{webhook_token}"
POST = "POST /channels/{channel_id}/messages"
PATCH = "PATCH /channels/{channel_id}/messages/{message_id}"
TYPING = "POST /channels/{channel_id}/typing"


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found
        assert found.violations == []


@pytest.fixture
async def scene(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    school = double.guild("School", "general", "staff")
    async with delivering(double, tmp_path, monkeypatch) as bot:
        yield Scene(double, bot, school)


# In time ----------------------------------------------------------------------------------------


async def test_a_quick_answer_to_a_command_costs_one_request(scene: Scene) -> None:
    scene.tells(said("Hello", visibility="private"))
    asked = await scene.ada.slash(scene.general, "ask")
    seen = await scene.ada.reads(asked)
    assert seen.private
    assert "Hello" in seen.text
    await scene.quiet()
    assert scene.requests() == [CALLBACK]


async def test_a_slow_answer_is_deferred_as_private_as_it_will_be(scene: Scene) -> None:
    scene.tells(0.5, said("Hello", visibility="private"))
    asked = await scene.ada.slash(scene.general, "ask")
    assert asked.acknowledged_after is not None
    assert asked.acknowledged_after < 0.5
    seen = await scene.ada.reads(asked)
    assert seen.private
    await scene.quiet()
    assert scene.requests() == [CALLBACK, ORIGINAL]


async def test_what_a_busy_machine_hears_of_late_is_acknowledged_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.discord.delivery._age", lambda _spot: 1.0)
    scene.tells(0.2, said("Hello", visibility="private"))
    asked = await scene.ada.slash(scene.general, "ask")
    assert asked.acknowledged_after is not None
    assert asked.acknowledged_after < 0.2
    await scene.ada.reads(asked)
    await scene.quiet()
    assert scene.requests() == [CALLBACK, ORIGINAL]


async def test_a_public_answer_that_was_deferred_as_private_is_still_seen_by_all(
    scene: Scene,
) -> None:
    bob = scene.double.person("bob", scene.school)
    scene.tells(0.5, said("For all"))
    await scene.ada.slash(scene.general, "ask")
    seen = await bob.sees("For all", scene.general)
    assert not seen.private
    assert [one.text for one in scene.ada.timeline(scene.general)] == [seen.text]


async def test_a_private_answer_that_was_deferred_for_all_is_still_private(scene: Scene) -> None:
    bob = scene.double.person("bob", scene.school)
    scene.tells(0.5, said("Only Ada", visibility="private"), private=False)
    await scene.ada.slash(scene.general, "ask")
    seen = await scene.ada.sees("Only Ada", scene.general)
    assert seen.private
    assert bob.timeline(scene.general) == []


async def test_nothing_is_ephemeral_in_a_direct_message(scene: Scene) -> None:
    scene.tells(0.5, said("Hello", visibility="private"))
    seen = await scene.ada.reads(await scene.ada.slash(scene.ada.dm, "ask"))
    assert not seen.private


async def test_a_press_is_acknowledged_without_a_word_and_answered_when_it_is_time(
    scene: Scene,
) -> None:
    scene.tells(said("Press", actions=(Button("Go", Ref("go", ("x",))),)))
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    scene.tells(0.5, said("Gone", visibility="private"))
    asked = await scene.ada.presses(seen, "Go")
    assert asked.acknowledged_after is not None
    assert asked.acknowledged_after < 0.5
    assert (await scene.ada.sees("Gone", scene.general)).private
    assert "Press" in seen.text


async def test_a_command_that_leads_to_nothing_is_answered_all_the_same(scene: Scene) -> None:
    scene.tells()
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    assert "Nothing is waiting for you" in seen.text


@pytest.mark.parametrize("pause", [0.0, 0.5])
async def test_a_command_that_edits_what_stands_elsewhere_says_where(
    scene: Scene, pause: float
) -> None:
    scene.tells(said("Panel 1", slot="inspect:1"))
    await scene.ada.posts(scene.general, "open")
    seen = await scene.ada.sees("Panel 1", scene.general)
    await scene.keeps("inspect:1", str(seen.message.id))
    scene.tells(pause, said("Panel 2", slot="inspect:1"))
    asked = await scene.ada.slash(scene.general, "ask")
    told = await scene.ada.reads(asked)
    assert told.private
    assert f"/{scene.general.id}/{seen.message.id}" in told.text
    assert "Panel 2" in seen.text


async def test_what_is_refused_for_what_it_is_becomes_an_apology(scene: Scene) -> None:
    scene.double.rest.fail(CALLBACK, 400)
    scene.tells(said("Too much", visibility="private"))
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    assert "Something went wrong on our side" in seen.text


async def test_thirty_that_go_on_at_once_stay_within_every_limit(scene: Scene) -> None:
    people = [scene.double.person(f"learner{number}", scene.school) for number in range(30)]
    for number, person in enumerate(people):
        slot = f"run:{number}"
        steps = [running(f"{number} at {step}", slot) for step in range(8)]
        paced = [one for step in steps for one in (step, 0.2)]
        scene.bot.teller.scripts[f"code {number}"] = (*paced, said(f"end {number}.", slot=slot))
        await person.posts(person.dm, f"code {number}")
    for number, person in enumerate(people):
        await person.sees(f"end {number}.", person.dm)
    await scene.quiet()
    assert scene.double.invalid == []
    for number, person in enumerate(people):
        (seen,) = [one for one in person.timeline(person.dm) if one.message.author.bot]
        assert f"end {number}." in seen.text


async def test_a_whole_class_at_once_is_served_within_the_limits(scene: Scene) -> None:
    people = [scene.double.person(f"learner{number}", scene.school) for number in range(70)]
    scene.tells(said("Hello"))
    for person in people:
        await person.posts(person.dm, "hi")
    for person in people:
        await person.sees("Hello", person.dm)
    assert scene.double.invalid == []


async def test_what_is_shown_is_known_though_the_channel_takes_no_more_for_now(
    scene: Scene,
) -> None:
    scene.double.rest.limits.set(POST, 2, 3.0)
    for number in range(2):
        slot = f"run:{number}"
        scene.bot.teller.scripts[f"code {number}"] = (said(f"end {number}.", slot=slot),)
        await scene.ada.posts(scene.general, f"code {number}")
        seen = await scene.ada.sees(f"end {number}.", scene.general)
        begun = asyncio.get_running_loop().time()
        await scene.keeps(slot, str(seen.message.id))
        assert asyncio.get_running_loop().time() - begun < 2


async def test_a_message_is_replied_to_without_a_mention(scene: Scene) -> None:
    scene.tells(said("Hello"))
    posted = await scene.ada.posts(scene.general, "hi")
    seen = await scene.ada.sees("Hello", scene.general)
    assert seen.message.reference is posted.message
    (request,) = scene.double.rest.sent(POST)
    assert request.body["allowed_mentions"] == {"parse": [], "replied_user": False}


async def test_typing_is_shown_only_where_an_answer_takes_its_time(scene: Scene) -> None:
    scene.tells(said("Quick"))
    await scene.ada.posts(scene.general, "hi")
    await scene.ada.sees("Quick", scene.general)
    await scene.quiet(0.2)
    assert scene.double.rest.sent(TYPING) == []
    scene.tells(0.3, said("Slow"))
    await scene.ada.posts(scene.general, "hi again")
    await scene.ada.sees_typing(scene.general)
    await scene.ada.sees("Slow", scene.general)


# What belongs together --------------------------------------------------------------------------


async def test_words_and_the_picture_that_follows_are_one_request(scene: Scene) -> None:
    words = said("Ran", slot="run:1")
    picture = said("Ran, with a picture", slot="run:1")
    scene.tells(words, 0.02, picture)
    await scene.ada.posts(scene.general, "code")
    await scene.ada.sees("with a picture", scene.general)
    await scene.quiet()
    assert scene.requests() == [POST]


async def test_a_picture_that_comes_late_is_put_into_the_same_message(scene: Scene) -> None:
    scene.tells(said("Ran", slot="run:1"), 0.3, said("Drawn", slot="run:1"))
    await scene.ada.posts(scene.general, "code")
    seen = await scene.ada.sees("Ran", scene.general)
    again = await scene.ada.sees("Drawn", scene.general)
    assert again.message is seen.message
    assert scene.double.rest.sent(POST)[0].status == 200
    assert len(scene.double.rest.sent(POST)) == 1


async def test_replies_without_a_slot_are_messages_of_their_own_in_order(scene: Scene) -> None:
    scene.tells(said("One"), said("Two"), said("Three"))
    await scene.ada.posts(scene.general, "hi")
    await scene.ada.sees("Three", scene.general)
    texts = [one.text for one in scene.ada.timeline(scene.general)[1:]]
    assert [word for text in texts for word in ("One", "Two", "Three") if word in text] == [
        "One",
        "Two",
        "Three",
    ]


async def test_a_press_edits_the_message_it_was_on_with_one_request(scene: Scene) -> None:
    turn = Button("More", Ref("tensors", ("2", "x")))
    scene.tells(said("Page 1", slot="inspect:1", actions=(turn,), visibility="private"))
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    assert seen.private
    scene.from_now()
    scene.tells(said("Page 2", slot="inspect:1", visibility="private"))
    await scene.ada.presses(seen, "More")
    assert "Page 2" in seen.text
    await scene.quiet()
    assert scene.requests() == [CALLBACK]


async def test_files_of_before_are_replaced(scene: Scene) -> None:
    first = Reply((Note("info", "a"), File("a.txt", b"a")), visibility="public", slot="run:1")
    second = Reply((Note("info", "b"), File("b.txt", b"b")), visibility="public", slot="run:1")
    scene.tells(first)
    await scene.ada.posts(scene.general, "1")
    seen = await scene.ada.sees(lambda one: "a.txt" in one.files, scene.general)
    scene.tells(second)
    await scene.ada.posts(scene.general, "2")
    await scene.ada.sees(lambda one: "b.txt" in one.files, scene.general)
    assert list(seen.files) == ["b.txt"]


async def test_a_reply_without_parts_takes_away_what_stood_in_its_slot(scene: Scene) -> None:
    scene.tells(said("Ran", slot="run:1"))
    await scene.ada.posts(scene.general, "1")
    seen = await scene.ada.sees("Ran", scene.general)
    scene.tells(Reply((), slot="run:1"))
    await scene.ada.posts(scene.general, "2")
    await scene.ada.sees_no_more(seen)
    await scene.keeps("run:1")


async def test_what_needs_several_messages_is_edited_as_several(scene: Scene) -> None:
    def long(word: str, paragraphs: int) -> Reply:
        text = "\n\n".join([f"{word} " * 100] * paragraphs)
        return Reply((Prose(text),), visibility="public", slot="run:1")

    scene.tells(long("alpha", 40))
    await scene.ada.posts(scene.general, "1")
    await scene.quiet()
    many = [one for one in scene.ada.timeline(scene.general) if "alpha" in one.text]
    assert len(many) > 1
    scene.tells(long("beta", 1))
    await scene.ada.posts(scene.general, "2")
    await scene.ada.sees("beta", scene.general)
    await scene.keeps("run:1", str(many[0].message.id))
    assert "beta" in many[0].text
    assert all(one.gone for one in many[1:])


async def test_a_message_that_was_deleted_is_sent_anew(scene: Scene) -> None:
    scene.tells(said("First", slot="run:1"))
    await scene.ada.posts(scene.general, "1")
    seen = await scene.ada.sees("First", scene.general)
    seen.message.deleted = True
    scene.tells(said("Second", slot="run:1"))
    await scene.ada.posts(scene.general, "2")
    again = await scene.ada.sees("Second", scene.general)
    assert again.message is not seen.message
    await scene.keeps("run:1", str(again.message.id))


# At a pace --------------------------------------------------------------------------------------


async def test_what_goes_on_is_edited_at_a_pace_and_ends_with_the_last_word(scene: Scene) -> None:
    steps: list[Reply | float] = []
    for number in range(20):
        steps += [running(f"at {number}"), 0.04]
    scene.tells(*steps, said("The end", slot="run:1"))
    await scene.ada.posts(scene.general, "code")
    seen = await scene.ada.sees("The end", scene.general)
    await scene.quiet()
    assert "The end" in seen.text
    assert seen.buttons == []
    assert 2 <= seen.edits <= 6


async def test_twenty_answers_for_one_slot_are_few_requests_and_the_newest_wins(
    scene: Scene,
) -> None:
    for number in range(20):
        scene.bot.teller.scripts[f"v{number}"] = (said(f"result {number}.", slot="run:1"),)
    for number in range(20):
        await scene.ada.posts(scene.general, f"v{number}")
        await asyncio.sleep(0.05)
    seen = await scene.ada.sees("result 19.", scene.general)
    await scene.quiet()
    assert "result 19." in seen.text
    assert len(scene.double.rest.sent(POST)) == 1
    assert len(scene.double.rest.sent(PATCH)) <= 10
    assert scene.double.invalid == []


async def test_an_end_need_not_wait_its_turn(scene: Scene) -> None:
    scene.tells(running("going"), 0.1, said("done", slot="run:1"))
    await scene.ada.posts(scene.general, "code")
    await scene.ada.sees("going", scene.general)
    begun = asyncio.get_running_loop().time()
    await scene.ada.sees("done", scene.general)
    assert asyncio.get_running_loop().time() - begun < 0.19


# Whatever goes wrong ----------------------------------------------------------------------------


async def test_what_fails_inside_becomes_an_apology_in_its_place(scene: Scene) -> None:
    scene.tells(running("going"), 0.1, RuntimeError("a bug"))
    await scene.ada.posts(scene.general, "code")
    seen = await scene.ada.sees("Something went wrong on our side", scene.general)
    assert seen.buttons == []
    assert len(scene.double.rest.sent(POST)) == 1


async def test_a_last_word_is_tried_again_while_discord_is_down(scene: Scene) -> None:
    scene.double.rest.fail(POST, 503, times=2)
    scene.tells(said("Hello", slot="run:1"))
    await scene.ada.posts(scene.general, "code")
    await scene.ada.sees("Hello", scene.general)
    scene.double.rest.fail(PATCH, 503, times=2)
    scene.tells(said("Again", slot="run:1"))
    await scene.ada.posts(scene.general, "code")
    await scene.ada.sees("Again", scene.general)
    assert len(scene.ada.timeline(scene.general)) == 3


async def test_a_lost_confirmation_doubles_nothing(scene: Scene) -> None:
    scene.double.rest.fail(POST, 502, done_first=True)
    scene.tells(said("Once", slot="run:1"))
    await scene.ada.posts(scene.general, "code")
    await scene.ada.sees("Once", scene.general)
    await scene.quiet(1.5)
    assert len([one for one in scene.ada.timeline(scene.general) if "Once" in one.text]) == 1


async def test_no_views_pile_up(scene: Scene) -> None:
    store = scene.bot._connection._view_store
    button = Button("Go", Ref("go", ("x",)))
    scene.tells(said("Private", actions=(button,), visibility="private"))
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    await scene.ada.presses(seen, "Go")
    scene.tells(said("Public", actions=(button,), slot="run:1"))
    for _ in range(2):
        await scene.ada.posts(scene.general, "code")
        await scene.ada.sees("Public", scene.general)
    await scene.quiet(0.2)
    assert store._views == {}
    assert store._synced_message_views == {}
