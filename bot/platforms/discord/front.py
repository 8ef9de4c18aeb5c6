"""What everything that people do in Discord is answered with: the tutor, and the ways to them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import discord

from bot.platforms.discord.deleting import with_delete
from bot.platforms.discord.delivery import Delivery
from bot.platforms.discord.events import PLATFORM, Interaction, asking, place_of
from bot.platforms.discord.lines import Lines, Turn
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.people import People
from bot.platforms.discord.spots import InChannel, OnInteraction, OnMessage, Spot
from bot.platforms.discord.threads import Threads
from bot.tutor.event import Actor, Event, Place
from bot.tutor.ports import Curriculum, Wording, Wordings
from bot.tutor.records import ServerSettings
from bot.tutor.reply import Form, Note, Ref, Reply

log = logging.getLogger(__name__)


class Tutor(Protocol):
    """What Discord needs of the tutor."""

    def handle(self, event: Event) -> AsyncGenerator[Reply, None]: ...

    async def form(self, ref: Ref, actor: Actor) -> Form | None: ...

    def due(self, platform: str) -> AsyncGenerator[Reply, None]: ...

    async def open_reaction_polls(self, platform: str) -> tuple[str, ...]: ...

    async def recount(self, slot: str, votes: Mapping[str, Sequence[Actor]]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """All that answers need.

    `language` tells which one somebody reads, in a server, without getting to know them, and `is_refused`
    whether they may not do what they do where they do it. `active` is what is being answered.
    """

    client: discord.Client
    tutor: Tutor
    delivery: Delivery
    memory: Memory
    threads: Threads
    people: People
    lines: Lines
    wordings: Wordings
    curriculum: Callable[[], Curriculum]
    language: Callable[[Actor, str], Awaitable[str]]
    server: Callable[[str], Awaitable[ServerSettings]]
    is_refused: Callable[[Event], Awaitable[bool]]
    new_id: Callable[[], str]
    sees_content: bool = True
    active: set[asyncio.Task[Any]] = field(default_factory=set)

    async def locale_of(self, actor: Actor, place: Place) -> str:
        """Return the language that somebody reads there."""
        return await self.language(actor, place.server_id)

    async def words(self, actor: Actor, place: Place) -> Wording:
        """Return the words that somebody reads there."""
        return self.wordings.in_locale(await self.locale_of(actor, place))

    async def is_own_thread(self, channel: object, user_id: int) -> bool:
        """Tell whether a channel is the learner's own thread."""
        # The type of a thread that was archived until just now is not known.
        kind = getattr(channel, "type", None)
        if kind not in (discord.ChannelType.private_thread, None):
            return False
        channel_id = getattr(channel, "id", "")
        return await self.memory.owner_of_thread(str(channel_id)) == str(user_id)

    async def asked(self, interaction: Interaction) -> tuple[Actor, Place]:
        """Return who used a command or a button, and where."""
        self.people.met(interaction.user)
        own = await self.is_own_thread(interaction.channel, interaction.user.id)
        return asking(interaction), place_of(interaction, own_thread=own)

    async def answer(
        self, event: Event, spot: Spot, *, turn: Turn | None = None, source: str = ""
    ) -> None:
        """Have the tutor answer `event` at `spot`."""
        replies = self.tutor.handle(event)
        await self.deliver(replies, spot, event.actor, turn=turn, source=source)

    async def deliver(
        self,
        replies: AsyncGenerator[Reply, None],
        spot: Spot,
        actor: Actor,
        *,
        turn: Turn | None = None,
        source: str = "",
    ) -> None:
        """Bring `replies` to `spot`; the next in line comes up with the first of them."""
        if turn is not None:
            replies = turn.until_first(replies)
        replies = with_delete(replies, self.wordings.in_locale(spot.locale))
        await self.delivery.answer(replies, spot, owner=actor.user_id, source=source)

    async def tell(self, text: str, spot: Spot, owner: str, slot: str) -> None:
        """Say something of our own, where everybody there can see it."""

        async def one() -> AsyncGenerator[Reply, None]:
            yield Reply((Note("info", text),), visibility="public", slot=slot)

        await self.delivery.answer(one(), spot, owner=owner)

    async def hand_over(self, interaction: Interaction, actor: Actor, place: Place) -> None:
        """Show somebody what could not be shown to them before."""

        async def nothing() -> AsyncGenerator[Reply, None]:
            return
            yield

        spot = OnInteraction(interaction, await self.locale_of(actor, place))
        await self.delivery.answer(nothing(), spot, owner=actor.user_id)

    async def take_away(self, slot: str, spot: Spot, owner: str) -> None:
        """Delete what stands in `slot`."""

        async def one() -> AsyncGenerator[Reply, None]:
            yield Reply((), slot=slot)

        await self.delivery.answer(one(), spot, owner=owner)

    async def care(self, work: Awaitable[None], spot: Spot) -> None:
        """Do `work`; if it fails, log that with a number and tell the number where it happened."""
        task = asyncio.current_task()
        self.active.update([task] if task else [])
        try:
            await work
        except Exception:
            number = self.new_id()[:8]
            log.exception("event %s failed", number)
            try:
                await self._apologise(number, spot)
            except Exception:
                log.exception("nor could anybody be told of event %s", number)
        finally:
            self.active.difference_update([task] if task else [])

    async def _locale_at(self, spot: Spot) -> str:
        """Return the language to apologise in; what has failed may be what knows it."""
        if isinstance(spot, OnMessage) and isinstance(spot.message, discord.Message):
            author, guild = spot.message.author, spot.message.guild
            with contextlib.suppress(Exception):
                actor = Actor(PLATFORM, str(author.id), "")
                return await self.language(actor, str(guild.id) if guild else "")
        return self.wordings.best(spot.locale)

    async def _apologise(self, number: str, spot: Spot) -> None:
        say = self.wordings.in_locale(await self._locale_at(spot))
        text = say(
            "Something went wrong on our side, not yours (note {number}). "
            "What you have done so far is saved: try this again, or type /help.",
            number=number,
        )
        match spot:
            case OnInteraction(interaction=interaction) if interaction.response.is_done():
                await interaction.followup.send(text, ephemeral=True)
            case OnInteraction(interaction=interaction):
                await interaction.response.send_message(text, ephemeral=True)
            case OnMessage(message=message):
                await message.reply(text, mention_author=False)
            case InChannel():
                pass  # nobody there is known to have done anything
