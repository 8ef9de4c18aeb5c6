"""What the bot may not do: it gets by with less, and tells once whoever can change it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.discord.spots import InChannel
from bot.tutor.reply import File, Note, Reply
from tests.bot.platforms.discord.delivering import Scene, delivering, said
from tests.doubles.discord.double import Discord, Permission
from tests.doubles.discord.people import Person

PATCH = "PATCH /channels/{channel_id}/messages/{message_id}"


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found
        assert found.violations == []


@pytest.fixture
async def scene(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    school = double.guild("School", "general", "quiz")
    async with delivering(double, tmp_path, monkeypatch) as bot:
        yield Scene(double, bot, school)


def owner_of(scene: Scene) -> Person:
    assert isinstance(scene.school.owner, Person)
    return scene.school.owner


async def without(scene: Scene, permissions: Permission) -> None:
    scene.double.servers.forbid(scene.general, scene.double.world.bot, permissions)
    await scene.quiet(0.1)


async def test_without_embeds_it_says_the_same_in_plain_text(scene: Scene) -> None:
    await without(scene, Permission.EMBED_LINKS)
    scene.tells(said("Hello"))
    await scene.ada.posts(scene.general, "hi")
    seen = await scene.ada.sees("Hello", scene.general)
    assert seen.embeds == []
    told = await owner_of(scene).sees("“Embed Links”", owner_of(scene).dm)
    assert "#general" in told.text
    assert scene.double.invalid == []


async def test_without_files_it_says_what_they_are(scene: Scene) -> None:
    await without(scene, Permission.ATTACH_FILES)
    scene.tells(Reply((Note("info", "Here"), File("data.csv", b"1")), visibility="public"))
    await scene.ada.posts(scene.general, "hi")
    seen = await scene.ada.sees("Here", scene.general)
    assert "data.csv" in seen.text
    assert seen.files == {}
    assert scene.double.invalid == []


async def test_it_is_told_once_in_a_server(scene: Scene) -> None:
    await without(scene, Permission.EMBED_LINKS)
    scene.tells(said("Hello"))
    for _ in range(3):
        await scene.ada.posts(scene.general, "hi")
    await owner_of(scene).sees("“Embed Links”", owner_of(scene).dm)
    await scene.quiet()
    assert len(owner_of(scene).timeline(owner_of(scene).dm)) == 1


async def test_a_manager_who_asked_is_told_instead_of_the_owner(scene: Scene) -> None:
    scene.double.servers.give(scene.school, scene.ada, Permission.MANAGE_GUILD)
    await without(scene, Permission.EMBED_LINKS)
    scene.tells(said("Hello"))
    await scene.ada.posts(scene.general, "hi")
    await scene.ada.sees("“Embed Links”", scene.ada.dm)
    await scene.quiet(0.1)
    assert owner_of(scene).timeline(owner_of(scene).dm) == []


async def test_an_owner_who_takes_no_messages_stops_nothing(scene: Scene) -> None:
    owner_of(scene).closed = True
    await without(scene, Permission.EMBED_LINKS)
    scene.tells(said("Hello"))
    await scene.ada.posts(scene.general, "hi")
    await scene.ada.sees("Hello", scene.general)
    await scene.ada.posts(scene.general, "hi")
    await scene.quiet()
    assert len(scene.double.invalid) == 1


async def test_where_it_may_not_write_the_answer_comes_as_a_direct_message(scene: Scene) -> None:
    await without(scene, Permission.SEND_MESSAGES)
    scene.tells(said("Hello"))
    await scene.ada.posts(scene.general, "hi")
    await scene.ada.sees("Hello", scene.ada.dm)
    await owner_of(scene).sees("“Send Messages”", owner_of(scene).dm)
    assert scene.double.invalid == []


async def test_without_the_history_it_answers_without_a_reference(scene: Scene) -> None:
    await without(scene, Permission.READ_MESSAGE_HISTORY)
    scene.tells(said("Hello"))
    await scene.ada.posts(scene.general, "hi")
    seen = await scene.ada.sees("Hello", scene.general)
    assert seen.message.reference is None
    assert scene.double.invalid == []


async def test_a_reply_for_another_channel_goes_there_with_its_reactions(scene: Scene) -> None:
    quiz = scene.school.channel("quiz")
    question = said("Which?", channel=str(quiz.id), slot="poll:7", reactions=("🇦", "🇧"))
    scene.tells(question, said("Posted.", visibility="private"))
    asked = await scene.ada.slash(scene.general, "ask")
    seen = await scene.ada.sees("Which?", quiz)
    assert (await scene.ada.reads(asked)).private
    await scene.quiet()
    assert seen.reactions == {"🇦": 1, "🇧": 1}
    (kept,) = await scene.bot.memory.in_slot("poll:7")
    assert (kept.owner, kept.channel_id) == ("", str(quiz.id))
    # What comes of it later is shown in its place, whoever caused it.
    bob = scene.double.person("bob", scene.school)
    scene.tells(said("Which? 1 answer", slot="poll:7"))
    await bob.posts(quiz, "vote")
    await bob.sees("1 answer", quiz)
    assert "1 answer" in seen.text
    await scene.quiet(0.1)
    assert (await scene.bot.memory.in_slot("poll:7"))[0].owner == ""


async def test_a_channel_that_is_closed_to_it_is_told_to_who_asked(scene: Scene) -> None:
    quiz = scene.school.channel("quiz")
    scene.double.servers.forbid(quiz, scene.double.world.bot, Permission.SEND_MESSAGES)
    await scene.quiet(0.1)
    scene.tells(said("Which?", channel=str(quiz.id), slot="poll:7"))
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    assert seen.private
    assert "I may not write in #quiz" in seen.text
    assert scene.ada.timeline(quiz) == []


async def test_without_reactions_the_question_still_stands(scene: Scene) -> None:
    await without(scene, Permission.ADD_REACTIONS)
    scene.tells(said("Which?", reactions=("🇦", "🇧")))
    await scene.ada.posts(scene.general, "ask")
    seen = await scene.ada.sees("Which?", scene.general)
    await owner_of(scene).sees("“Add Reactions”", owner_of(scene).dm)
    assert seen.reactions == {}
    assert len(scene.double.invalid) == 1


async def test_a_channel_that_nobody_knows_is_told_to_who_asked(scene: Scene) -> None:
    scene.tells(said("Which?", channel="12345", slot="poll:7"))
    seen = await scene.ada.reads(await scene.ada.slash(scene.general, "ask"))
    assert "I may not write in" in seen.text


async def test_it_is_told_whether_what_nobody_asked_for_arrived(scene: Scene) -> None:
    async def arrives(reply: Reply) -> bool:
        channel = scene.bot.get_partial_messageable(scene.general.id, guild_id=scene.school.id)
        replies = scene.bot.teller.replies((reply,))
        return await scene.bot.delivery.answer(replies, InChannel(channel), owner="")

    assert await arrives(said("Closed.", slot="poll:7"))
    scene.double.rest.fail(PATCH, 503, times=3)
    assert not await arrives(said("Closed now.", slot="poll:7"))
    assert await arrives(Reply((), slot="poll:7"))
    await without(scene, Permission.SEND_MESSAGES)
    assert not await arrives(said("Closed again.", slot="poll:7"))
