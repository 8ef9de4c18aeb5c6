"""What owners and moderators do with a server: make it, let people in, change who may do what."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.doubles.discord import payloads
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.permissions import Permission
from tests.doubles.discord.rest_channels import ChannelRoutes
from tests.doubles.discord.world import (
    LONG_AGO,
    TEXT,
    Account,
    Channel,
    Guild,
    Member,
    Role,
    World,
)


class Servers:
    """Changes servers, and tells the bot of it."""

    def __init__(self, world: World, gateway: Gateway, channels: ChannelRoutes) -> None:
        self._world = world
        self._gateway = gateway
        self._channels = channels

    def make(
        self, name: str, owner: Account, channels: Sequence[str], *, bot: bool, locale: str
    ) -> Guild:
        made = Guild(self._world.guild_id(), name, self._world, owner, locale)
        self._world.guilds[made.id] = made
        for each in channels:
            self._world.channel(TEXT, each, guild=made)
        if bot:
            self.invite_bot(made)
        return made

    def invite_bot(self, guild: Guild, permissions: Permission | None = None) -> None:
        """Let the bot in; with `permissions` it gets a role of its own with those."""
        bot = self._world.bot
        # Where it is from the beginning it has been for long.
        joined = datetime.now(UTC) if self._gateway.shards else LONG_AGO
        guild.members[bot.id] = Member(bot, joined=joined)
        if permissions is not None:
            role = Role(self._world.ids.next(), bot.name, permissions)
            guild.roles[role.id] = role
            guild.members[bot.id].roles.add(role)
        data = payloads.guild(guild)
        del data["unavailable"]  # says that it is back, and it is new
        self._gateway.tell("GUILD_CREATE", data, guild)

    def remove_bot(self, guild: Guild) -> None:
        self._gateway.tell("GUILD_DELETE", {"id": str(guild.id)}, guild)
        del guild.members[self._world.bot.id]

    def join(self, guild: Guild, who: Account) -> None:
        guild.members[who.id] = Member(who)

    def leave(self, guild: Guild, who: Account) -> None:
        del guild.members[who.id]

    def give(
        self, guild: Guild, who: Account, permissions: Permission, name: str = "staff"
    ) -> Role:
        """Give `who` a role with these permissions."""
        role = Role(self._world.ids.next(), name, permissions)
        guild.roles[role.id] = role
        guild.members[who.id].roles.add(role)
        data = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self._gateway.tell("GUILD_ROLE_CREATE", data, guild)
        return role

    def forbid(self, channel: Channel, who: Account | None, denied: Permission) -> None:
        """Deny somebody (or everybody) something in a channel; nothing denies no more."""
        assert channel.guild is not None
        target = channel.guild.id if who is None else who.id
        channel.overwrites[target] = (Permission(0), denied)
        self._gateway.tell("CHANNEL_UPDATE", payloads.channel(channel), channel.guild)

    def add_channel(self, guild: Guild, name: str) -> Channel:
        made = self._world.channel(TEXT, name, guild=guild)
        self._gateway.tell("CHANNEL_CREATE", payloads.channel(made), guild)
        return made

    def remove_channel(self, channel: Channel) -> None:
        """Take a channel or a thread away."""
        self._channels.remove_channel(channel)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread, as time or a moderator does."""
        thread.archived, thread.locked = True, locked
        self._gateway.tell("THREAD_UPDATE", payloads.channel(thread), thread.guild)
        thread.changed()
