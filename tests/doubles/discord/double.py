"""A loopback Discord: REST and gateway on 127.0.0.1 for an unmodified client, and people to use it."""

import socket
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.doubles.discord.composing import Composer
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.interactions import Asked
from tests.doubles.discord.people import Person
from tests.doubles.discord.permissions import Permission
from tests.doubles.discord.pulse import until
from tests.doubles.discord.rest import PREFIX, Rest
from tests.doubles.discord.rest_application import ApplicationRoutes
from tests.doubles.discord.rest_channels import ChannelRoutes
from tests.doubles.discord.rest_interactions import InteractionRoutes
from tests.doubles.discord.rest_messages import MessageRoutes
from tests.doubles.discord.servers import Servers
from tests.doubles.discord.sessions import MESSAGE_CONTENT
from tests.doubles.discord.talking import Talking
from tests.doubles.discord.world import Account, Channel, Guild, Message, Payload, World

TOKEN = "bot.token.of.the-double"
_BACKLOG = 1024


class Discord:
    """The whole of Discord, as far as our bot meets it. Use it with `async with`.

    A bot is pointed to it by `environ`. Every rule that the bot breaks is in `violations`.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.base = f"http://{host}"
        self.violations: list[str] = []
        self.world = World()
        self.rest = Rest(self.world, TOKEN, self.violations.append)
        self.gateway = Gateway(self.world, TOKEN, self.violations.append)
        self.gateway.url = f"ws://{host}/gateway"
        self._composer = Composer(self.world, self.gateway, self.rest, self.base)
        self.interactions = InteractionRoutes(
            self.world, self._composer, self.rest, self.violations.append
        )
        messages = MessageRoutes(self.world, self._composer, contents=self._readable)
        self._channels = ChannelRoutes(self.world, self.gateway, messages)
        self.application = ApplicationRoutes(self.world, self.gateway, self.rest)
        self._talking = Talking(
            self.world, self.gateway, self._composer, self.interactions, self.application
        )
        self.servers = Servers(self.world, self.gateway, self._channels)
        self._routes = (messages, self._channels, self.interactions, self.application)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        for group in self._routes:
            for method, path, handler in group.routes():
                self.rest.add(app, method, path, handler)
        for path in ("/gateway", "/gateway/"):
            app.router.add_get(path, self.gateway.handle)
        app.router.add_get("/attachments/{id}/{name}", self._download)
        app.router.add_route("*", PREFIX + "/{rest:.*}", self.rest.unrouted)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self.gateway.drop()
        await self._runner.cleanup()

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a bot that is to meet this Discord instead of the real one."""
        return {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_BASE": self.base + PREFIX,
            "DISCORD_GATEWAY_URL": self.gateway.url,
        }

    # Making the world.

    def person(self, name: str, *guilds: Guild, locale: str = "en-US") -> Person:
        """Make somebody, a member of these servers."""
        made = Person(self.world.ids.next(), name, locale, place=self._talking)
        self.world.accounts[made.id] = made
        for guild in guilds:
            self.servers.join(guild, made)
        return made

    def guild(self, name: str, *channels: str, bot: bool = True, locale: str = "en-US") -> Guild:
        """Make a server with these channels, with or without the bot in it."""
        owner = self.person(f"{name}-owner")
        return self.servers.make(name, owner, channels or ("general",), bot=bot, locale=locale)

    # Looking at what the bot does.

    async def connected(self, shards: int = 1, seconds: float = 30.0) -> None:
        """Wait until the bot is there."""
        await until(
            self.gateway.pulse,
            lambda: self.gateway.shards >= shards,
            seconds,
            lambda: f"only {self.gateway.shards} shards have connected",
        )

    @property
    def invalid(self) -> list[str]:
        """Requests that Discord counts against the bot: refused, forbidden or over a limit."""
        return [f"{one.route}: {one.status}" for one in self.rest.requests if one.invalid]

    def _readable(self, message: Message) -> bool:
        """Whether the bot may read contents by REST: what its intents at the portal allow."""
        refused = self.gateway.refused_intents & MESSAGE_CONTENT
        mine = message.author is self.world.bot
        return not refused or mine or message.channel.guild is None

    async def _download(self, request: web.Request) -> web.Response:
        found = self._composer.files.get(int(request.match_info["id"]))
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.data, content_type=found.kind.partition(";")[0])


__all__ = ["TOKEN", "Account", "Asked", "Channel", "Discord", "Guild", "Payload", "Permission"]
