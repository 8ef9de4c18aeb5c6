"""Runs the tutor on Discord: logs in, comes back after whatever breaks off, and ends when told to."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import discord

from bot.platforms.discord.client import Client, connect_to
from bot.platforms.discord.handlers import Crew, Wiring

log = logging.getLogger(__name__)

PORTAL = "https://discord.com/developers/applications"
REFUSED = 4004
WAITS = (1.0, 5.0, 15.0, 60.0)
"""Seconds before the next try to reach Discord at all; the last of them again and again."""

WITHOUT_CONTENT = (
    "Discord does not let this bot read all messages, so it goes on without: code blocks run where "
    "they mention it, in direct messages, by /run and by the menu of a message. To have them run in "
    f"learners' threads too, open {PORTAL}, choose the application, and on the page Bot switch on "
    "Message Content Intent; then restart."
)


class DiscordRefused(Exception):  # noqa: N818  (what an operator has to mend)
    """Discord will not let the bot in; the one line says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to get into Discord. `api` and `gateway` are other addresses than Discord's own."""

    token: str = field(repr=False)
    content: bool = True
    api: str = ""
    gateway: str = ""


def settings_from(
    token: str | None, *, content: bool, api: str | None, gateway: str | None
) -> Settings:
    """Return the settings. Raises `DiscordRefused` where there is no token that could be one."""
    written = (token or "").strip()
    if not written:
        raise DiscordRefused(
            f"DISCORD_TOKEN is not set: open {PORTAL}, choose your application, press Reset Token "
            "on the page Bot, and put the token into that environment variable."
        )
    if not written.isascii() or not written.isprintable() or " " in written:
        raise DiscordRefused(_refused("DISCORD_TOKEN holds something that is no token"))
    return Settings(token=written, content=content, api=api or "", gateway=gateway or "")


def _refused(what: str) -> str:
    return (
        f"{what}: open {PORTAL}, choose your application, press Reset Token on the page Bot, and "
        "put the new token into the environment variable DISCORD_TOKEN."
    )


Sleep = Callable[[float], Awaitable[None]]


async def run_discord(
    settings: Settings, wiring: Wiring, stop: asyncio.Event, sleep: Sleep = asyncio.sleep
) -> None:
    """Serve Discord until `stop` is set. Raises `DiscordRefused`."""
    connect_to(settings.api, settings.gateway)
    content, failed = settings.content, 0
    while not stop.is_set():
        try:
            await _serve(settings, wiring, stop, content=content)
        except discord.PrivilegedIntentsRequired:
            log.warning(WITHOUT_CONTENT)
            content = False
        except discord.LoginFailure:
            raise DiscordRefused(_refused("Discord refused the token in DISCORD_TOKEN")) from None
        except discord.ConnectionClosed as error:
            if error.code == REFUSED:
                raise DiscordRefused(
                    _refused("Discord refused the token in DISCORD_TOKEN")
                ) from None
            failed = await _wait(error, failed, sleep)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            failed = await _wait(error, failed, sleep)


async def _wait(error: Exception, failed: int, sleep: Sleep) -> int:
    wait = WAITS[min(failed, len(WAITS) - 1)]
    log.warning("Discord cannot be reached (%s); next try in %.0f s", error, wait)
    await sleep(wait)
    return failed + 1


async def _serve(settings: Settings, wiring: Wiring, stop: asyncio.Event, *, content: bool) -> None:
    """Serve over one connection, until that is of no more use or `stop` is set."""
    client = Client(
        wiring.wordings,
        content=content,
        own_gateway=bool(settings.gateway),
        link=wiring.link,
    )
    async with Crew(client, wiring, any_host=bool(settings.api)) as handlers:
        client.handlers = handlers
        connected = asyncio.ensure_future(client.start(settings.token))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({connected, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not connected.done():
                await handlers.finish()
            await client.close()
            wiring.link.closed()
            with contextlib.suppress(asyncio.CancelledError):
                await connected
