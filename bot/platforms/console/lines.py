"""Reads lines from a descriptor on demand, whatever it is: a pipe, a file or a terminal."""

import asyncio
import os
import threading
from dataclasses import dataclass

CHUNK = 64 * 1024
MOST_BYTES = 1024 * 1024
"""Bytes of one line that are kept: more than any code that may run."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; where it was not UTF-8, `readable` is False."""

    text: str
    readable: bool = True


class LineSource:
    """Lines of `descriptor`. Nothing is read before a line is asked for."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = bytearray()
        self._ended = False

    async def next(self) -> Line | None:
        """Return the next line, None at the end."""
        while b"\n" not in self._pending and not self._ended:
            chunk = await self._read()
            self._ended = not chunk
            if len(self._pending) < MOST_BYTES or b"\n" in chunk:
                self._pending += chunk
        if not self._pending:
            return None
        line, _, rest = bytes(self._pending).partition(b"\n")
        self._pending = bytearray(rest)
        return _decoded(line.removesuffix(b"\r"))

    async def _read(self) -> bytes:
        """Read in a daemon thread: an idle read must keep neither the loop nor the exit waiting."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bytes] = loop.create_future()

        def read() -> None:
            try:
                chunk = os.read(self._descriptor, CHUNK)
            except OSError:
                chunk = b""
            try:
                loop.call_soon_threadsafe(_settle, done, chunk)
            except RuntimeError:
                return  # the loop was closed in the meantime

        threading.Thread(target=read, name="console-input", daemon=True).start()
        return await done


def _settle(done: asyncio.Future[bytes], chunk: bytes) -> None:
    if not done.done():
        done.set_result(chunk)


def _decoded(line: bytes) -> Line:
    try:
        return Line(line.decode())
    except UnicodeDecodeError:
        return Line(line.decode(errors="replace"), readable=False)
