"""Tells of a spot what decides how an answer may be shown there: who else sees it, and who is there."""

from dataclasses import dataclass
from typing import Any

import discord

from bot.platforms.discord.memory import Memory
from bot.platforms.discord.spots import Channel, InChannel, OnInteraction, OnMessage, Spot

_SENDABLE = (
    discord.TextChannel,
    discord.VoiceChannel,
    discord.StageChannel,
    discord.Thread,
    discord.DMChannel,
    discord.PartialMessageable,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an answer is to be shown.

    `shared` tells that others see what is written into the channel, and `guest` that the tutor
    itself is not in it. `asker` is who did what is answered.
    """

    channel: Channel
    server_id: int | None
    shared: bool
    guest: bool = False
    asker: discord.Member | discord.User | None = None

    @property
    def server(self) -> str:
        return str(self.server_id or "")


async def scene_of(spot: Spot, client: discord.Client, memory: Memory, owner: str) -> Scene:
    """Return what is to be seen at `spot` by, and beside, the user `owner`."""
    match spot:
        case OnInteraction(interaction=interaction):
            return await _around(interaction, client, memory, owner)
        case OnMessage(message=message):
            author = message.author if isinstance(message, discord.Message) else None
            there = writable(
                message.channel,
                client,
                message.channel.id,
                message.guild.id if message.guild else None,
            )
            return await _in_channel(there, memory, owner, author)
        case InChannel(channel=channel):
            return await _in_channel(channel, memory, owner, None)


async def _around(
    interaction: discord.Interaction[Any], client: discord.Client, memory: Memory, owner: str
) -> Scene:
    channel = writable(
        interaction.channel, client, interaction.channel_id or 0, interaction.guild_id
    )
    if _is_guest(interaction, client):
        return Scene(channel, interaction.guild_id, shared=True, guest=True)
    return await _in_channel(channel, memory, owner, interaction.user)


def writable(
    channel: object, client: discord.Client, channel_id: int, server_id: int | None
) -> Channel:
    """Return a channel as one that can be written into, whatever else is known of it."""
    if isinstance(channel, _SENDABLE):
        return channel
    return client.get_partial_messageable(channel_id, guild_id=server_id)


def name_of(channel: Channel) -> str:
    """Return what people call a channel, or its number where its name is not known."""
    return f"#{getattr(channel, 'name', None) or channel.id}"


def _is_guest(interaction: discord.Interaction[Any], client: discord.Client) -> bool:
    if interaction.guild_id is None:
        return interaction.context.private_channel
    return client.get_guild(interaction.guild_id) is None and not interaction.is_guild_integration()


async def _in_channel(
    channel: Channel, memory: Memory, owner: str, asker: discord.Member | discord.User | None
) -> Scene:
    guild = getattr(channel, "guild", None)
    server_id = guild.id if guild else getattr(channel, "guild_id", None)
    shared = server_id is not None and not await _is_own_thread(channel, memory, owner)
    return Scene(channel, server_id, shared, asker=asker)


async def _is_own_thread(channel: Channel, memory: Memory, owner: str) -> bool:
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return False
    if isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
        return False
    return bool(owner) and await memory.owner_of_thread(str(channel.id)) == owner
