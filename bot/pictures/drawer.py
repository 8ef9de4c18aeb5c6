"""Draws for the tutor in a process of its own, so that the event loop never waits for a picture."""

import asyncio
import hashlib
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from bot.pictures.album import Album
from bot.pictures.pipe import DRAWN, FAILED, read, write
from bot.tutor.drawing import Drawing

log = logging.getLogger(__name__)

MOST_WAITING = 64
"""Drawings in line or in work; who comes later gets words alone, rather than wait for seconds."""

MOST_SECONDS = 20.0
"""After so long a drawing is given up; the slowest takes a fraction of a second."""

_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
"""What the process that draws gets of the environment: no token, for it needs none."""


class Worker:
    """The process that draws: started by the first drawing, and anew if it has died.

    In a thread of the bot every step of the loop would have to wait until that thread lets go of
    Python's lock. To be used by one thread at a time.
    """

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process that draws, if it runs."""
        return self._process.pid if self._process else None

    def draw(self, drawing: Drawing) -> bytes | None:
        """Return the picture, or None where it cannot be drawn: a fault of ours; words have to do."""
        try:
            answer = self._ask(drawing)
        except (OSError, EOFError) as error:
            self.close()
            answer = FAILED + str(error).encode()
        if answer.startswith(DRAWN):
            return answer[1:]
        why = answer[1:].decode(errors="replace")
        log.error("a %s could not be drawn: %s", type(drawing).__name__, why)
        return None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not written any more
                if pipe is not None:
                    pipe.close()

    def _ask(self, drawing: Drawing) -> bytes:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise EOFError("it has no pipes")
        late = threading.Timer(self._seconds, process.kill)
        late.start()
        try:
            write(process.stdin, pickle.dumps(drawing))
            answer = read(process.stdout)
        finally:
            late.cancel()
        if answer is None:
            raise EOFError("the process that draws has ended")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.pictures.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Ctrl-C in a terminal is not for it. A session of its own would be too much: Linux may
                # share the CPU out by session (sched(7), autogroup), and it is to stay behind the bot.
                process_group=0,
                env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        return self._process


class Drawer:
    """The `Pictures` of the tutor: a thread that waits for the process, one drawing at a time.

    What was drawn of late is not drawn again, nor waited for: it comes out of an album.
    """

    def __init__(
        self, executor: ThreadPoolExecutor, worker: Worker, most_waiting: int = MOST_WAITING
    ) -> None:
        self._executor = executor
        self._worker = worker
        self._most_waiting = most_waiting
        self._waiting = 0
        self._album = Album()

    async def png(self, drawing: Drawing) -> bytes | None:
        """Return the picture, or None where it cannot be drawn or too many wait for theirs."""
        # Not by `==`, as no NaN equals another, and 1 is True. Equal ones may differ in their pickles,
        # if one holds a word twice and the other two such words: that one is drawn once more.
        key = hashlib.sha256(pickle.dumps(drawing)).digest()
        if (picture := self._album.get(key)) is not None:
            return picture
        if self._waiting >= self._most_waiting:
            log.warning("%d drawings are waiting: one was left out", self._waiting)
            return None
        loop = asyncio.get_running_loop()
        drawn = loop.run_in_executor(self._executor, self._draw, key, drawing)
        # Until it is done; if whoever asked is gone before it has begun, it is not drawn at all.
        self._waiting += 1
        drawn.add_done_callback(self._one_less)
        return await drawn

    def _draw(self, key: bytes, drawing: Drawing) -> bytes | None:
        """Draw, unless somebody ahead in line wanted the same."""
        picture = self._album.get(key)
        if picture is None and (picture := self._worker.draw(drawing)) is not None:
            self._album.keep(key, picture)
        return picture

    def _one_less(self, _: object) -> None:
        self._waiting -= 1


@asynccontextmanager
async def drawing_aside() -> AsyncIterator[Drawer]:
    """Give a drawer; what waits at the end of the block is not drawn any more."""
    executor, worker = ThreadPoolExecutor(1, thread_name_prefix="pictures"), Worker()
    try:
        yield Drawer(executor, worker)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(executor.shutdown)  # until what is being drawn is done
        worker.close()
