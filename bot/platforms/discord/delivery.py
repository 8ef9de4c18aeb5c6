"""Brings the tutor's replies to where they belong on Discord, and keeps them up to date there."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import discord

from bot.platforms.discord import notices
from bot.platforms.discord.answer import Answer, Errand
from bot.platforms.discord.answering import Answering
from bot.platforms.discord.channels import Channels
from bot.platforms.discord.courier import Courier, Ways
from bot.platforms.discord.faults import REFUSALS
from bot.platforms.discord.intention import Intention
from bot.platforms.discord.look import MOST_FILE, Look
from bot.platforms.discord.memory import Kept, Memory
from bot.platforms.discord.missing import LocaleOf, Missing
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.pace import INTERVAL, MOST_A_SECOND, Pace
from bot.platforms.discord.posts import Posts
from bot.platforms.discord.privately import Privately
from bot.platforms.discord.render import render
from bot.platforms.discord.scene import Scene, scene_of, writable
from bot.platforms.discord.settling import Settling
from bot.platforms.discord.showing import Showing
from bot.platforms.discord.slots import Counter, Slots
from bot.platforms.discord.spots import InChannel, OnInteraction, OnMessage, Spot
from bot.tutor.ports import Wording, Wordings
from bot.tutor.reply import Reply

A_DAY = 24 * 3600.0
MOST_BEFORE_ACKNOWLEDGING = 3.0
LATE = 0.3
"""Seconds on the way to us that only a busy machine takes: the way back takes several times that."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long is waited for what, in seconds."""

    before_deferring: float = 1.2
    before_typing: float = 0.5
    typing_lasts: float = 9.0
    for_the_picture: float = 0.25
    between_edits: float = INTERVAL
    edits_a_second: float = MOST_A_SECOND
    tries_after: tuple[float, ...] = (2.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What delivery works with. `locale_of` tells which language a person (by user id) reads."""

    client: discord.Client
    memory: Memory
    wordings: Wordings
    locale_of: LocaleOf
    new_id: Callable[[], str] = lambda: secrets.token_hex(4)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    times: Times = field(default_factory=Times)


class Delivery:
    """Delivers answers; one for the whole program."""

    def __init__(self, means: Means) -> None:
        self._means = means
        times = means.times
        self.missing = Missing(means.client, means.memory, means.wordings, means.locale_of)
        channels = Channels(means.client, self.missing)
        self._ways = Ways(channels, Privately(means.client, means.memory, channels))
        posts = Posts(means.client)
        counter = Counter(
            showing=Showing(posts, channels, means.memory),
            pace=Pace(means.clock, times.between_edits, times.edits_a_second),
            sleep=means.sleep,
            tries_after=times.tries_after,
        )
        self._slots = Slots(counter)
        self._settling = Settling(means.client, means.memory, posts, channels, self._restarted)
        self._pruned = means.clock()
        self._pruning: asyncio.Task[None] | None = None

    async def answer(
        self, replies: AsyncIterator[Reply], spot: Spot, *, owner: str, source: str = ""
    ) -> bool:
        """Deliver `replies`, which answer the user `owner`, at `spot`; return whether all arrived.

        `source` is the id of the message with the code that they answer, so that it can be run again
        after a restart. What fails inside `replies` becomes an apology; what Discord refuses is logged.
        An interaction is acknowledged in time, and first gets what waited for its user. Without any
        `replies` that is all it gets: so is `Ref("waiting")` answered.
        """
        scene = await scene_of(spot, self._means.client, self._means.memory, owner)
        errand = self._errand(spot, scene, owner, source)
        answer = Answer(errand)
        company = asyncio.create_task(self._keep_company(spot, scene, errand, answer))
        try:
            return await answer.run(replies)
        finally:
            company.cancel()
            await asyncio.gather(company, return_exceptions=True)
            self._prune_daily()

    async def settle(self) -> None:
        """Say of every message that still says something goes on that it was cut short by a restart.

        To be called once, when the client is ready. Pressing what it offers sends
        `Ref("rerun", (channel id, message id of the source))`, or `Ref("learn")` without a source.
        """
        await self._settling.settle(self._slots.knows)
        await self._means.memory.prune()

    def _errand(self, spot: Spot, scene: Scene, owner: str, source: str) -> Errand:
        say = self._words(spot.locale)
        courier = self._courier(spot, scene, owner, say)
        return Errand(
            courier=courier,
            slots=self._slots,
            say=say,
            source=source,
            intention=self._intention(spot, scene, owner, source),
            elsewhere=lambda channel: self._elsewhere(courier, channel),
            new_id=self._means.new_id,
            patience=self._means.times.for_the_picture,
            filesize_limit=_filesize_limit(spot),
        )

    def _courier(self, spot: Spot, scene: Scene, owner: str, say: Wording) -> Courier:
        match spot:
            case OnInteraction(interaction=interaction, private=private):
                private = scene.guest or (private and scene.shared)
                answering = Answering(interaction, private=private, guest=scene.guest)
                return Courier(self._ways, scene, owner, answering=answering)
            case OnMessage(message=message):
                return Courier(
                    self._ways,
                    scene,
                    owner,
                    reply_to=message.id,
                    pointer=lambda: _only(notices.only_for_you(say), say),
                )
            case InChannel():
                return Courier(self._ways, scene, owner)

    def _intention(self, spot: Spot, scene: Scene, owner: str, source: str) -> Intention | None:
        match spot:
            case OnInteraction(interaction=interaction) if not (scene.shared and spot.private):
                asked = interaction.id
            case OnMessage(message=message):
                asked = message.id
            case _:
                return None
        note = Kept(
            message_id="",
            channel_id=str(scene.channel.id),
            server_id=scene.server,
            owner=owner,
            source=source,
        )
        return Intention(self._means.memory, asked, note)

    async def _elsewhere(self, courier: Courier, channel_id: str) -> Courier:
        number = int(channel_id) if channel_id.isdecimal() else 0
        client = self._means.client
        channel = writable(client.get_channel(number), client, number, courier.scene.server_id)
        spot = InChannel(channel)
        return courier.into(await scene_of(spot, client, self._means.memory, ""))

    async def _keep_company(self, spot: Spot, scene: Scene, errand: Errand, answer: Answer) -> None:
        """Show that an answer will come, if it takes its time."""
        times = self._means.times
        if errand.courier.answering is not None:
            age = _age(spot)
            left = times.before_deferring - age if age < LATE else 0.0
            await self._means.sleep(max(0.0, left))
            if left > 0 and answer.is_about_to_speak:  # one request instead of two, still in time
                await self._means.sleep(times.for_the_picture)
            await errand.courier.answering.acknowledge()
        elif isinstance(spot, OnMessage):
            await self._means.sleep(times.before_typing)
            if errand.source and errand.intention and not answer.has_begun.is_set():
                await errand.intention.announce()
            while not answer.has_begun.is_set():
                with contextlib.suppress(*REFUSALS):
                    await scene.channel.typing()
                await self._means.sleep(times.typing_lasts)

    async def _restarted(self, owner: str, again: tuple[str, str] | None) -> tuple[Outgoing, ...]:
        """Return what says to `owner` that their run was cut short."""
        say = self._words(await self._means.locale_of(owner))
        return render(notices.restarted(say, again), Look(say))

    def _words(self, locale: str) -> Wording:
        return self._means.wordings.in_locale(locale)

    def _prune_daily(self) -> None:
        if self._means.clock() - self._pruned > A_DAY:
            self._pruned = self._means.clock()
            self._pruning = asyncio.create_task(self._means.memory.prune())


def _only(reply: Reply, say: Wording) -> Outgoing:
    return render(reply, Look(say))[0]


def _age(spot: Spot) -> float:
    """Return how many seconds ago it was asked, which a busy machine may hear of late.

    By Discord's clock: where ours does not fit that, nothing is known.
    """
    if not isinstance(spot, OnInteraction):
        return 0.0
    age = (
        discord.utils.utcnow() - discord.utils.snowflake_time(spot.interaction.id)
    ).total_seconds()
    return age if 0 <= age < MOST_BEFORE_ACKNOWLEDGING else 0.0


def _filesize_limit(spot: Spot) -> int:
    match spot:
        case OnInteraction(interaction=interaction):
            return interaction.filesize_limit
        case OnMessage(message=message) if message.guild is not None:
            return message.guild.filesize_limit
        case _:
            return MOST_FILE
