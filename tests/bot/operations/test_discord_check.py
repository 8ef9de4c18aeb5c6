"""The token is checked by calls that change nothing, and nothing that is told gives it away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.operations import discord_check as module
from bot.operations.discord_check import discord_check, lacking
from bot.operations.report import Check, as_json
from bot.platforms.discord.checkup import permissions
from tests.doubles.discord.double import TOKEN, Discord, Permission
from tests.doubles.discord.sessions import MESSAGE_CONTENT


@pytest.fixture
async def double() -> AsyncIterator[Discord]:
    async with Discord() as one:
        yield one


async def check(double: Discord, *, wants_content: bool = True, **environ: str) -> Check:
    found = await discord_check({**double.environ, **environ}, wants_content=wants_content)
    assert TOKEN not in as_json([found])
    return found


async def test_without_a_token_discord_is_off() -> None:
    for environ in ({}, {"DISCORD_TOKEN": " \n"}):
        found = await discord_check(environ, wants_content=True)
        assert (found.state, found.found) == ("off", "DISCORD_TOKEN is not set, so Discord is off")


@pytest.mark.parametrize("token", ["a b", "ab\ncd", "tokén", "Bot abc"])
async def test_what_is_no_token_is_told_without_asking(double: Discord, token: str) -> None:
    found = await check(double, DISCORD_TOKEN=token)
    assert found.state == "wrong"
    assert "Reset Token" in found.advice[0]
    assert token not in as_json([found])
    assert double.rest.requests == []


async def test_a_good_token_in_a_good_server_is_well(double: Discord) -> None:
    double.guild("Physics")
    double.guild("Elsewhere", bot=False)
    found = await check(double)
    assert (found.state, found.advice) == ("well", ())
    assert "in 1 server, reads what messages say" in found.found
    assert found.facts == {
        "user": double.world.bot.name,
        "servers": 1,
        "message_content": True,
    }
    assert {one.path.split("?")[0] for one in double.rest.requests} == {
        "/api/v10/users/@me",
        "/api/v10/applications/@me",
        "/api/v10/users/@me/guilds",
    }
    assert double.violations == []


async def test_a_refused_token_is_told_with_what_to_do(double: Discord) -> None:
    found = await check(double, DISCORD_TOKEN="not.the.token")
    assert found.state == "wrong"
    assert found.found == "the token in DISCORD_TOKEN is refused"
    assert "Reset Token" in found.advice[0]
    assert "not.the.token" not in as_json([found])


async def test_without_the_intent_for_contents_it_is_told_where_to_switch_it_on(
    double: Discord,
) -> None:
    double.guild("Physics")
    double.gateway.refused_intents = MESSAGE_CONTENT
    found = await check(double)
    assert found.state == "note"
    assert "Message Content Intent" in found.advice[0]
    assert "does not read what messages say" in found.found
    assert (await check(double, wants_content=False)).state == "well"


async def test_missing_permissions_are_named_for_each_server(double: Discord) -> None:
    double.guild("Physics")
    guild = double.guild("Math\x1b[31m\n", bot=False)
    double.servers.invite_bot(guild, Permission(0))
    guild.everyone.permissions = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
    found = await check(double)
    assert found.state == "note"
    (advice,) = found.advice
    assert advice.startswith("in the server Math[31m, give the bot's role: ")
    assert "Create Private Threads" in advice
    assert "View Channels" not in advice


async def test_in_no_server_yet_the_invitation_is_told(double: Discord) -> None:
    found = await check(double)
    assert found.state == "note"
    assert f"client_id={double.world.application_id}" in found.advice[0]
    assert str(permissions().value) in found.advice[0]


async def test_a_discord_that_fails_or_slows_down_is_told(double: Discord) -> None:
    double.rest.fail("GET /users/@me", 503)
    found = await check(double)
    assert (found.state, found.found) == ("wrong", "no answer of use: status 503")
    double.rest.fail("GET /users/@me", 429)
    assert (await check(double)).state == "note"


async def test_a_discord_that_does_not_answer_is_not_waited_for_for_ever(
    double: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    double.rest.fail("GET /users/@me", seconds=20)
    async with asyncio.timeout(10):
        found = await check(double)
    assert found.state == "wrong"
    assert "no answer within" in found.found


async def test_an_address_where_nobody_listens_is_told() -> None:
    environ = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_BASE": "http://127.0.0.1:9/api/v10"}
    for base in ("http://127.0.0.1:9/api/v10", "nonsense", "http://", "ftp://x/y"):
        found = await discord_check({**environ, "DISCORD_API_BASE": base}, wants_content=True)
        assert found.state == "wrong"
        assert base in found.advice[0]
        assert TOKEN not in as_json([found])


@asynccontextmanager
async def answering(body: str) -> AsyncIterator[str]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=body)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("body", ["<html>", "[]", "null", json.dumps("x"), "\x00", "[" * 100_000])
async def test_an_answer_that_is_none_is_told(body: str) -> None:
    async with answering(body) as base:
        environ = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_BASE": base}
        found = await discord_check(environ, wants_content=True)
    assert found.state == "wrong"
    assert "no answer of Discord's" in found.found


async def test_an_answer_without_an_end_is_not_read_to_it() -> None:
    async with answering(json.dumps({"username": "x" * 5_000_000})) as base:
        environ = {"DISCORD_TOKEN": TOKEN, "DISCORD_API_BASE": base}
        found = await discord_check(environ, wants_content=True)
    assert "too long" in found.found


def test_an_administrator_lacks_nothing() -> None:
    assert lacking(1 << 3) == []
    assert lacking(permissions().value) == []
    assert len(lacking(0)) == 8
