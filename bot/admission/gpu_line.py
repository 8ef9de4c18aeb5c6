"""Waits in the sandbox's line for a GPU, and hands back what comes too late."""

import asyncio
import contextlib
from collections.abc import Callable

from bot.admission.errand import TROUBLE, Errand
from bot.admission.limits import Limits
from sandbox.client import Executor
from sandbox.wire import SessionRef, SessionSpec

_GPU = SessionSpec(device="cuda")


class GpuLine:
    """Openings of sessions on GPUs; `end` closes one that nobody wants any more."""

    def __init__(
        self, executor: Executor, limits: Limits, end: Callable[[SessionRef], None]
    ) -> None:
        self._executor = executor
        self._limits = limits
        self._end = end
        self._left: dict[int, asyncio.Task[SessionRef]] = {}

    async def open(self, errand: Errand) -> SessionRef | None:
        """Open a session on a GPU as soon as one is free, unless the errand is stopped before."""
        opening = self._left.pop(errand.learner, None) or asyncio.create_task(
            self._executor.open(str(errand.learner), _GPU, self._limits.gpu_opening)
        )
        stopping = asyncio.create_task(errand.stopping.wait())
        taken = False
        try:
            while not (opening.done() or errand.stopping.is_set()):
                errand.gpu_place = await self._place(str(errand.learner))
                await asyncio.wait(
                    {opening, stopping},
                    timeout=self._limits.every_sign,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            taken = not errand.stopping.is_set()
        finally:
            stopping.cancel()
            errand.gpu_place = None
            errand.started = asyncio.get_running_loop().time()
            if not taken:
                self._leave(errand.learner, opening)
        return opening.result() if taken else None

    async def _place(self, learner: str) -> int | None:
        """Return the learner's place among those who wait for a GPU, from 1; None if not there."""
        with contextlib.suppress(*TROUBLE):
            queue = (await self._executor.capacity()).gpu_queue
            return queue.index(learner) + 1 if learner in queue else None
        return None

    def _leave(self, learner: int, opening: asyncio.Task[SessionRef]) -> None:
        """Hand back what `opening` comes to, unless its learner asks for a GPU again before.

        It cannot be called off: the sandbox would not hear of it.
        """
        self._left[learner] = opening
        opening.add_done_callback(lambda _: self._hand_back(learner, opening))

    def _hand_back(self, learner: int, opening: asyncio.Task[SessionRef]) -> None:
        if self._left.get(learner) is not opening:
            return
        del self._left[learner]
        if not opening.cancelled() and opening.exception() is None:
            self._end(opening.result())

    async def aclose(self) -> None:
        """Wait for nothing any more."""
        left = tuple(self._left.values())
        for opening in left:
            opening.cancel()
        await asyncio.gather(*left, return_exceptions=True)
