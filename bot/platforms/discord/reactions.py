"""Answers reactions: votes in a question to a whole channel, and answers to a question in a DM."""

import discord

from bot.platforms.discord.controls import reaction as lettered_emoji
from bot.platforms.discord.events import actor_of, key_of
from bot.platforms.discord.front import Front
from bot.platforms.discord.refs import lettered
from bot.platforms.discord.spots import InChannel
from bot.tutor.event import Actor, Place, Pressed, Reacted

MOST_LETTERS = 20


class Reactions:
    """Answers what people put below the tutor's messages."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def changed(self, payload: discord.RawReactionActionEvent) -> None:
        """Take note of a reaction that was added or taken away."""
        me = self._front.client.user
        author = payload.message_author_id
        if me is None or payload.user_id == me.id or author not in (None, me.id):
            return
        where = self._front.client.get_partial_messageable(payload.channel_id)
        async with self._front.lines.turn(payload.user_id):
            await self._front.care(self._changed(payload), InChannel(where))

    async def _changed(self, payload: discord.RawReactionActionEvent) -> None:
        kept = await self._front.memory.message(str(payload.message_id))
        added = payload.event_type == "REACTION_ADD"
        if kept is not None and kept.slot.startswith("poll:"):
            await self._vote(payload, kept.slot, added=added)
        elif payload.guild_id is None and added:
            await self._answer(payload)

    async def _vote(
        self, payload: discord.RawReactionActionEvent, slot: str, *, added: bool
    ) -> None:
        actor = await self._actor(payload)
        if actor is None:
            return
        place = Place("server", str(payload.guild_id or ""), str(payload.channel_id))
        event = Reacted(
            actor=actor,
            place=place,
            key=key_of(payload.channel_id, payload.message_id),
            emoji=str(payload.emoji),
            slot=slot,
            added=added,
        )
        where = self._front.client.get_partial_messageable(payload.channel_id)
        locale = await self._front.locale_of(actor, place)
        await self._front.answer(event, InChannel(where, locale))

    async def _answer(self, payload: discord.RawReactionActionEvent) -> None:
        """Press the option that a lettered reaction means."""
        letters = {lettered_emoji(number): number for number in range(MOST_LETTERS)}
        number = letters.get(str(payload.emoji))
        if number is None:
            return
        where = self._front.client.get_partial_messageable(payload.channel_id)
        try:
            message = await where.fetch_message(payload.message_id)
        except discord.HTTPException:
            return
        options = lettered([row.to_dict() for row in message.components])
        actor = await self._actor(payload)
        if actor is None or number >= len(options) or message.author != self._front.client.user:
            return
        place = Place("dm", "", str(payload.channel_id))
        event = Pressed(
            actor=actor,
            place=place,
            key=key_of(payload.channel_id, payload.message_id),
            ref=options[number],
        )
        locale = await self._front.locale_of(actor, place)
        await self._front.answer(event, InChannel(where, locale))

    async def _actor(self, payload: discord.RawReactionActionEvent) -> Actor | None:
        if payload.member is not None:
            self._front.people.met(payload.member)
            return None if payload.member.bot else actor_of(payload.member)
        return await self._front.people.actor(payload.user_id)
