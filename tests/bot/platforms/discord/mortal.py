"""A client that stops dead at a chosen step, as after `kill -9`: nothing it awaits ever goes on."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.platforms.discord.memory import Kept
from bot.storage.messages import SqliteMessages


class Fate:
    """Counts steps, and lets nobody go on from the last one. A step is the begin or end of I/O."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._steps: int | None = None
        self._buried = False
        self._held: list[object] = []  # what nobody refers to would be cleared away, and notice it

    def begins(self) -> None:
        """Count from now on."""
        self._steps = 0

    @property
    def is_dead(self) -> bool:
        return self._steps is not None and self._steps >= self._last

    async def step(self) -> None:
        if self._steps is None:
            return
        self._steps += 1
        if self._buried:
            raise asyncio.CancelledError
        if self.is_dead:
            self._held.append(asyncio.current_task())
            try:
                await asyncio.Event().wait()
            finally:
                self._buried = True  # the loop ends; nothing may wait any more

    def trace(self) -> aiohttp.TraceConfig:
        """Count the requests of a client."""
        config = aiohttp.TraceConfig()

        async def step(_session: aiohttp.ClientSession, _context: SimpleNamespace, _: Any) -> None:
            await self.step()

        config.on_request_start.append(step)
        config.on_request_end.append(step)
        return config


class MortalMessages(SqliteMessages):
    """A memory whose writes are steps too."""

    fate: Fate

    async def keep(self, kept: Kept, instead_of: str = "") -> None:
        await self.fate.step()
        await super().keep(kept, instead_of)
        await self.fate.step()

    async def forget(self, *message_ids: str) -> None:
        await self.fate.step()
        await super().forget(*message_ids)
        await self.fate.step()
