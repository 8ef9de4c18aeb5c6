"""Shows in each slot the newest reply for it, at a pace that Discord takes; what it replaces is never sent."""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.platforms.discord.faults import REFUSALS, Fault, described, fault_of
from bot.platforms.discord.job import Job
from bot.platforms.discord.pace import Pace
from bot.platforms.discord.showing import Showing

MOST_REMEMBERED = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What slots share: how replies are shown, how often, and when what failed is tried again."""

    showing: Showing
    pace: Pace
    sleep: Callable[[float], Awaitable[None]]
    tries_after: Sequence[float]


class Slot:
    """One place for a reply. Without a name it is for one reply only, and nothing edits that."""

    def __init__(self, name: str, counter: Counter) -> None:
        self.name = name
        self._counter = counter
        self._shown = counter.showing.stand(name)
        self._newest: Job | None = None
        self._changed = asyncio.Event()
        self._lock = asyncio.Lock()

    @property
    def is_idle(self) -> bool:
        return self._newest is None and not self._lock.locked()

    @property
    def is_empty(self) -> bool:
        return not self._shown.posts

    @property
    def will_go_on(self) -> bool:
        """Whether what is shown next says that something goes on."""
        return self._newest is not None and not self._newest.settled

    @property
    def may_change_soon(self) -> bool:
        """Whether what is shown next may be replaced before it is worth a request."""
        return bool(self.name) and (self.is_empty or not self.will_go_on)

    @property
    def link(self) -> str:
        """Where what is shown stands, if others than an interaction can lead there."""
        return next((post.link for post in self._shown.posts if not post.ephemeral), "")

    def offer(self, job: Job) -> None:
        """Make `job` the one that is shown next."""
        self._newest = job
        self._changed.set()

    async def show(self) -> bool:
        """Show the newest job, unless it has been shown already; False if it now stands nowhere.

        Raises what Discord refuses.
        """
        async with self._lock:
            job = await self._in_turn()
            if job is not None:
                await self._show(job)
            return job is None or not job.reply.parts or not self.is_empty

    async def _in_turn(self) -> Job | None:
        """Return the newest job once its turn has come; it can be another one by then."""
        while (job := self._newest) is not None:
            wait = self._delay(job)
            if not wait:
                self._newest = None
                return job
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()
        return None

    def _delay(self, job: Job) -> float:
        if not self.name or not self._shown.posts:
            return 0.0
        return self._counter.pace.delay(self.name, settled=job.settled)

    async def _show(self, job: Job) -> None:
        for wait in (*self._counter.tries_after, None):
            try:
                await self._shown.show(job)
            except REFUSALS as error:
                if wait is None or not job.settled or fault_of(error) is not Fault.DOWN:
                    raise
                log.warning("slot %s is tried again in %s s: %s", self.name, wait, described(error))
                await self._counter.sleep(wait)
                if self._newest is not None:
                    return
            else:
                if self.name:
                    channel = job.courier.scene.channel.id
                    self._counter.pace.sent(self.name, channel, settled=job.settled)
                return


class Slots:
    """All slots; those that were used last are remembered, with the tokens to edit them by."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._slots: OrderedDict[str, Slot] = OrderedDict()

    def slot(self, name: str | None) -> Slot:
        """Return the slot of that name, or one of its own for a reply that has none."""
        if not name:
            return Slot("", self._counter)
        slot = self._slots.setdefault(name, Slot(name, self._counter))
        self._slots.move_to_end(name)
        if len(self._slots) > MOST_REMEMBERED:
            self._forget_one(but=name)
        return slot

    def knows(self, name: str) -> bool:
        """Tell whether something was shown in that slot since the program started."""
        return name in self._slots

    def _forget_one(self, but: str) -> None:
        for name, slot in self._slots.items():
            if slot.is_idle and name != but:
                del self._slots[name]
                return
