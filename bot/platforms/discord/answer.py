"""Takes one answer from its first reply to its last: reads ahead, shows in order, tells that it comes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.platforms.discord import notices
from bot.platforms.discord.courier import Courier
from bot.platforms.discord.faults import REFUSALS, Fault, described, fault_of
from bot.platforms.discord.inbox import Inbox
from bot.platforms.discord.intention import Intention
from bot.platforms.discord.job import Job
from bot.platforms.discord.look import MOST_FILE
from bot.platforms.discord.scene import name_of
from bot.platforms.discord.slots import Slot
from bot.tutor.ports import Wording
from bot.tutor.reply import Reply
from bot.tutor.streams import closing

log = logging.getLogger(__name__)


class SlotsByName(Protocol):
    def slot(self, name: str | None) -> Slot: ...


@dataclass(slots=True, kw_only=True)
class Errand:
    """What one answer is delivered with. `elsewhere` gives the courier for another channel."""

    courier: Courier
    slots: SlotsByName
    say: Wording
    source: str
    intention: Intention | None
    elsewhere: Callable[[str], Awaitable[Courier]]
    new_id: Callable[[], str]
    patience: float
    filesize_limit: int = MOST_FILE


class Answer:
    """One answer on its way."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._inbox = Inbox(errand.patience)
        self._last: Reply | None = None
        self._shown: Slot | None = None
        self._failed = ""
        self._lost = False
        self._elsewhere: dict[Slot, str] = {}
        self.has_begun = asyncio.Event()

    @property
    def is_about_to_speak(self) -> bool:
        """Whether something has come that will be shown in a moment."""
        return self._inbox.has_something

    async def run(self, replies: AsyncIterator[Reply]) -> bool:
        """Deliver `replies`; return whether all stand where they belong, or wait for their reader."""
        await self._errand.courier.hand_over()
        reading = asyncio.create_task(self._read(replies))
        try:
            while (slot := await self._inbox.next()) is not None:
                await self._show(slot)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await self._finish()
        return not (self._failed or self._lost)

    async def _read(self, replies: AsyncIterator[Reply]) -> None:
        try:
            async with closing(replies) as stream:
                async for reply in stream:
                    await self._offer(reply)
        except Exception:
            number = self._errand.new_id()[:8]
            log.exception("answer %s failed", number)
            await self._offer(self._apology(number))
            self._failed = number
        finally:
            self._inbox.close()

    def _apology(self, number: str) -> Reply:
        """Return an apology, in the place of what would otherwise say for ever that it goes on."""
        apology = notices.apology(self._errand.say, number)
        last = self._last
        if last is None or not notices.goes_on(last):
            return apology
        return replace(apology, slot=last.slot, visibility=last.visibility, channel=last.channel)

    async def _offer(self, reply: Reply) -> None:
        self._last = reply
        errand, courier = self._errand, self._errand.courier
        slot = errand.slots.slot(reply.slot)
        if reply.channel is not None:
            courier = await errand.elsewhere(reply.channel)
            self._elsewhere[slot] = name_of(courier.scene.channel)
        job = Job(
            reply=reply,
            courier=courier,
            say=errand.say,
            source=errand.source,
            intention=errand.intention,
            filesize_limit=errand.filesize_limit,
        )
        slot.offer(job)
        self._inbox.add(slot)

    async def _show(self, slot: Slot) -> None:
        self.has_begun.set()
        try:
            if slot.will_go_on and slot.is_empty and self._errand.intention:
                await self._errand.intention.write(slot.name)
            stands = await slot.show()
        except REFUSALS as error:
            await self._give_up(slot, error)
        else:
            self._shown = slot
            self._lost = self._lost or not (stands or self._errand.courier.owner)
            await self._tell_closed(slot, stands=stands)

    async def _give_up(self, slot: Slot, error: BaseException) -> None:
        number = self._errand.new_id()[:8]
        log.error("answer %s, slot %r, not delivered: %s", number, slot.name, described(error))
        if fault_of(error) is Fault.WRONG and not self._failed:
            await self._offer(notices.apology(self._errand.say, number))
        self._failed = number

    async def _tell_closed(self, slot: Slot, *, stands: bool) -> None:
        """Say so if a channel that something was meant for cannot be written into."""
        channel = self._elsewhere.pop(slot, None)
        if channel is not None and not stands:
            await self._offer(notices.no_way_in(self._errand.say, channel))

    async def _finish(self) -> None:
        if self._errand.intention:
            await self._errand.intention.erase()
        answering = self._errand.courier.answering
        if answering is None:
            return
        try:
            nothing_came = self._last is None and not answering.is_acknowledged
            if nothing_came or not await answering.finish():
                await self._say(self._instead())
        except REFUSALS as error:
            log.warning("an interaction could not be ended: %s", described(error))

    def _instead(self) -> Reply:
        """Return what to say to a command whose answer is not to be seen where it was given."""
        say = self._errand.say
        if self._failed:
            return notices.apology(say, self._failed)
        if self._shown is None:
            return notices.nothing_waits(say)
        link = self._shown.link
        return notices.up_to_date(say, link) if link else notices.done(say)

    async def _say(self, reply: Reply) -> None:
        slot = self._errand.slots.slot(None)
        slot.offer(Job(reply=reply, courier=self._errand.courier, say=self._errand.say))
        await slot.show()
