"""Collects the output of one run from two pipes, in order, decoded, and within its limits."""

import asyncio
import codecs
import errno
import os
import select
from collections.abc import Callable

from sandbox.screen import Chunk, shown
from sandbox.wire import Stream

Sink = Callable[[Stream, str], "asyncio.Future[None] | None"]
"""Takes a piece of output; returns what to wait for before it gets more, or None."""

_CHUNK = 65536
_MOST_READS = 32


class Capture:
    """The output of the run that is on; between runs what arrives is dropped."""

    def __init__(self, out: int, err: int) -> None:
        self.descriptors: dict[int, Stream] = {out: "stdout", err: "stderr"}
        self._poll = select.poll()
        for descriptor in self.descriptors:
            self._poll.register(descriptor, select.POLLIN)
        self.closed = False
        self._sink: Sink | None = None
        self._left = 0
        self._lines_left = 0
        self._chunks: list[Chunk] = []
        self._decoders: dict[Stream, codecs.IncrementalDecoder] = {}
        self.truncated = False
        self.blocked: asyncio.Future[None] | None = None
        """What to wait for before more is read, if whoever takes the output is behind."""

    def begin(self, most_bytes: int, most_lines: int, sink: Sink) -> None:
        """Start collecting for a run: at most so many bytes and lines, each piece given to `sink`.

        What is of the time before was drained, before the run could add to it.
        """
        self.blocked = None
        self._sink = sink
        self._left = most_bytes
        self._lines_left = most_lines
        self._chunks = []
        self._decoders = {
            stream: codecs.getincrementaldecoder("utf-8")("replace")
            for stream in self.descriptors.values()
        }
        self.truncated = False

    def end(self) -> tuple[Chunk, ...]:
        """Read what is left and return the run's output as a screen would show it."""
        self.drain()
        for stream, decoder in self._decoders.items():
            self._keep(stream, decoder.decode(b"", final=True))
        self._sink = None
        return shown(self._chunks)

    def drain(self) -> None:
        """Read what both pipes hold now, and no more than a flood could refill a few times."""
        for descriptor, _ in self._poll.poll(0):
            for _ in range(_MOST_READS):
                if not self.read(descriptor):
                    break

    def read(self, descriptor: int) -> bool:
        """Read once from a pipe; returns whether it may hold more."""
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            return False
        if not data:
            self.closed = True
            return False
        self._take(self.descriptors[descriptor], data)
        return len(data) == _CHUNK

    def _take(self, stream: Stream, data: bytes) -> None:
        if self._sink is None:
            return
        kept = _cut(data[: self._left], self._lines_left)
        self.truncated |= len(kept) < len(data)
        self._left = 0 if self.truncated else self._left - len(kept)
        self._lines_left -= kept.count(b"\n")
        data = kept
        if data:
            self._keep(stream, self._decoders[stream].decode(data))

    def _keep(self, stream: Stream, text: str) -> None:
        if text and self._sink is not None:
            self._chunks.append((stream, text))
            self.blocked = self._sink(stream, text)


def _cut(data: bytes, lines: int) -> bytes:
    """Return the first `lines` lines of `data`, and what follows them up to the next line's end."""
    if data.count(b"\n") <= lines:
        return data
    end = -1
    for _ in range(lines + 1):
        end = data.index(b"\n", end + 1)
    return data[:end]
