"""Reads from Discord's objects who did something, and where, in the tutor's own words."""

from typing import Any

import discord

from bot.tutor.clean import clean
from bot.tutor.event import Actor, MessageKey, Place

PLATFORM = "discord"
MOST_NAME = 64

Interaction = discord.Interaction[Any]
Person = discord.User | discord.Member


def actor_of(person: Person, locale: str | None = None) -> Actor:
    """Return who somebody is, and what they are in the server in which they were met."""
    manages = False
    roles: tuple[str, ...] = ()
    if isinstance(person, discord.Member):
        manages = person.guild_permissions.manage_guild
        roles = tuple(str(role.id) for role in person.roles)
    return Actor(PLATFORM, str(person.id), name_of(person), locale, manages, roles)


def asking(interaction: Interaction) -> Actor:
    """Return who used a command or a button; they manage only where the tutor itself is."""
    person = interaction.user
    manages = not is_guest(interaction) and interaction.permissions.manage_guild
    roles: tuple[str, ...] = ()
    if isinstance(person, discord.Member):
        roles = tuple(str(role.id) for role in person.roles)
    locale = interaction.locale.value
    return Actor(PLATFORM, str(person.id), name_of(person), locale, manages, roles)


def name_of(person: Person) -> str:
    """Return what somebody is called, fit to be shown anywhere."""
    return clean(person.display_name, MOST_NAME).strip() or f"learner {person.id}"


def is_guest(interaction: Interaction) -> bool:
    """Tell whether the learner has brought the tutor along to where it has no place of its own."""
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    known = interaction.client.get_guild(interaction.guild_id) is not None
    return not known and not interaction.is_guild_integration()


def place_of(interaction: Interaction, *, own_thread: bool = False) -> Place:
    """Return where a command or a button was used."""
    server, channel = str(interaction.guild_id or ""), str(interaction.channel_id or "")
    if is_guest(interaction):
        return Place("guest", server, channel)
    if not server:
        return Place("dm", "", channel)
    return Place("thread" if own_thread else "server", server, channel)


def place_of_message(message: discord.Message, *, own_thread: bool = False) -> Place:
    """Return where a message stands that the tutor was sent by the gateway."""
    channel = str(message.channel.id)
    if message.guild is None:
        return Place("dm", "", channel)
    return Place("thread" if own_thread else "server", str(message.guild.id), channel)


def key_of(channel: object, message: object) -> MessageKey:
    """Return the key of a message, or of an interaction that stands for none."""
    return MessageKey(PLATFORM, str(channel or ""), str(message))


def is_from_a_person(message: discord.Message) -> bool:
    """Tell whether a message was written by somebody, not by a program or by Discord."""
    written = message.type in (discord.MessageType.default, discord.MessageType.reply)
    return written and not message.author.bot and message.webhook_id is None


def addresses(message: discord.Message, me: discord.abc.User | None) -> bool:
    """Tell whether a message mentions the tutor: by name, by its role, or in a pinging reply."""
    if me is None:
        return False
    if any(user.id == me.id for user in message.mentions):
        return True
    tags = (role.tags for role in message.role_mentions)
    return any(tag is not None and tag.bot_id == me.id for tag in tags)


def without_mentions(message: discord.Message, me: discord.abc.User | None) -> str:
    """Return the text of a message without the tutor's own name in it."""
    names = [f"<@{me.id}>", f"<@!{me.id}>"] if me else []
    names += [role.mention for role in message.role_mentions if role.is_bot_managed()]
    text = message.content
    for name in names:
        text = text.replace(name, "")
    return text.strip()
