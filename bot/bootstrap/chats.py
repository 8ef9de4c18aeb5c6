"""The chats, put together: Discord, until the program is told to stop."""

import asyncio
import gc
import signal
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bot.bootstrap.parts import Parts, built
from bot.bootstrap.watching import watched_at
from bot.config import Config
from bot.tutor.event import Actor, Event
from bot.tutor.gate import refused
from bot.tutor.records import ServerSettings
from sandbox.logs import begin

SWITCH_SECONDS = 0.0005
"""After which a busy thread lets another one run, see sys.setswitchinterval. By default it is ten times
as long, and every change of the database, which has a thread of its own, waits for that twice."""

if TYPE_CHECKING:  # starting one platform imports no other
    from bot.platforms.discord.handlers import Wiring as DiscordWiring


async def run_discord(config: Config, environ: Mapping[str, str]) -> None:
    """Serve Discord until the program is told to stop. Raises `DiscordRefused`."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with _stopping() as stop:
        await serve_discord(config, environ, stop)


async def serve_discord(config: Config, environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Serve Discord until `stop` is set. Raises `DiscordRefused`."""
    from bot.platforms.discord.app import run_discord as run
    from bot.platforms.discord.app import settings_from

    settings = settings_from(
        environ.get("DISCORD_TOKEN"),
        content=config.discord.message_content,
        api=environ.get("DISCORD_API_BASE"),
        gateway=environ.get("DISCORD_GATEWAY_URL"),
    )
    async with (
        built(config, environ) as parts,
        watched_at(config, parts.figures, parts.readiness, parts.host),
    ):
        # What is there by now stays: to look through it for garbage again and again takes 70 ms each time.
        gc.collect()
        gc.freeze()
        await run(settings, _wiring(parts), stop)


def _wiring(parts: Parts) -> "DiscordWiring":
    from bot.platforms.discord.handlers import Wiring
    from bot.platforms.discord.link import Link
    from bot.storage.messages import SqliteMessages
    from bot.storage.spare import SpareMessages

    services = parts.services

    async def server(server_id: str) -> ServerSettings:
        return await services.places.server("discord", server_id)

    async def locale_of(actor: Actor, server_id: str) -> str:
        wordings, known = services.wordings, await services.store.known(actor)
        theirs = (known.locale, actor.locale, known.seen) if known else (actor.locale,)
        spoken = [one for one in theirs if one and one.partition("-")[0] in wordings.locales]
        if spoken or not server_id:
            return wordings.best(*spoken, services.locale)
        return wordings.best((await server(server_id)).locale, services.locale)

    async def is_refused(event: Event) -> bool:
        return await refused(services, event) is not None

    link = Link(begin, parts.figures.answered)

    async def is_connected() -> bool:
        return link.is_up

    parts.readiness.add("chat", is_connected)
    return Wiring(
        tutor=parts.tutor,
        memory=SpareMessages(SqliteMessages(parts.database, "discord")),
        wordings=services.wordings,
        curriculum=lambda: services.present.curriculum,
        locale_of=locale_of,
        server=server,
        is_refused=is_refused,
        new_id=_new_id,
        link=link,
    )


@contextmanager
def _stopping() -> Iterator[asyncio.Event]:
    """Yield what is set once somebody politely asks the program to end."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows: Ctrl-C ends the program there
        for number in numbers:
            loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


def _new_id() -> str:
    return uuid.uuid4().hex
