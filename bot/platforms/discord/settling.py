"""After a restart, finds what still says that something goes on, and says that it was cut short."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord

from bot.platforms.discord.channels import Channels
from bot.platforms.discord.faults import REFUSALS, Fault, described, fault_of
from bot.platforms.discord.intention import Underway, underway
from bot.platforms.discord.memory import Kept, Memory
from bot.platforms.discord.notices import STOP
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Posts, post_of
from bot.platforms.discord.refs import ref_of
from bot.platforms.discord.scene import Scene, writable
from bot.platforms.discord.spots import Channel

MOST_LOOKED_AT = 50
"""Messages after the one that was asked, among which an answer is looked for."""

log = logging.getLogger(__name__)

Restarted = Callable[[str, tuple[str, str] | None], Awaitable[tuple[Outgoing, ...]]]
"""Returns what says to a person that their run was cut short, and how to run it again."""


class Settling:
    """What is to be done once after every start."""

    def __init__(
        self,
        client: discord.Client,
        memory: Memory,
        posts: Posts,
        channels: Channels,
        restarted: Restarted,
    ) -> None:
        self._client = client
        self._memory = memory
        self._posts = posts
        self._channels = channels
        self._restarted = restarted

    async def settle(self, is_in_use: Callable[[str], bool]) -> None:
        """Settle every message and note of before, but those whose slot is in use again."""
        for kept in await self._memory.unsettled():
            if kept.slot and is_in_use(kept.slot):
                continue
            try:
                note = underway(kept)
                await (self._settle(kept) if note is None else self._follow(note))
            except REFUSALS as error:
                log.warning("message %s not settled: %s", kept.message_id, described(error))
                if fault_of(error) not in (Fault.DOWN, Fault.EXPIRED):
                    await self._memory.forget(kept.message_id)

    async def _settle(self, kept: Kept) -> None:
        if kept.channel_id:  # what is ephemeral is beyond reach, and gone when its reader leaves
            channel = self._channel(kept)
            message = await channel.fetch_message(int(kept.message_id))
            if _goes_on(message):
                (out, *_) = await self._restarted(kept.owner, _again(kept))
                await self._posts.edit(post_of(kept, shared=True), out)
        await self._memory.keep(replace(kept, settled=True))

    async def _follow(self, note: Underway) -> None:
        """Settle what came of an answer of which only is known that it was under way."""
        channel = self._channel(note.note)
        found = await self._answer_to(channel, note.asked)
        if found is not None:
            known = await self._memory.message(str(found.id))
            kept = known or replace(note.note, message_id=str(found.id), slot=note.slot)
            await self._memory.keep(kept, instead_of=note.note.message_id)
            await self._settle(kept)
            return
        if note.note.source:
            await self._say_anew(note, channel)
        await self._memory.forget(note.note.message_id)

    async def _say_anew(self, note: Underway, channel: Channel) -> None:
        server = int(note.note.server_id) if note.note.server_id else None
        scene = Scene(channel, server, shared=True)
        for out in await self._restarted(note.note.owner, _again(note.note)):
            post = await self._channels.send(scene, out, note.asked % 2**60, note.asked)
            if post is not None and note.slot:
                kept = replace(note.note, message_id=str(post.message_id), slot=note.slot)
                await self._memory.keep(replace(kept, settled=True))

    async def _answer_to(self, channel: Channel, asked: int) -> discord.Message | None:
        """Return our answer to a message or an interaction, if it was sent."""
        us = self._client.user
        after = discord.Object(asked)
        async for message in channel.history(limit=MOST_LOOKED_AT, after=after, oldest_first=True):
            if us is not None and message.author.id == us.id and _answers(message, asked):
                return message
        return None

    def _channel(self, kept: Kept) -> Channel:
        number = int(kept.channel_id)
        server_id = int(kept.server_id) if kept.server_id else None
        return writable(self._client.get_channel(number), self._client, number, server_id)


def _again(kept: Kept) -> tuple[str, str] | None:
    return (kept.channel_id, kept.source) if kept.source else None


def _answers(message: discord.Message, asked: int) -> bool:
    if message.interaction_metadata is not None and message.interaction_metadata.id == asked:
        return True
    return message.reference is not None and message.reference.message_id == asked


def _goes_on(message: discord.Message) -> bool:
    """Tell whether a message has a button that stops what goes on."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    ids = [getattr(item, "custom_id", None) for row in rows for item in row.children]
    refs = [ref_of(one) for one in ids if one]
    return any(ref is not None and ref.verb == STOP for ref in refs)
