"""Follows what becomes of messages with code: edited ones run again, deleted ones lose their answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import discord

from bot.platforms.discord.events import (
    PLATFORM,
    actor_of,
    is_from_a_person,
    key_of,
    place_of_message,
    without_mentions,
)
from bot.platforms.discord.front import Front
from bot.platforms.discord.lines import Turn
from bot.platforms.discord.messages import Messages
from bot.platforms.discord.seen import Seen
from bot.platforms.discord.sources import state_of
from bot.platforms.discord.spots import InChannel, OnMessage
from bot.tutor.event import Actor, CodeEdited, Place, SourceDeleted
from bot.tutor.reply import Note, Reply
from bot.tutor.streams import closing

QUIET = 1.0
"""Seconds without a further edit after which a message is taken to be finished."""

MOST_WAITING = 1_000
MOST_DELETED = 100


class Edits:
    """Waits for edits to come to rest, and answers the last state."""

    def __init__(
        self,
        front: Front,
        messages: Messages,
        seen: Seen,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._front = front
        self._sources = messages.sources
        self._seen = seen
        self._messages = messages
        self._sleep = sleep
        self._latest: dict[int, discord.Message] = {}

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Take note of an edit; whoever comes first for a message stays until it is answered."""
        message = payload.message
        if not payload.data.get("edited_timestamp") or not is_from_a_person(message):
            return  # Discord adds a preview of a link in the same way
        waits = message.id in self._latest
        if waits or len(self._latest) < MOST_WAITING:
            self._latest[message.id] = message
        if waits or message.id not in self._latest:
            return
        last = await self._at_rest(message)
        if last is None:
            return
        async with self._front.lines.turn(last.author.id) as turn:
            await self._front.care(self._answer(last, turn), OnMessage(last))

    async def _at_rest(self, message: discord.Message) -> discord.Message | None:
        """Return the last state of a message, once nothing comes any more; None if it was deleted."""
        while True:
            before = self._latest.get(message.id)
            await self._sleep(QUIET)
            if self._latest.get(message.id) is before:
                return self._latest.pop(message.id, None)

    async def _answer(self, message: discord.Message, turn: Turn) -> None:
        front, state = self._front, state_of(message)
        before = self._seen.state(message.id)
        if before == state:
            return
        if before is None and not await front.memory.in_slot(slot_of(message.id)):
            await self._messages.edited(message, turn)
            return
        self._seen.put(message.id, state)
        own = await front.is_own_thread(message.channel, message.author.id)
        actor, place = actor_of(message.author), place_of_message(message, own_thread=own)
        locale = await front.locale_of(actor, place)
        say = front.wordings.in_locale(locale)

        async def replies() -> AsyncGenerator[Reply, None]:
            text = without_mentions(message, front.client.user)
            found = await self._sources.in_message(message, say, text)
            if found.problems and not found.cells:
                notes = tuple(Note("info", problem) for problem in found.problems)
                yield Reply(notes, (), "public", slot_of(message.id))
                return
            event = CodeEdited(
                actor=actor,
                place=place,
                key=key_of(message.channel.id, message.id),
                cells=found.cells,
            )
            async with closing(front.tutor.handle(event)) as answer:
                async for reply in answer:
                    yield reply

        spot = OnMessage(message, locale)
        await front.deliver(replies(), spot, actor, turn=turn, source=str(message.id))

    async def deleted(self, channel_id: int, message_ids: frozenset[int]) -> None:
        """Take away what answers messages that are gone."""
        for message_id in sorted(message_ids)[:MOST_DELETED]:
            self._latest.pop(message_id, None)
            where = InChannel(self._front.client.get_partial_messageable(channel_id))
            await self._front.care(self._deleted(channel_id, message_id, where), where)

    async def _deleted(self, channel_id: int, message_id: int, where: InChannel) -> None:
        seen = self._seen.forget(message_id)
        kept = await self._front.memory.in_slot(slot_of(message_id))
        owner = kept[0].owner if kept else str(seen.author_id) if seen else ""
        if not owner:
            return
        event = SourceDeleted(
            actor=Actor(PLATFORM, owner, ""),  # it makes nobody known, by any name
            place=Place("dm", "", str(channel_id)),
            key=key_of(channel_id, message_id),
        )
        await self._front.answer(event, where)


def slot_of(message_id: int) -> str:
    """Return the slot of the answer to the code in a message."""
    return f"run:{message_id}"
