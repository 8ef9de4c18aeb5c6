"""Draws for the tutor in a thread of its own, so that the event loop never waits for a picture."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import lru_cache

from bot.tutor.drawing import Drawing, Formula

log = logging.getLogger(__name__)

MOST_WAITING = 64
"""Drawings in line or in work; who comes later gets words alone, rather than wait for seconds."""

_MOST_FORMULAS = 256


class Drawer:
    """The `Pictures` of the tutor: one thread, since Pillow's fonts serve one at a time anyway."""

    def __init__(self, executor: ThreadPoolExecutor, most_waiting: int = MOST_WAITING) -> None:
        self._executor = executor
        self._most_waiting = most_waiting
        self._waiting = 0

    async def png(self, drawing: Drawing) -> bytes | None:
        """Return the picture, or None where it cannot be drawn or too many wait for theirs."""
        if self._waiting >= self._most_waiting:
            log.warning("%d drawings are waiting: one was left out", self._waiting)
            return None
        drawn = asyncio.get_running_loop().run_in_executor(self._executor, _drawn, drawing)
        # Until it is done; if whoever asked is gone before it has begun, it is not drawn at all.
        self._waiting += 1
        drawn.add_done_callback(self._one_less)
        return await drawn

    def _one_less(self, _: object) -> None:
        self._waiting -= 1


@asynccontextmanager
async def drawing_in_a_thread() -> AsyncIterator[Drawer]:
    """Give a drawer; what waits at the end of the block is not drawn any more."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="pictures")
    try:
        yield Drawer(executor)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _drawn(drawing: Drawing) -> bytes | None:
    """Return the picture; whatever is wrong with it is a fault of ours, and words have to do."""
    try:
        return _formula(drawing) if isinstance(drawing, Formula) else _png(drawing)
    except Exception:
        log.exception("a %s could not be drawn", type(drawing).__name__)
        return None


@lru_cache(_MOST_FORMULAS)
def _formula(drawing: Formula) -> bytes:
    return _png(drawing)


def _png(drawing: Drawing) -> bytes:
    # Imported by the first picture: the bot starts without Pillow and the font.
    from bot.pictures.draw import draw  # noqa: PLC0415

    return draw(drawing)
