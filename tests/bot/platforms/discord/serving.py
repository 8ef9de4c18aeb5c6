"""Runs the real Discord program in the test's own process, against the loopback Discord."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.gateway import DiscordWebSocket

from bot.bootstrap.chats import serve_discord
from bot.config import Config
from tests.doubles.discord.double import Discord


def config_in(folder: Path, socket: Path | None = None, **others: Any) -> Config:
    """Return a configuration that keeps everything in `folder`; without `socket` no code runs."""
    ours = {
        "database": folder / "memory.sqlite3",
        "sandbox": {"socket": socket or folder / "nobody.sock"},
    }
    return Config.model_validate(ours | others)


@asynccontextmanager
async def serving(
    double: Discord, config: Config, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Run the program until the block ends; it has to end by itself then, in time."""
    # The program sets these two for good; a test must not leave them behind.
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    stop = asyncio.Event()
    running = asyncio.create_task(serve_discord(config, double.environ, stop))
    connected = asyncio.create_task(double.connected())
    await asyncio.wait({running, connected}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if running.done():
            running.result()
        await connected
        yield
    finally:
        connected.cancel()
        stop.set()
        async with asyncio.timeout(10):
            await running


async def eventually(is_so: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)
