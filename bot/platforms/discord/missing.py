"""Tells once in a server which permission is missing, to somebody who can give it."""

import logging
from collections.abc import Awaitable, Callable

import discord

from bot.platforms.discord.faults import REFUSALS, described
from bot.platforms.discord.look import Look
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.notices import lacking
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.render import render
from bot.platforms.discord.scene import name_of
from bot.platforms.discord.sending import new_message
from bot.platforms.discord.spots import Channel
from bot.tutor.ports import Wordings

log = logging.getLogger(__name__)

LocaleOf = Callable[[str], Awaitable[str]]
Asker = discord.Member | discord.User | None


def permissions_in(channel: Channel) -> discord.Permissions | None:
    """Return what we may do in a channel of a server; None where that is not known."""
    if isinstance(channel, discord.DMChannel | discord.PartialMessageable):
        return None
    try:
        return channel.permissions_for(channel.guild.me)
    except (AttributeError, discord.ClientException):  # not all of the server is known yet
        return None


def needed(channel: Channel, out: Outgoing) -> tuple[str, ...]:
    """Return the names of the permissions that it takes to send `out` into a channel."""
    send = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return (
        "view_channel",
        send,
        *(["embed_links"] if out.embeds else []),
        *(["attach_files"] if out.files else []),
    )


class Missing:
    """Tells of missing permissions; one for the whole program."""

    def __init__(
        self, client: discord.Client, memory: Memory, wordings: Wordings, locale_of: LocaleOf
    ) -> None:
        self._client = client
        self._memory = memory
        self._wordings = wordings
        self._locale_of = locale_of
        self._telling: set[str] = set()

    async def tell(self, permission: str, channel: Channel, asker: Asker = None) -> None:
        """Tell that `permission` is missing in `channel`, unless its server has been told already."""
        guild = getattr(channel, "guild", None)
        if not isinstance(guild, discord.Guild):
            return
        name = f"told:{guild.id}:{permission}"
        if name in self._telling:
            return
        self._telling.add(name)  # before anything is waited for: many may find out at once
        try:
            if await self._memory.state(name):
                return
            await self._tell(permission, channel, _who_can_fix_it(guild, asker))
            await self._memory.set_state(name, "told")
        except REFUSALS as error:
            log.warning("server %s lacks %s, and %s", guild.id, permission, described(error))
            await self._memory.set_state(name, "unreachable")
        finally:
            self._telling.discard(name)

    async def _tell(self, permission: str, channel: Channel, user_id: int) -> None:
        say = self._wordings.in_locale(await self._locale_of(str(user_id)))
        reply = lacking(say, permission, name_of(channel))
        there = await self._client.create_dm(discord.Object(user_id))
        for out in render(reply, Look(say, is_dm=True)):
            await there.send(**new_message(out))


def _who_can_fix_it(guild: discord.Guild, asker: Asker) -> int:
    """Return whoever asked if they manage the server, else its owner."""
    if isinstance(asker, discord.Member) and asker.guild_permissions.manage_guild:
        return asker.id
    return guild.owner_id or 0
