"""Holds the slots of one answer that have something new to show, until it is worth a request."""

import asyncio
import contextlib

from bot.platforms.discord.slots import Slot


class Inbox:
    """Slots in the order in which something came up for them. `patience` is in seconds.

    An answer often comes in two: the words, and soon the picture that goes with them. Whatever has
    come to its end waits that long for the second, unless it is clear that nothing more will come.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._since: dict[Slot, float] = {}
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def has_something(self) -> bool:
        return bool(self._since)

    def add(self, slot: Slot) -> None:
        """Note that there is something new for `slot`."""
        self._since.setdefault(slot, asyncio.get_running_loop().time())
        self._changed.set()

    def close(self) -> None:
        """Note that nothing more will come."""
        self._closed = True
        self._changed.set()

    async def next(self) -> Slot | None:
        """Return the slot to show next, once it is time for it; None when all have been."""
        while (wait := self._wait()) != 0:
            if wait is None and self._closed:
                return None
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()
        slot = next(iter(self._since))
        del self._since[slot]
        return slot

    def _wait(self) -> float | None:
        """Return the seconds until the first slot's time comes; None where there is none."""
        for slot, since in self._since.items():
            if self._closed or len(self._since) > 1 or not slot.may_change_soon:
                return 0
            return max(0, since + self._patience - asyncio.get_running_loop().time())
        return None
