"""Keeps an executor within reach: makes the link to it, and makes it anew when it is lost."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

from sandbox.client import Executor, Sink
from sandbox.wire import (
    BackendUnavailable,
    Capacity,
    Cell,
    Evaluation,
    Exports,
    RunResult,
    SessionRef,
    SessionSpec,
)

T = TypeVar("T")
Link = AbstractAsyncContextManager[Executor]
Opened = tuple[Executor, AsyncExitStack]

log = logging.getLogger(__name__)


class Reachable:
    """An `Executor` behind a link that is made on first use, or earlier with `start`.

    A lost link is made anew for the next call. Calls raise BackendUnavailable where none can be.
    """

    def __init__(self, link: Callable[[], Link]) -> None:
        self._link = link
        self._opening: asyncio.Task[Opened] | None = None
        self._undoing: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self.trouble: str | None = None
        """Why there is no sandbox, as far as the last try told."""

    def start(self) -> None:
        """Begin to make the link, without waiting for it."""
        if self._opening is None and not self._is_closed:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(_looked_at)

    async def aclose(self) -> None:
        """Give the link up for good."""
        self._is_closed = True
        if self._opening is not None:
            self._give_up(self._opening)
        await asyncio.gather(*self._undoing)

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        return await self._call(lambda executor: executor.open(learner, spec, deadline))

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        return await self._call(lambda executor: executor.run(ref, cell, on_output))

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        return await self._call(lambda executor: executor.evaluate(job, deadline))

    async def interrupt(self, ref: SessionRef) -> None:
        await self._call(lambda executor: executor.interrupt(ref))

    async def close(self, ref: SessionRef) -> None:
        await self._call(lambda executor: executor.close(ref))

    async def capacity(self) -> Capacity:
        return await self._call(lambda executor: executor.capacity())

    async def _call(self, ask: Callable[[Executor], Awaitable[T]]) -> T:
        """Ask the executor; once more over a new link if the old one turns out to be gone.

        That never runs a cell twice: a cell that was sent and lost is SessionLost.
        """
        executor, opening = await self._reach()
        try:
            return await ask(executor)
        except BackendUnavailable as error:
            if not self._is_closed:
                log.warning("the sandbox is gone: %s", error)
            self._give_up(opening)
        executor, opening = await self._reach()
        try:
            return await ask(executor)
        except BackendUnavailable:
            self._give_up(opening)
            raise

    async def _reach(self) -> tuple[Executor, asyncio.Task[Opened]]:
        self.start()
        opening = self._opening
        if opening is None:
            raise BackendUnavailable("the program is ending")
        try:
            executor, _ = await asyncio.shield(opening)
        except BackendUnavailable:
            self._give_up(opening)
            raise
        return executor, opening

    async def _open(self) -> Opened:
        async with AsyncExitStack() as stack:
            try:
                executor = await stack.enter_async_context(self._link())
            except BackendUnavailable as error:
                self.trouble = str(error)
                raise
            self.trouble = None
            return executor, stack.pop_all()

    def _give_up(self, opening: asyncio.Task[Opened]) -> None:
        if self._opening is opening:
            self._opening = None
            undoing = asyncio.create_task(_undo(opening))
            self._undoing.add(undoing)
            undoing.add_done_callback(self._undoing.discard)


async def _undo(opening: asyncio.Task[Opened]) -> None:
    opening.cancel()
    with contextlib.suppress(asyncio.CancelledError, BackendUnavailable):
        _, stack = await opening
        await stack.aclose()


def _looked_at(opening: asyncio.Task[Opened]) -> None:
    if not opening.cancelled():
        opening.exception()  # asyncio complains about failures that nobody asked for
