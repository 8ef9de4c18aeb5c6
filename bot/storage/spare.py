"""Stands in for the disk while it is full: an adapter's memory goes on until the disk takes it again."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from bot.storage.messages import SqliteMessages
from bot.tutor.messages import Kept
from bot.tutor.ports import NotSaved

MOST_WAITING = 10_000
"""Changes that are kept for the disk; what is more than these is not remembered at all."""

Change = Callable[[], Awaitable[None]]


class SpareMessages:
    """The same as `SqliteMessages`, but a change that the disk does not take is only put off.

    Answering a learner must not fail because it cannot be remembered where the answer stands. What is
    put off is made up for, in its order, with the next change that comes when there is room.
    """

    def __init__(self, messages: SqliteMessages) -> None:
        self._messages = messages
        self._waiting: deque[Change] = deque()
        self._lock = asyncio.Lock()
        # What was put off says of messages, threads (by whose they are) and states; None: forgotten.
        self._kept: dict[str, Kept | None] = {}
        self._threads: dict[tuple[str, str], str | None] = {}
        self._owners: dict[str, str | None] = {}
        self._states: dict[str, str] = {}

    async def keep(self, kept: Kept, instead_of: str = "") -> None:
        if await self._put_off(partial(self._messages.keep, kept, instead_of)):
            if instead_of:
                self._kept[instead_of] = None
            self._kept[kept.message_id] = kept

    async def in_slot(self, slot: str) -> tuple[Kept, ...]:
        there = await self._messages.in_slot(slot)
        return self._with_put_off(there, lambda kept: bool(slot) and kept.slot == slot)

    async def message(self, message_id: str) -> Kept | None:
        if message_id in self._kept:
            return self._kept[message_id]
        return await self._messages.message(message_id)

    async def unsettled(self) -> tuple[Kept, ...]:
        there = await self._messages.unsettled()
        return self._with_put_off(there, lambda kept: not kept.settled)

    async def forget(self, *message_ids: str) -> None:
        if await self._put_off(partial(self._messages.forget, *message_ids)):
            self._kept |= dict.fromkeys(message_ids)

    async def thread_of(self, server_id: str, user_id: str) -> str | None:
        whose = (server_id, user_id)
        if whose in self._threads:
            return self._threads[whose]
        channel = await self._messages.thread_of(server_id, user_id)
        return None if channel is not None and channel in self._owners else channel

    async def owner_of_thread(self, channel_id: str) -> str | None:
        if channel_id in self._owners:
            return self._owners[channel_id]
        return await self._messages.owner_of_thread(channel_id)

    async def keep_thread(self, server_id: str, user_id: str, channel_id: str) -> None:
        earlier = await self.thread_of(server_id, user_id)
        if await self._put_off(partial(self._messages.keep_thread, server_id, user_id, channel_id)):
            if earlier is not None:
                self._owners[earlier] = None
            self._threads[server_id, user_id] = channel_id
            self._owners[channel_id] = user_id

    async def forget_thread(self, channel_id: str) -> None:
        if await self._put_off(partial(self._messages.forget_thread, channel_id)):
            self._owners[channel_id] = None
            for whose, channel in self._threads.items():
                if channel == channel_id:
                    self._threads[whose] = None

    async def prune(self) -> None:
        try:
            await self._messages.prune()
        except NotSaved:
            return  # it is asked for again

    async def state(self, name: str) -> str | None:
        if name in self._states:
            return self._states[name]
        return await self._messages.state(name)

    async def set_state(self, name: str, value: str) -> None:
        if await self._put_off(partial(self._messages.set_state, name, value)):
            self._states[name] = value

    async def _put_off(self, change: Change) -> bool:
        """Make the change, or put it off; return whether it was put off.

        Nothing else may go on between that and saying so in what `message` and the like look at.
        """
        if len(self._waiting) >= MOST_WAITING and not await self._made_up_for():
            return False
        if self._waiting:
            self._waiting.append(change)
            return not await self._made_up_for()
        try:
            await change()
        except NotSaved:
            self._waiting.append(change)
            return True
        return False

    async def _made_up_for(self) -> bool:
        """Make the changes that were put off, in their order; return whether all are made."""
        async with self._lock:
            while self._waiting:
                try:
                    await self._waiting[0]()
                except NotSaved:
                    return False
                except Exception:
                    self._waiting.popleft()  # it would fail for ever
                    raise
                self._waiting.popleft()
            for put_off in (self._kept, self._threads, self._owners, self._states):
                put_off.clear()
            return True

    def _with_put_off(
        self, there: tuple[Kept, ...], belongs: Callable[[Kept], bool]
    ) -> tuple[Kept, ...]:
        """Return what is `there` with what was put off, in the order in which it was sent."""
        new = [kept for kept in self._kept.values() if kept is not None and belongs(kept)]
        old = [kept for kept in there if kept.message_id not in self._kept]
        return tuple(sorted([*old, *new], key=lambda kept: (len(kept.message_id), kept.message_id)))
