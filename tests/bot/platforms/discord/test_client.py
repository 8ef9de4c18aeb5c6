"""How the program gets into Discord, and what it shows there before anybody has said a word."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.bootstrap.chats import serve_discord
from bot.platforms.discord.app import DiscordRefused
from tests.bot.platforms.discord.serving import config_in, eventually, serving
from tests.doubles.discord.double import Discord
from tests.doubles.discord.sessions import MESSAGE_CONTENT

COMMANDS = "PUT /applications/{application_id}/commands"


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
        await eventually(lambda: double.application.commands)
        assert ada.offered(general)["learn"] == "Start a lesson, or go on where you left off."
        assert "레슨" in minsu.offered(general)["배우기"]
        assert "tutor" not in ada.offered(general)
        titles = await ada.completes(general, "learn", "lesson", "tens")
        assert "tensors-101" in titles.values()
        assert await ada.completes(general, "learn", "lesson", "nothing like it") == {}
    assert double.violations == []
    assert double.invalid == []


async def test_commands_are_registered_once_and_not_at_every_start(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        async with serving(double, config_in(tmp_path), monkeypatch):
            await eventually(lambda: double.application.commands)
    assert len(double.rest.sent(COMMANDS)) == 1


async def test_where_message_content_is_not_allowed_it_goes_on_without(
    double: Discord,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    double.guild("School", "general")
    double.gateway.refused_intents = MESSAGE_CONTENT
    async with serving(double, config_in(tmp_path), monkeypatch):
        assert double.gateway.shards == 1
    told = [one.message for one in caplog.records if "Message Content Intent" in one.message]
    assert len(told) == 1
    assert "https://discord.com/developers/applications" in told[0]


async def test_it_does_not_ask_for_message_content_where_that_is_switched_off(
    double: Discord,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    double.gateway.refused_intents = MESSAGE_CONTENT
    config = config_in(tmp_path, discord={"message_content": False})
    async with serving(double, config, monkeypatch):
        pass
    assert "Message Content Intent" not in caplog.text


@pytest.mark.parametrize("token", ["", "  ", "two words", "a-token-that-is-wrong"])
async def test_no_token_and_a_refused_one_are_told_with_the_way_out(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    environ = double.environ | {"DISCORD_TOKEN": token}
    with pytest.raises(DiscordRefused) as refused:
        await serve_discord(config_in(tmp_path), environ, asyncio.Event())
    assert "https://discord.com/developers/applications" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not token.strip() or token not in str(refused.value)


async def test_dropped_and_invalid_sessions_are_not_noticed(
    double: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = double.guild("School", "general")
    ada = double.person("ada", school)
    async with serving(double, config_in(tmp_path), monkeypatch):
        await eventually(lambda: double.application.commands)
        await double.gateway.drop()
        await double.connected()
        assert await ada.completes(school.channel("general"), "learn", "lesson", "tens")
        assert double.gateway.resumed == 1
    assert double.violations == []
