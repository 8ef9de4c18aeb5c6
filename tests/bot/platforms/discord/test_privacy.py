"""A private reply never becomes public, whatever has expired, closed or gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.tutor.reply import Button, Ref
from tests.bot.platforms.discord.delivering import Scene, delivering, running, said
from tests.doubles.discord.double import Channel, Discord
from tests.doubles.discord.world import PRIVATE_THREAD

FOLLOW = "POST /webhooks/{webhook_id}/{webhook_token}"


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found
        assert found.violations == []


@pytest.fixture
async def scene(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    school = double.guild("School", "general")
    async with delivering(double, tmp_path, monkeypatch) as bot:
        yield Scene(double, bot, school)


async def own_thread(scene: Scene) -> Channel:
    """Give Ada a thread of her own."""
    world = scene.double.world
    thread = world.channel(
        PRIVATE_THREAD, "ada", guild=scene.school, parent=scene.general, owner=world.bot
    )
    thread.thread_members |= {world.bot.id: world.bot, scene.ada.id: scene.ada}
    await scene.bot.memory.keep_thread(str(scene.school.id), str(scene.ada.id), str(thread.id))
    return thread


async def expired(scene: Scene) -> None:
    """Have an interaction of Ada's expire, and then its private answer come."""
    scene.tells(0.6, said("Secret", visibility="private"))
    asked = await scene.ada.slash(scene.general, "ask")
    asked.expire()


async def test_with_an_expired_token_it_goes_to_the_direct_messages(scene: Scene) -> None:
    await expired(scene)
    await scene.ada.sees("Secret", scene.ada.dm)


async def test_with_an_expired_token_it_goes_to_ones_own_thread_first(scene: Scene) -> None:
    thread = await own_thread(scene)
    await expired(scene)
    await scene.ada.sees("Secret", thread)
    assert scene.ada.timeline(scene.ada.dm) == []


async def test_a_thread_that_was_deleted_is_forgotten(scene: Scene) -> None:
    thread = await own_thread(scene)
    scene.double.servers.remove_channel(thread)
    await expired(scene)
    await scene.ada.sees("Secret", scene.ada.dm)


async def test_with_closed_direct_messages_it_waits_for_the_next_press(scene: Scene) -> None:
    bob = scene.double.person("bob", scene.school)
    scene.ada.closed = True
    await expired(scene)
    await scene.quiet(0.8)
    scene.tells(said("What was asked now", visibility="private"))
    await bob.slash(scene.general, "ask")
    await scene.ada.slash(scene.general, "ask")
    await scene.ada.sees("What was asked now", scene.general)
    texts = [one.text for one in scene.ada.timeline(scene.general) if not one.thinking]
    assert ["Secret" in text for text in texts] == [True, False]
    assert all(one.private for one in scene.ada.timeline(scene.general))
    assert ["Secret" in one.text for one in bob.timeline(scene.general)] == [False]


async def test_a_private_answer_to_a_message_goes_elsewhere(scene: Scene) -> None:
    scene.tells(said("Secret", visibility="private"))
    await scene.ada.posts(scene.general, "hi")
    await scene.ada.sees("Secret", scene.ada.dm)
    assert len(scene.ada.timeline(scene.general)) == 1


async def test_whoever_takes_no_messages_is_pointed_to_what_waits(scene: Scene) -> None:
    bob = scene.double.person("bob", scene.school)
    scene.ada.closed = True
    scene.tells(said("Secret", visibility="private"), said("And more", visibility="private"))
    await scene.ada.posts(scene.general, "hi")
    pointer = await scene.ada.sees("for you alone", scene.general)
    await scene.quiet()
    assert len(scene.ada.timeline(scene.general)) == 2
    scene.tells()
    await bob.presses(pointer, "Show it to me")
    await bob.sees("Nothing is waiting", scene.general)
    await scene.ada.presses(pointer, "Show it to me")
    assert (await scene.ada.sees("Secret", scene.general)).private
    assert (await scene.ada.sees("And more", scene.general)).private
    await scene.ada.presses(pointer, "Show it to me")
    await scene.ada.sees("Nothing is waiting", scene.general)


async def test_in_ones_own_thread_a_private_answer_is_an_ordinary_message(scene: Scene) -> None:
    thread = await own_thread(scene)
    scene.tells(said("Lesson", visibility="private"))
    seen = await scene.ada.reads(await scene.ada.slash(thread, "ask"))
    assert not seen.private
    await scene.ada.posts(thread, "code")
    await scene.ada.sees(lambda one: one.message.reference is not None, thread)


async def test_a_private_reply_does_not_take_the_place_of_a_public_one(scene: Scene) -> None:
    bob = scene.double.person("bob", scene.school)
    again = Button("Again", Ref("again", ("x",)))
    scene.tells(said("For all", slot="run:1", actions=(again,)))
    await scene.ada.posts(scene.general, "code")
    seen = await scene.ada.sees("For all", scene.general)
    scene.tells(said("Secret", slot="run:1", visibility="private"))
    await scene.ada.presses(seen, "Again")
    assert (await scene.ada.sees("Secret", scene.general)).private
    assert "For all" in seen.text
    assert len(bob.timeline(scene.general)) == 2


async def test_an_answer_that_is_shown_alone_is_edited_by_its_token(scene: Scene) -> None:
    scene.tells(
        running("going", visibility="private"),
        0.5,
        said("done", slot="run:1", visibility="private"),
    )
    asked = await scene.ada.slash(scene.general, "ask")
    seen = await scene.ada.reads(asked)
    assert "going" in seen.text
    await scene.ada.sees("done", scene.general)
    assert "done" in seen.text
    assert seen.private


async def test_an_answer_shown_alone_whose_token_expired_is_sent_to_ones_messages(
    scene: Scene,
) -> None:
    scene.tells(
        running("going", visibility="private"),
        0.5,
        said("done", slot="run:1", visibility="private"),
    )
    asked = await scene.ada.slash(scene.general, "ask")
    await scene.ada.reads(asked)
    asked.expire()
    await scene.ada.sees("done", scene.ada.dm)


async def test_a_public_answer_whose_token_expired_is_edited_in_its_channel(scene: Scene) -> None:
    scene.tells(running("going"), 0.5, said("done", slot="run:1"))
    asked = await scene.ada.slash(scene.general, "ask")
    seen = await scene.ada.reads(asked)
    asked.expire()
    await scene.ada.sees("done", scene.general)
    assert "done" in seen.text


async def test_where_the_bot_is_not_everything_is_for_one_and_little_follows(
    scene: Scene,
) -> None:
    away = scene.double.guild("Away", bot=False)
    scene.ada.installed = True
    scene.double.servers.join(away, scene.ada)
    bob = scene.double.person("bob", away)
    general = away.channel("general")
    scene.tells(*(said(f"part {number}.") for number in range(8)))
    await scene.ada.slash(general, "ask")
    await scene.ada.sees("part 7.", scene.ada.dm)
    here = scene.ada.timeline(general)
    assert len(here) == 6
    assert all(one.private for one in here)
    assert bob.timeline(general) == []
    assert len(scene.double.rest.sent(FOLLOW)) == 5
