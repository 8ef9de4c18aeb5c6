"""The connection to Discord: which events it asks for, and who answers them."""

import logging
from typing import Any, Protocol

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.platforms.discord.commands import add_commands
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.events import Interaction
from bot.platforms.discord.link import Link
from bot.platforms.discord.throttle import Throttle
from bot.platforms.discord.translation import CatalogueTranslator
from bot.tutor.ports import Wordings

log = logging.getLogger(__name__)


GUILDS_READY = 1.0
"""Seconds without a further server after which all are known. One that comes later is a new one."""


class Handlers(Protocol):
    """Those who answer; none of these raises."""

    @property
    def desk(self) -> Desk: ...

    async def started(self) -> None:
        """Begin what goes on by itself, before the first event."""
        ...

    async def ready(self) -> None: ...

    async def interaction(self, interaction: Interaction) -> None: ...

    async def outdated(self, interaction: Interaction) -> None:
        """Answer a command that Discord still shows as it was."""
        ...

    async def message(self, message: discord.Message) -> None: ...

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None: ...

    async def deleted(self, channel_id: int, message_ids: frozenset[int]) -> None: ...

    async def reaction(self, payload: discord.RawReactionActionEvent) -> None: ...

    async def joined(self, guild: discord.Guild) -> None: ...

    async def available(self, guild: discord.Guild) -> None:
        """Take note of a server that is there again, or that was there all the time."""
        ...


def intents(*, content: bool) -> discord.Intents:
    """Return what the gateway is asked for; only `content` has to be allowed in the portal."""
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        dm_messages=True,
        guild_reactions=True,
        dm_reactions=True,
        message_content=content,
    )


class Client(discord.AutoShardedClient):
    """A connection that keeps nothing of what it hears; `handlers` have to be set before it starts."""

    handlers: Handlers

    def __init__(
        self, wordings: Wordings, *, content: bool, own_gateway: bool, link: Link | None = None
    ) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # there is no voice
        self._link = link or Link()
        super().__init__(
            intents=intents(content=content),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_READY,
            max_messages=None,
            http_trace=self._link.listen(Throttle().trace()),
        )
        self.tree: app_commands.CommandTree[Any] = _Commands(self, self._link)
        self._wordings = wordings
        self._own_gateway = own_gateway
        self._was_ready = False

    async def setup_hook(self) -> None:
        add_commands(self.tree, self.handlers.desk)
        self.tree.error(self._command_failed)
        await self.tree.set_translator(CatalogueTranslator(self._wordings))
        await self.handlers.started()

    async def launch_shards(self) -> None:
        """Connect; where a gateway of one's own is set, Discord's word on where to connect is not."""
        if self._own_gateway and self.shard_count is None:
            self.shard_count, _, _ = await self.http.get_bot_gateway()
        await super().launch_shards()

    # Events -------------------------------------------------------------------------------------

    async def on_ready(self) -> None:
        if not self._was_ready:  # it comes again after a lost session
            self._was_ready = True
            log.info("connected to Discord as %s, in %d servers", self.user, len(self.guilds))
            await self.handlers.ready()

    async def on_shard_ready(self, shard_id: int) -> None:
        self._link.connected(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self._link.connected(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self._link.lost(shard_id)

    async def on_interaction(self, interaction: Interaction) -> None:
        self._link.begin()
        await self.handlers.interaction(interaction)

    async def on_message(self, message: discord.Message) -> None:
        self._link.begin()
        await self.handlers.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self._link.begin()
        await self.handlers.edited(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self._link.begin()
        await self.handlers.deleted(payload.channel_id, frozenset({payload.message_id}))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        self._link.begin()
        await self.handlers.deleted(payload.channel_id, frozenset(payload.message_ids))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self._link.begin()
        await self.handlers.reaction(payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        self._link.begin()
        await self.handlers.reaction(payload)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.handlers.joined(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self.handlers.available(guild)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        log.exception("%s failed", event_method)  # noqa: LOG004  (called from such a handler)

    async def _command_failed(
        self, interaction: Interaction, error: app_commands.AppCommandError
    ) -> None:
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            await self.handlers.outdated(interaction)
        else:
            log.error("a command failed", exc_info=error)


class _Commands(app_commands.CommandTree[Any]):
    def __init__(self, client: discord.Client, link: Link) -> None:
        super().__init__(client)
        self._link = link

    async def interaction_check(self, _: Interaction, /) -> bool:
        self._link.begin()
        return True


def connect_to(api: str | None, gateway: str | None) -> None:
    """Have the library speak to another REST API and gateway than Discord's own."""
    if api:
        discord.http.Route.BASE = api.rstrip("/")
    if gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway)
