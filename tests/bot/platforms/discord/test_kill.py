"""Killed at any step of an answer, the next start leaves nothing that says something still goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.platforms.discord.delivering import Bot, Scene, Teller, delivering, running, said
from tests.bot.platforms.discord.mortal import Fate
from tests.doubles.discord.double import Channel, Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.seeing import Seen

STEPS = (0.15, running("going"), 0.25, running("still going"), 0.25, said("the end", slot="run:1"))
LASTS = 1.3


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        found.guild("School", "general")
        yield found
        assert found.violations == []


def of_the_bot(person: Person, where: Channel) -> list[Seen]:
    return [one for one in person.timeline(where) if one.message.author.bot and not one.thinking]


async def killed(scene: Scene, fate: Fate, begin: str) -> Channel:
    """Have Ada begin something, and the program die on the way; return where it was."""
    where = scene.general if begin == "post" else scene.ada.dm
    fate.begins()
    if begin == "post":
        await scene.ada.posts(where, "code")
    else:
        scene.ada.starts_slash(where, "ask")
    for _ in range(int(LASTS / 0.02)):
        if fate.is_dead:
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)
    return where


async def settled(bot: Bot) -> None:
    await bot.delivery.settle()
    assert await bot.memory.unsettled() == ()


@pytest.mark.parametrize("begin", ["post", "command"])
@pytest.mark.parametrize("step", range(1, 17))
async def test_nothing_goes_on_for_ever(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: str, step: int
) -> None:
    (school,) = double.world.guilds.values()
    fate = Fate(step)
    async with delivering(double, tmp_path, monkeypatch, teller=Teller(STEPS), fate=fate) as bot:
        scene = Scene(double, bot, school)
        where = await killed(scene, fate, begin)
        typed = bool(where.typing)
        before = of_the_bot(scene.ada, where)
        noted = await bot.memory.unsettled()
    async with delivering(double, tmp_path, monkeypatch) as bot:
        await settled(bot)
        known = await bot.memory.in_slot("run:1")
    shown = of_the_bot(scene.ada, where)
    assert all("Stop" not in one.buttons for one in shown)
    assert len(shown) <= 1, "answered twice"
    if before:
        assert "going" not in shown[0].text
        assert [kept.message_id for kept in known] == [str(shown[0].message.id)]
    elif typed and noted:
        assert shown[0].buttons == ["Run again"]
