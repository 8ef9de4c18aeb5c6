"""Collects the output of one run from two pipes, in order, decoded, and within its limit."""

import codecs
import errno
import os
from collections.abc import Callable

from sandbox.screen import Chunk, shown
from sandbox.wire import Stream

_CHUNK = 65536
_MOST_READS = 32


class Capture:
    """The output of the run that is on; between runs what arrives is dropped."""

    def __init__(self, out: int, err: int) -> None:
        self.descriptors: dict[int, Stream] = {out: "stdout", err: "stderr"}
        self.closed = False
        self._sink: Callable[[Stream, str], None] | None = None
        self._left = 0
        self._chunks: list[Chunk] = []
        self._decoders: dict[Stream, codecs.IncrementalDecoder] = {}
        self.truncated = False

    def begin(self, limit: int, sink: Callable[[Stream, str], None]) -> None:
        """Start collecting for a run: at most `limit` bytes, each piece given to `sink`."""
        self.drain()
        self._sink = sink
        self._left = limit
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
        for descriptor in self.descriptors:
            for _ in range(_MOST_READS):
                if not self.read(descriptor):
                    break

    def read(self, descriptor: int) -> bool:
        """Read once from a pipe; returns whether there was anything."""
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
        return True

    def _take(self, stream: Stream, data: bytes) -> None:
        if self._sink is None:
            return
        if len(data) > self._left:
            data = data[: self._left]
            self.truncated = True
        self._left -= len(data)
        if data:
            self._keep(stream, self._decoders[stream].decode(data))

    def _keep(self, stream: Stream, text: str) -> None:
        if text and self._sink is not None:
            self._chunks.append((stream, text))
            self._sink(stream, text)
