"""Answers messages: code and words to the tutor, in a thread or DM of one's own or where it is mentioned."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

import discord

from bot.platforms.discord import incoming
from bot.platforms.discord.events import (
    Interaction,
    actor_of,
    addresses,
    is_from_a_person,
    key_of,
    place_of_message,
    without_mentions,
)
from bot.platforms.discord.front import Front
from bot.platforms.discord.lines import Turn
from bot.platforms.discord.seen import Seen
from bot.platforms.discord.sources import Found, Sources, state_of
from bot.platforms.discord.spots import OnInteraction, OnMessage
from bot.tutor.event import Actor, CodePosted, Event, MessageKey, Place, Said
from bot.tutor.ports import Wording
from bot.tutor.reply import Note, Reply
from bot.tutor.streams import closing

Replies = AsyncGenerator[Reply, None]
EXPLAINED = "explained:"
"""Begins the slots of messages that say why nothing can be read: one for each learner."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message to the tutor: who wrote it, where, and with which words they are answered."""

    message: discord.Message
    actor: Actor
    place: Place
    say: Wording

    @property
    def key(self) -> MessageKey:
        return key_of(self.message.channel.id, self.message.id)


class Messages:
    """Answers what is written."""

    def __init__(self, front: Front, sources: Sources, seen: Seen) -> None:
        self._front = front
        self.sources = sources
        self._seen = seen

    async def posted(self, message: discord.Message) -> None:
        """Answer a new message, if it is one to the tutor."""
        if not is_from_a_person(message):
            return
        async with self._front.lines.turn(message.author.id) as turn:
            await self._front.care(self._posted(message, turn), OnMessage(message))

    async def _posted(self, message: discord.Message, turn: Turn) -> None:
        front = self._front
        own = await front.is_own_thread(message.channel, message.author.id)
        is_ours = own or message.guild is None
        if not is_ours and not addresses(message, front.client.user):
            return
        front.people.met(message.author)
        self._seen.put(message.id, state_of(message))
        actor, place = actor_of(message.author), place_of_message(message, own_thread=own)
        locale = await front.locale_of(actor, place)
        sent = _Sent(message, actor, place, front.wordings.in_locale(locale))
        if own and not front.sees_content and await self._explained(sent, locale):
            return
        replies = self._replies(sent)
        spot = OnMessage(message, locale)
        await front.deliver(replies, spot, actor, turn=turn, source=str(message.id))

    async def _replies(self, sent: _Sent) -> Replies:
        """Answer the code of a message, else that of the message it replies to, else its words."""
        text = without_mentions(sent.message, self._front.client.user)
        found = await self.sources.in_message(sent.message, sent.say, text)
        for problem in found.problems:
            yield _note(problem, sent.place)
        event: Event | None = _posted(sent, found) if found.cells else await self._replied_to(sent)
        if event is None and not found.problems:
            event = Said(actor=sent.actor, place=sent.place, key=sent.key, text=found.said)
        if event is not None:
            async with closing(self._front.tutor.handle(event)) as replies:
                async for reply in replies:
                    yield reply

    async def _replied_to(self, sent: _Sent) -> Event | None:
        """Return what running the code of the message that this one replies to means, if it has any."""
        reference = sent.message.reference
        if reference is None or reference.message_id is None or sent.place.kind != "server":
            return None
        other = reference.resolved
        if not isinstance(other, discord.Message):
            try:
                other = await sent.message.channel.fetch_message(reference.message_id)
            except discord.HTTPException:
                return None
        if other.author.bot:
            return None
        found = await self.sources.in_message(other, sent.say)
        if not found.cells:
            return None
        if other.author.id == sent.message.author.id:
            return replace(_posted(sent, found), key=key_of(other.channel.id, other.id))
        return replace(_posted(sent, found), own=False)

    async def _explained(self, sent: _Sent, locale: str) -> bool:
        """Say once to each learner why a message in their thread may not be read; tell if it is so."""
        if sent.message.content or sent.message.attachments:
            return False
        slot = EXPLAINED + sent.actor.user_id
        if not await self._front.memory.in_slot(slot):
            text = sent.say(
                "I cannot see what you write here, because this bot was not given leave to read "
                "messages. Mention me in the message, or use /run or the Run buttons."
            )
            spot = OnMessage(sent.message, locale)
            await self._front.tell(text, spot, sent.actor.user_id, slot)
        return True

    async def edited(self, message: discord.Message, turn: Turn) -> None:
        """Answer a message that was not answered yet and has been edited, if it holds code now."""
        found = incoming.read_message(message.content)
        if found.cells or message.attachments:
            await self._posted(message, turn)

    # Messages that are run from elsewhere -------------------------------------------------------

    async def run(self, interaction: Interaction, message: discord.Message, turn: Turn) -> None:
        """Run the code of a message; somebody else's is answered to the presser alone."""
        front = self._front
        actor, place = await front.asked(interaction)
        locale = await front.locale_of(actor, place)
        say = front.wordings.in_locale(locale)
        mine = message.author.id == interaction.user.id
        sent = _Sent(message, actor, place, say)

        async def replies() -> Replies:
            found = await self.sources.in_message(message, say)
            for problem in found.problems:
                yield _note(problem)
            if not found.cells and not found.problems:
                text = say(
                    "There is no code in that message: I look for blocks between two lines of three "
                    "backticks, and for .py, .txt and .ipynb files."
                )
                yield _note(text)
            if found.cells:
                event = _posted(sent, found)
                if not mine:
                    key = key_of(interaction.channel_id, interaction.id)
                    event = replace(event, own=False, key=key)
                async with closing(front.tutor.handle(event)) as answer:
                    async for reply in answer:
                        yield reply

        if mine:
            self._seen.put(message.id, state_of(message))
        spot = OnInteraction(interaction, locale, private=not mine)
        source = str(message.id) if mine else ""
        await front.deliver(replies(), spot, actor, turn=turn, source=source)


def _posted(sent: _Sent, found: Found) -> CodePosted:
    return CodePosted(actor=sent.actor, place=sent.place, key=sent.key, cells=found.cells)


def _note(text: str, place: Place | None = None) -> Reply:
    shared = place is not None and place.kind in ("server", "thread")
    return Reply((Note("info", text),), visibility="public" if shared else "private")
