"""Finds or makes the learner's own private thread in a server, one for each learner and server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final
from weakref import WeakValueDictionary

import discord

from bot.platforms.discord.faults import REFUSALS, Fault, described, fault_of
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.spots import Channel

PATIENCE = 1.2
"""Seconds that opening a thread may take; who waited longer is answered privately."""

A_WEEK: Final = 10080
MOST_NAME = 100
_NEEDED = ("view_channel", "create_private_threads", "send_messages_in_threads")

log = logging.getLogger(__name__)

TellMissing = Callable[[str, Channel, discord.Member], Awaitable[None]]
"""Tells whoever can give it of a permission that is missing in a channel."""


async def _nobody(permission: str, channel: Channel, asker: discord.Member) -> None:
    """Tell nobody."""


class Threads:
    """Opens learners' own threads; one for the whole program."""

    def __init__(
        self, memory: Memory, tell_missing: TellMissing = _nobody, patience: float = PATIENCE
    ) -> None:
        self._memory = memory
        self._tell = tell_missing
        self._patience = patience
        self._locks: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        self._late: dict[asyncio.Task[discord.Thread | None], int] = {}

    async def own(
        self,
        user: discord.Member,
        here: Channel | None,
        home: str = "",
    ) -> discord.Thread | None:
        """Return the learner's own private thread in `user.guild`, open and with them in it.

        A new one is made in the channel `home` (an id, as the server has set it), else in `here`.
        None where it may not or cannot be made now, within about a second: answer privately then.
        """
        opening = asyncio.create_task(self._opened(user, here, home))
        done, _ = await asyncio.wait([opening], timeout=self._patience)
        if not done:
            # Breaking it off could leave a thread that nobody knows of. It is there the next time.
            self._late[opening] = user.guild.id
            opening.add_done_callback(self._late.pop)
            log.info("server %s: threads are slow to open", user.guild.id)
            return None
        return opening.result()

    async def _opened(
        self, user: discord.Member, here: Channel | None, home: str
    ) -> discord.Thread | None:
        lock = self._locks.setdefault((user.guild.id, user.id), asyncio.Lock())
        async with lock:
            try:
                known = await self._known(user)
                if known is not None:
                    return await self._reopened(known, user)
                if user.guild.id in self._late.values():
                    return None
                return await self._made(user, here, home)
            except REFUSALS as error:
                log.info("server %s: no thread: %s", user.guild.id, described(error))
                return None

    async def _known(self, user: discord.Member) -> discord.Thread | None:
        """Return the thread that the learner had, if it is still there."""
        kept = await self._memory.thread_of(str(user.guild.id), str(user.id))
        if kept is None:
            return None
        try:
            thread = user.guild.get_thread(int(kept)) or await user.guild.fetch_channel(int(kept))
        except discord.HTTPException as error:
            if fault_of(error) not in (Fault.GONE, Fault.FORBIDDEN):
                raise
            await self._memory.forget_thread(kept)  # or we were put out of it
            return None
        return thread if isinstance(thread, discord.Thread) else None

    async def _reopened(
        self, thread: discord.Thread, user: discord.Member
    ) -> discord.Thread | None:
        if thread.archived:
            thread = await thread.edit(archived=False)
        await thread.add_user(user)
        return thread

    async def _made(
        self, user: discord.Member, here: Channel | None, home: str
    ) -> discord.Thread | None:
        parent = await self._parent(user, here, home)
        if parent is None:
            return None
        thread = await parent.create_thread(
            name=f"{user.display_name[: MOST_NAME - 10]} · PyTorch",
            type=discord.ChannelType.private_thread,
            auto_archive_duration=A_WEEK,
            invitable=False,
        )
        await self._memory.keep_thread(str(user.guild.id), str(user.id), str(thread.id))
        if asyncio.current_task() in self._late:
            return None  # they have been answered elsewhere: an empty thread would only puzzle them
        await thread.add_user(user)
        return thread

    async def _parent(
        self, user: discord.Member, here: Channel | None, home: str
    ) -> discord.TextChannel | None:
        """Return the channel to make a thread in: one where we may, and which the learner sees."""
        settled = user.guild.get_channel(int(home)) if home.isdecimal() else None
        for channel in (settled, here.parent if isinstance(here, discord.Thread) else here):
            if not isinstance(channel, discord.TextChannel):
                continue
            theirs, ours = channel.permissions_for(user), channel.permissions_for(user.guild.me)
            if not (theirs.view_channel and theirs.send_messages_in_threads):
                continue
            lacking = [name for name in _NEEDED if not getattr(ours, name)]
            if not lacking:
                return channel
            for name in lacking:
                await self._tell(name, channel, user)
        return None
