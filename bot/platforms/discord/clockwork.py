"""Does what goes on by itself: what the clock asks for, and what a restart has left open."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

import discord

from bot.platforms.discord.events import PLATFORM, actor_of
from bot.platforms.discord.front import Front
from bot.platforms.discord.spots import InChannel
from bot.tutor.event import Actor
from bot.tutor.reply import Reply
from bot.tutor.streams import closing

EVERY = 3.0
MOST_EMOJI = 20
MOST_VOTERS = 2_000
"""Reactions with one emoji up to which they are counted again after a restart: a request a hundred."""

log = logging.getLogger(__name__)


class Clockwork:
    """Asks the tutor every few seconds what is due."""

    def __init__(
        self, front: Front, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._front = front
        self._sleep = sleep

    async def settle(self) -> None:
        """Settle what a restart has left open: to be begun before anything new can be under way."""
        await self._safely(self._front.delivery.settle())

    async def run(self) -> None:
        """Count reactions that nobody saw, then go on for ever."""
        await self._safely(self._recount())
        while True:
            await self._safely(self._due())
            await self._sleep(EVERY)

    async def _safely(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            log.exception("what goes on by itself failed; it is tried again")

    async def _due(self) -> None:
        """Bring what is due to where it belongs; what does not arrive is due again later."""
        async with closing(self._front.tutor.due(PLATFORM)) as replies:
            async for reply in replies:
                if not await self._put(reply):
                    return

    async def _put(self, reply: Reply) -> bool:
        """Bring one reply to its channel, or to where its slot stands; tell whether it arrived."""
        channel = reply.channel or await self._channel_of(reply.slot or "")
        if not channel.isdecimal():
            log.warning("there is no place for what is in slot %s", reply.slot)
            return True

        async def one() -> AsyncGenerator[Reply, None]:
            yield reply

        where = self._front.client.get_partial_messageable(int(channel))
        return await self._front.delivery.answer(one(), InChannel(where), owner="")

    async def _channel_of(self, slot: str) -> str:
        kept = await self._front.memory.in_slot(slot) if slot else ()
        return kept[0].channel_id if kept else ""

    # After a restart ----------------------------------------------------------------------------

    async def _recount(self) -> None:
        """Tell the tutor how everybody has reacted while nobody was looking."""
        for slot in await self._front.tutor.open_reaction_polls(PLATFORM):
            for kept in (await self._front.memory.in_slot(slot))[:1]:
                await self._safely(self._recount_one(slot, kept.channel_id, kept.message_id))

    async def _recount_one(self, slot: str, channel: str, message_id: str) -> None:
        where = self._front.client.get_partial_messageable(int(channel))
        try:
            message = await where.fetch_message(int(message_id))
        except discord.NotFound:
            return
        if any(reaction.count > MOST_VOTERS for reaction in message.reactions):
            log.warning("%s has too many reactions to count them again; votes stay as known", slot)
            return
        votes: dict[str, list[Actor]] = {}
        for reaction in message.reactions[:MOST_EMOJI]:
            votes[str(reaction.emoji)] = [
                actor_of(user) async for user in reaction.users(limit=None) if not user.bot
            ]
        await self._front.tutor.recount(slot, votes)
