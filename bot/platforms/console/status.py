"""Shows at a terminal, while an answer takes long, that it goes on and for how long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TextIO

from bot.platforms.console.cells import Span, cut, own
from bot.platforms.console.turn import STOP, Answer
from bot.tutor.ports import Wording
from bot.tutor.reply import Code, Note

QUIET = 0.4
"""Seconds of waiting that need no word."""

EVERY = 0.1
MOST_CHARS = 200
_CLEAR = "\r\x1b[K"


class StatusLine:
    """One line below what is on the screen, kept up to date and taken away at the end."""

    def __init__(self, out: TextIO, columns: Callable[[], int | None]) -> None:
        self._out = out
        self._columns = columns

    @contextlib.asynccontextmanager
    async def __call__(self, answer: Answer, say: Wording) -> AsyncIterator[None]:
        """Show how `answer` comes along until the block is left."""
        ticking = asyncio.create_task(self._tick(answer, say))
        try:
            yield
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking

    async def _tick(self, answer: Answer, say: Wording) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.sleep(QUIET)
        try:
            while True:
                text = status(answer, loop.time() - started, say)
                first, *_ = cut([Span(text)], (self._columns() or 80) - 1)
                self._write(_CLEAR + "".join(span.text for span in first))
                await asyncio.sleep(EVERY)
        finally:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a window that was closed is found out by the answer
            self._out.write(text)
            self._out.flush()


def status(answer: Answer, seconds: float, say: Wording) -> str:
    """Return one line: what goes on and for how long, what it printed last, how to stop it."""
    parts = answer.replies[-1].parts if answer.offered(STOP) else ()
    said = [part.text for part in parts if isinstance(part, Note)][-1:]
    printed = [
        part.text.rstrip().rpartition("\n")[2] for part in parts[-1:] if isinstance(part, Code)
    ]
    waiting = said or [say("Working for {seconds} s …", seconds=f"{seconds:.1f}")]
    return own(" · ".join([*waiting, *printed, say("Ctrl-C stops it")])[:MOST_CHARS])
