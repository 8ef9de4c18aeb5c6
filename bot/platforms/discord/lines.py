"""Keeps what one person does in the order in which they did it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from bot.tutor.reply import Reply


class Turn:
    """Somebody's place in their line, until it is let go; `coming` ends when they are at its head."""

    def __init__(
        self, lock: asyncio.Lock | None, coming: "asyncio.Task[bool] | None" = None
    ) -> None:
        self._lock = lock
        self._coming = coming

    def let_go(self) -> None:
        """Let the next one in; doing so twice is no harm."""
        lock, self._lock = self._lock, None
        if lock is None:
            return
        if self._coming is not None and (self._coming.cancelled() or not self._coming.done()):
            self._coming.cancel()
        else:
            lock.release()

    async def until_first(self, replies: AsyncIterator[Reply]) -> AsyncGenerator[Reply, None]:
        """Pass `replies` on; with the first of them the tutor has taken the matter up."""
        try:
            if self._coming is not None:
                await self._coming
            async for reply in replies:
                self.let_go()
                yield reply
        finally:
            self.let_go()
            if isinstance(replies, AsyncGenerator):
                await replies.aclose()


class Lines:
    """A line for each person who has something going on."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(
        self, person: int, *, jumps: bool = False, at_once: bool = False
    ) -> AsyncIterator[Turn]:
        """Wait until everything that `person` did before was taken up; not if this one `jumps`.

        With `at_once` only the replies to it wait: an interaction has to be acknowledged meanwhile.
        """
        if jumps:
            yield Turn(None)
            return
        lock, waiting = self._locks.get(person, (asyncio.Lock(), 0))
        self._locks[person] = lock, waiting + 1
        try:
            coming = asyncio.create_task(lock.acquire())
            turn = Turn(lock, coming)
            try:
                if not at_once:
                    await coming
                yield turn
            finally:
                turn.let_go()
        finally:
            lock, waiting = self._locks.pop(person)
            if waiting > 1:
                self._locks[person] = lock, waiting - 1

    def __len__(self) -> int:
        return len(self._locks)
