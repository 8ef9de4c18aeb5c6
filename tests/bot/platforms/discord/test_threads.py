"""A learner's own thread: one in each server, found again, reopened, or made anew."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.bot.platforms.discord.delivering import Scene, delivering
from tests.doubles.discord.double import Channel, Discord, Permission
from tests.doubles.discord.people import Person

CREATE = "POST /channels/{channel_id}/threads"
ADD = "PUT /channels/{channel_id}/thread-members/{user_id}"


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found
        assert found.violations == []


class Opened:
    """What came of each time that a thread was asked for."""

    def __init__(self, scene: Scene, home: str = "") -> None:
        self.scene, self.home = scene, home
        self.found: list[discord.Thread | None] = []
        scene.bot.opens = self.open

    async def open(self, interaction: discord.Interaction[Any]) -> None:
        assert isinstance(interaction.user, discord.Member)
        here = interaction.channel
        assert isinstance(here, discord.TextChannel | discord.Thread)
        self.found.append(await self.scene.bot.threads.own(interaction.user, here, self.home))
        await interaction.response.send_message("done", ephemeral=True)

    async def by(self, person: Person, where: Channel | None = None) -> discord.Thread | None:
        """Ask for the thread of `person`."""
        await person.slash(where or self.scene.general, "ask")
        return self.found[-1]


@pytest.fixture
async def scene(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    school = double.guild("School", "general", "home")
    async with delivering(double, tmp_path, monkeypatch) as bot:
        yield Scene(double, bot, school)


@pytest.fixture
def opened(scene: Scene) -> Opened:
    return Opened(scene)


async def test_the_first_time_a_private_thread_is_made_for_them_alone(
    scene: Scene, opened: Opened
) -> None:
    bob = scene.double.person("bob", scene.school)
    found = await opened.by(scene.ada)
    assert found is not None
    thread = await scene.ada.sees_thread(scene.general)
    assert thread.id == found.id
    assert scene.ada.name in thread.name
    assert thread.private
    assert bob.threads(scene.general) == []
    (request,) = scene.double.rest.sent(CREATE)
    assert request.body["invitable"] is False
    kept = await scene.bot.memory.thread_of(str(scene.school.id), str(scene.ada.id))
    assert kept == str(thread.id)


async def test_it_is_found_again_and_they_are_in_it_again(scene: Scene, opened: Opened) -> None:
    first = await opened.by(scene.ada)
    thread = await scene.ada.sees_thread(scene.general)
    del thread.thread_members[scene.ada.id]
    again = await opened.by(scene.ada, scene.school.channel("home"))
    assert again is not None
    assert first is not None
    assert again.id == first.id
    assert scene.ada.id in thread.thread_members
    assert len(scene.double.rest.sent(CREATE)) == 1


async def test_an_archived_one_is_reopened(scene: Scene, opened: Opened) -> None:
    await opened.by(scene.ada)
    thread = await scene.ada.sees_thread(scene.general)
    scene.double.servers.archive(thread)
    await scene.quiet(0.1)
    again = await opened.by(scene.ada)
    assert again is not None
    assert again.id == thread.id
    assert not thread.archived


async def test_one_that_moderators_locked_is_left_to_them(scene: Scene, opened: Opened) -> None:
    await opened.by(scene.ada)
    thread = await scene.ada.sees_thread(scene.general)
    scene.double.servers.archive(thread, locked=True)
    await scene.quiet(0.1)
    assert await opened.by(scene.ada) is None
    assert len(scene.double.rest.sent(CREATE)) == 1


async def test_a_deleted_one_is_made_anew(scene: Scene, opened: Opened) -> None:
    await opened.by(scene.ada)
    thread = await scene.ada.sees_thread(scene.general)
    scene.double.servers.remove_channel(thread)
    await scene.quiet(0.1)
    again = await opened.by(scene.ada)
    assert again is not None
    assert again.id != thread.id


async def test_one_that_the_bot_was_put_out_of_is_made_anew(scene: Scene, opened: Opened) -> None:
    await opened.by(scene.ada)
    thread = await scene.ada.sees_thread(scene.general)
    scene.double.servers.archive(thread)
    del thread.thread_members[scene.double.world.bot.id]
    await scene.quiet(0.1)
    again = await opened.by(scene.ada)
    assert again is not None
    assert again.id != thread.id


async def test_asked_for_twice_at_once_there_is_one(scene: Scene, opened: Opened) -> None:
    asked = [scene.ada.starts_slash(scene.general, "ask") for _ in range(3)]
    await asyncio.gather(*(one.acknowledged() for one in asked))
    assert len({thread.id for thread in opened.found if thread}) == 1
    assert None not in opened.found
    assert len(scene.double.rest.sent(CREATE)) == 1


async def test_it_is_made_where_the_server_wants_it(scene: Scene) -> None:
    home = scene.school.channel("home")
    opened = Opened(scene, home=str(home.id))
    await opened.by(scene.ada)
    assert (await scene.ada.sees_thread(home)).parent is home


async def test_where_the_learner_does_not_see_that_channel_it_is_made_right_here(
    scene: Scene,
) -> None:
    home = scene.school.channel("home")
    scene.double.servers.forbid(home, scene.ada, Permission.VIEW_CHANNEL)
    await scene.quiet(0.1)
    await Opened(scene, home=str(home.id)).by(scene.ada)
    assert (await scene.ada.sees_thread(scene.general)).parent is scene.general


async def test_where_it_may_make_none_there_is_none_and_the_owner_is_told(
    scene: Scene, opened: Opened
) -> None:
    owner = scene.school.owner
    assert isinstance(owner, Person)
    bot = scene.double.world.bot
    scene.double.servers.forbid(scene.general, bot, Permission.CREATE_PRIVATE_THREADS)
    await scene.quiet(0.1)
    assert await opened.by(scene.ada) is None
    await owner.sees("“Create Private Threads”", owner.dm)
    assert scene.double.invalid == []


async def test_when_it_is_being_slowed_down_there_is_none_for_now(
    scene: Scene, opened: Opened
) -> None:
    scene.double.rest.limits.set(CREATE, 2, 1.5)
    people = [scene.double.person(f"learner{n}", scene.school) for n in range(6)]
    asked = [person.starts_slash(scene.general, "ask") for person in people]
    await asyncio.gather(*(one.acknowledged() for one in asked))
    served = [thread.id for thread in opened.found if thread]
    assert 1 <= len(served) <= 2
    late = [
        person
        for person in people
        if not any(person.id in thread.thread_members for thread in scene.general.threads)
    ]
    assert len(late) == 6 - len(served)
    assert await opened.by(scene.ada) is None
    # Nobody has been put into an empty thread meanwhile; it is there when they come back.
    await scene.quiet(3.5)
    assert len(scene.general.threads) == 6
    assert not any(
        person.id in thread.thread_members for person in late for thread in scene.general.threads
    )
    again = await opened.by(late[0])
    assert again is not None
    assert len(scene.double.rest.sent(CREATE)) <= 8


async def test_in_a_thread_of_somebodys_the_channel_above_it_is_taken(
    scene: Scene, opened: Opened
) -> None:
    await opened.by(scene.ada)
    thread = await scene.ada.sees_thread(scene.general)
    bob = scene.double.person("bob", scene.school)
    thread.thread_members[bob.id] = bob
    found = await opened.by(bob, thread)
    assert found is not None
    assert found.parent_id == scene.general.id
