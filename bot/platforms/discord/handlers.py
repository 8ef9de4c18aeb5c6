"""Puts together everybody who answers what happens in Discord, around one connection."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

import discord

from bot.platforms.discord import checkup
from bot.platforms.discord.client import Client
from bot.platforms.discord.clockwork import Clockwork
from bot.platforms.discord.delivery import Delivery, Means
from bot.platforms.discord.edits import Edits
from bot.platforms.discord.events import PLATFORM, Interaction
from bot.platforms.discord.front import Front, Tutor
from bot.platforms.discord.joining import catch_up, greet
from bot.platforms.discord.lines import Lines
from bot.platforms.discord.link import Link
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.messages import Messages
from bot.platforms.discord.own import OwnButtons
from bot.platforms.discord.people import People
from bot.platforms.discord.presses import Presses
from bot.platforms.discord.reactions import Reactions
from bot.platforms.discord.seen import Seen
from bot.platforms.discord.sources import Sources
from bot.platforms.discord.spots import OnInteraction
from bot.platforms.discord.syncing import keep_trying
from bot.platforms.discord.threads import Threads
from bot.platforms.discord.typed import Typed
from bot.tutor.event import Actor, Event
from bot.tutor.ports import Curriculum, Wording, Wordings
from bot.tutor.records import ServerSettings
from bot.tutor.reply import Note

GRACE = 2.0
"""Seconds that answers have, once the program is to end; what takes longer is told of at the next start."""

SETTLING = 3.0
"""Seconds for which what is to be settled holds up the start; by then it is known what that is."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the platform is given. Its parts are described where they are used, in `Front`."""

    tutor: Tutor
    memory: Memory
    wordings: Wordings
    curriculum: Callable[[], Curriculum]
    locale_of: Callable[[Actor, str], Awaitable[str]]
    server: Callable[[str], Awaitable[ServerSettings]]
    is_refused: Callable[[Event], Awaitable[bool]]
    new_id: Callable[[], str]
    link: Link = field(default_factory=Link)


class Crew:
    """The `Handlers` of a client; what goes on by itself ends with the block."""

    def __init__(self, client: Client, wiring: Wiring, *, any_host: bool = False) -> None:
        self._client = client
        self._memory = wiring.memory
        self._tasks: set[asyncio.Task[None]] = set()
        self.front = front = _front(client, wiring)
        sources = Sources(any_host=any_host)
        seen = Seen()
        self._messages = Messages(front, sources, seen)
        self._edits = Edits(front, self._messages, seen)
        self._reactions = Reactions(front)
        self._clockwork = Clockwork(front)
        own = OwnButtons(front, self._messages.run)
        self._presses = Presses(front, own)
        self.desk = Typed(front, self._messages, self._presses, self._observe)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        going_on = self._tasks | self.front.active
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)

    async def finish(self) -> None:
        """Give what is being answered a moment to come to its end."""
        if self.front.active:
            await asyncio.wait(self.front.active, timeout=GRACE)

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _observe(self, interaction: Interaction, channel: str, say: Wording) -> tuple[Note, ...]:
        return checkup.observe(interaction, channel, say, sees_content=self.front.sees_content)

    async def started(self) -> None:
        # Before any event: what is under way by then would look as if it had been cut short.
        await asyncio.wait([self._later(self._clockwork.settle())], timeout=SETTLING)
        self._later(keep_trying(self._client.tree, self._memory))

    async def ready(self) -> None:
        self._later(self._clockwork.run())

    async def interaction(self, interaction: Interaction) -> None:
        await self._presses.came(interaction)

    async def outdated(self, interaction: Interaction) -> None:
        spot = OnInteraction(interaction, interaction.locale.value)

        async def work() -> None:
            actor, place = await self.front.asked(interaction)
            say = await self.front.words(actor, place)
            text = say("This command has changed. In a minute Discord shows the new one.")
            await interaction.response.send_message(text, ephemeral=True)

        await self.front.care(work(), spot)

    async def message(self, message: discord.Message) -> None:
        await self._messages.posted(message)

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self._edits.edited(payload)

    async def deleted(self, channel_id: int, message_ids: frozenset[int]) -> None:
        await self._edits.deleted(channel_id, message_ids)

    async def reaction(self, payload: discord.RawReactionActionEvent) -> None:
        await self._reactions.changed(payload)

    async def joined(self, guild: discord.Guild) -> None:
        try:
            await greet(self.front, guild)
        except Exception:
            log.exception("the greeting in server %s failed", guild.id)

    async def available(self, guild: discord.Guild) -> None:
        try:
            await catch_up(self.front, guild, discord.utils.utcnow())
        except Exception:
            log.exception("whether server %s is to be greeted is not known", guild.id)


def _front(client: Client, wiring: Wiring) -> Front:
    async def locale_of(user_id: str) -> str:
        return await wiring.locale_of(Actor(PLATFORM, user_id, ""), "")

    means = Means(
        client=client,
        memory=wiring.memory,
        wordings=wiring.wordings,
        locale_of=locale_of,
        new_id=wiring.new_id,
    )
    delivery = Delivery(means)
    return Front(
        client=client,
        tutor=wiring.tutor,
        delivery=delivery,
        memory=wiring.memory,
        threads=Threads(wiring.memory, delivery.missing.tell),
        people=People(client),
        lines=Lines(),
        wordings=wiring.wordings,
        curriculum=wiring.curriculum,
        language=wiring.locale_of,
        server=wiring.server,
        is_refused=wiring.is_refused,
        new_id=wiring.new_id,
        sees_content=client.intents.message_content,
    )
