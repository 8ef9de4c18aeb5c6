"""Attached files: what is fetched, from where, and how much of it."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import discord
import pytest
from aiohttp import web

from bot.locales import load_catalogues
from bot.platforms.discord.attached import MOST_BYTES
from bot.platforms.discord.sources import Sources

SAY = load_catalogues().in_locale("en")


def attached(url: str, name: str = "a.py", size: int = 10) -> discord.Attachment:
    return cast("discord.Attachment", SimpleNamespace(url=url, filename=name, size=size))


@pytest.fixture
async def host() -> AsyncIterator[str]:
    """A host with a small file, one that is larger than it says, and one that leads elsewhere."""
    asked: list[str] = []

    async def small(_: web.Request) -> web.Response:
        return web.Response(body=b"print(6 * 7)")

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            asked.append("more")
            await answer.write(b"#" * 65_536)
            await asyncio.sleep(0)

    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("/small")

    app = web.Application()
    app.add_routes(
        [web.get("/small", small), web.get("/endless", endless), web.get("/away", elsewhere)]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_file_is_read(host: str) -> None:
    found = await Sources(any_host=True).in_file(attached(f"{host}/small"), SAY)
    assert found.cells == ("print(6 * 7)",)
    assert found.problems == ()


@pytest.mark.parametrize(
    "url", ["", "http://[", "file:///etc/passwd", "https://cdn.discordapp.com.evil.example/a.py"]
)
async def test_files_come_from_discord_alone(host: str, url: str) -> None:
    for each in (url, f"{host}/small"):
        found = await Sources().in_file(attached(each), SAY)
        assert found.cells == ()
        assert len(found.problems) == 1


async def test_a_file_that_says_it_is_large_is_not_even_asked_for() -> None:
    nowhere = attached("http://127.0.0.1:1/a.py", size=40 << 20)
    found = await Sources(any_host=True).in_file(nowhere, SAY)
    assert "`a.py`" in found.problems[0]
    assert "40" in found.problems[0]


async def test_one_that_is_larger_than_it_says_is_read_no_further(host: str) -> None:
    async with asyncio.timeout(5):
        found = await Sources(any_host=True).in_file(attached(f"{host}/endless"), SAY)
    assert found.cells == ()
    assert len(found.problems) == 1
    assert MOST_BYTES < 1 << 20


@pytest.mark.parametrize("path", ["/away", "/gone"])
async def test_one_that_is_not_there_is_told(host: str, path: str) -> None:
    found = await Sources(any_host=True).in_file(attached(host + path), SAY)
    assert found.cells == ()
    assert len(found.problems) == 1


async def test_a_picture_is_told_what_code_comes_as() -> None:
    found = await Sources().in_file(attached("https://cdn.discordapp.com/a.png", "a.png"), SAY)
    assert ".ipynb" in found.problems[0]
