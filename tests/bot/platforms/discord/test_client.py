"""How the program gets into Discord, and what it shows there before anybody has said a word."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.discord.app import DiscordRefused
from tests.bot.platforms.discord.serving import config_in, serving
from tests.doubles.discord.double import Discord
from tests.doubles.discord.sessions import MESSAGE_CONTENT


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as found:
        yield found


async def test_it_offers_its_commands_in_the_readers_language(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = double.guild("School", "general")
    ada, minsu = double.person("ada", school), double.person("민수", school, locale="ko")
    general = school.channel("general")
    async with serving(double, config_in(tmp_path), monkeypatch):
        async with asyncio.timeout(5):
            while not double.application.commands:
                await asyncio.sleep(0.01)
        assert ada.offered(general)["learn"] == "Start a lesson, or go on where you left off."
        assert "레슨" in minsu.offered(general)["배우기"]
        assert "tutor" not in ada.offered(general)
        titles = await ada.completes(general, "learn", "lesson", "tens")
        assert list(titles.values()) == ["tensors-101"]
    assert double.violations == []
    assert double.invalid == []
