"""After a restart nothing says any more that something goes on, wherever the program was cut short."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.platforms.discord.memory import Kept
from tests.bot.platforms.discord.delivering import Bot, Scene, Teller, delivering, running, said
from tests.doubles.discord.double import Channel, Discord, Guild
from tests.doubles.discord.people import Person
from tests.doubles.discord.seeing import Seen

FOR_EVER = 30.0
CUT_SHORT = "restarted while this ran"

Start = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found
        assert found.violations == []


@pytest.fixture
def school(double: Discord) -> Guild:
    return double.guild("School", "general")


@pytest.fixture
def start(double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    def started(teller: Teller | None = None) -> AbstractAsyncContextManager[Bot]:
        return delivering(double, tmp_path, monkeypatch, teller=teller)

    return started


async def cut_short(start: Start, double: Discord, school: Guild) -> tuple[Person, Seen, Seen]:
    """Post code, and stop the program while it runs; return who, the code and what is shown of it."""
    async with start(Teller((running("Running for 3 s"), FOR_EVER))) as bot:
        scene = Scene(double, bot, school)
        code = await scene.ada.posts(scene.general, "code")
        seen = await scene.ada.sees("Running for 3 s", scene.general)
        await scene.keeps("run:1", str(seen.message.id))
    return scene.ada, code, seen


async def test_a_message_that_says_something_goes_on_is_settled(
    double: Discord, school: Guild, start: Start
) -> None:
    ada, code, seen = await cut_short(start, double, school)
    async with start() as bot:
        await bot.delivery.settle()
        assert CUT_SHORT in seen.text
        assert seen.buttons == ["Run again"]
        pressed = seen.button("Run again")["custom_id"]
        assert pressed == f"t1:rerun:{seen.channel.id}:{code.message.id}"
        assert await bot.memory.unsettled() == ()
        await bot.delivery.settle()
        assert seen.edits == 1
        # The same place is used when it runs again.
        bot.teller.tells(said("Ran", slot="run:1"))
        await ada.posts(seen.channel, "again")
        await ada.sees("Ran", seen.channel)
        assert "Ran" in seen.text


async def test_an_answer_that_had_come_to_its_end_is_left_alone(
    double: Discord, school: Guild, start: Start
) -> None:
    _, _, seen = await cut_short(start, double, school)
    seen.message.content, seen.message.embeds, seen.message.components = "The end", [], []
    async with start() as bot:
        await bot.delivery.settle()
        assert seen.text == "The end"
        assert await bot.memory.unsettled() == ()


async def test_a_message_that_is_gone_is_forgotten(
    double: Discord, school: Guild, start: Start
) -> None:
    _, _, seen = await cut_short(start, double, school)
    seen.message.deleted = True
    async with start() as bot:
        await bot.delivery.settle()
        assert await bot.memory.in_slot("run:1") == ()


async def test_what_runs_again_already_is_left_alone(
    double: Discord, school: Guild, start: Start
) -> None:
    ada, _, seen = await cut_short(start, double, school)
    async with start(Teller((running("Running anew"), FOR_EVER))) as bot:
        await ada.posts(seen.channel, "again")
        await ada.sees("Running anew", seen.channel)
        await bot.delivery.settle()
        assert "Running anew" in seen.text


async def forgets_at_once(bot: Bot) -> None:
    """Let the program be cut short before it remembers any message."""
    keep = bot.memory.keep

    async def keep_notes_only(kept: Kept, instead_of: str = "") -> None:
        if kept.message_id.isdecimal():
            await asyncio.Event().wait()
        await keep(kept, instead_of)

    bot.memory.keep = keep_notes_only  # type: ignore[method-assign]


async def test_cut_short_between_sending_and_remembering_the_message_is_found(
    double: Discord, school: Guild, start: Start
) -> None:
    async with start(Teller((running("Running for 3 s"), FOR_EVER))) as bot:
        await forgets_at_once(bot)
        scene = Scene(double, bot, school)
        await scene.ada.posts(scene.general, "code")
        seen = await scene.ada.sees("Running for 3 s", scene.general)
        assert await bot.memory.in_slot("run:1") == ()
    async with start() as bot:
        await bot.delivery.settle()
        assert CUT_SHORT in seen.text
        (kept,) = await bot.memory.in_slot("run:1")
        assert kept.message_id == str(seen.message.id)
        assert kept.owner == str(scene.ada.id)
        assert await bot.memory.unsettled() == ()


async def test_so_is_the_answer_to_a_command_that_all_see(
    double: Discord, school: Guild, start: Start
) -> None:
    teller = Teller((running("Running for 3 s"), FOR_EVER))
    async with start(teller) as bot:
        await forgets_at_once(bot)
        scene = Scene(double, bot, school)
        seen = await scene.ada.reads(await scene.ada.slash(scene.ada.dm, "ask"))
    async with start() as bot:
        await bot.delivery.settle()
        assert CUT_SHORT in seen.text
        assert seen.buttons == ["Continue"]


async def test_cut_short_before_anything_was_sent_the_source_is_answered(
    double: Discord, school: Guild, start: Start
) -> None:
    async with start(Teller((FOR_EVER,))) as bot:
        scene = Scene(double, bot, school)
        code = await scene.ada.posts(scene.general, "code")
        await scene.ada.sees_typing(scene.general)
        assert [kept.source for kept in await bot.memory.unsettled()] == [str(code.message.id)]
    async with start() as bot:
        await bot.delivery.settle()
        seen = await scene.ada.sees(CUT_SHORT, scene.general)
        assert seen.message.reference is code.message
        assert seen.buttons == ["Run again"]
        assert await bot.memory.unsettled() == ()


async def test_an_answer_that_came_to_its_end_leaves_no_note(
    double: Discord, school: Guild, start: Start
) -> None:
    async with start(Teller((0.3, running("going"), 0.2, said("done", slot="run:1")))) as bot:
        scene = Scene(double, bot, school)
        await scene.ada.posts(scene.general, "code")
        seen = await scene.ada.sees("done", scene.general)
        await scene.keeps("run:1", str(seen.message.id))
        await scene.quiet(0.2)
        assert await bot.memory.unsettled() == ()


async def test_a_thread_that_was_archived_meanwhile_is_opened_to_settle(
    double: Discord, school: Guild, start: Start
) -> None:
    _, _, seen = await cut_short(start, double, school)
    general: Channel = seen.channel
    general.archived = True
    general.kind = 11  # a public thread, as far as the bot is concerned
    general.parent = double.servers.add_channel(school, "lobby")
    general.owner = double.world.bot
    async with start() as bot:
        await bot.delivery.settle()
        assert CUT_SHORT in seen.text
