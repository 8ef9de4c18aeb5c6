"""The learner's standard streams: text in the order it was written, input from the cell."""

import array
import contextlib
import fcntl
import io
import os
import sys
import termios
import time

_DRAIN_SECONDS = 0.05
_DRAIN_STEP_SECONDS = 0.00005


class _Pipe(io.RawIOBase):
    """Writes to a pipe, but not before the reader has emptied the other one.

    The supervisor reads two pipes, and only time tells it which came first: so a writer that
    changes streams waits until what the other stream holds was read. If the reader is busy the
    wait is given up once, and not tried again in this cell.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.other: int | None = None
        self.patient = True

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data) -> int:  # type: ignore[no-untyped-def]
        self._let_the_other_drain()
        return os.write(self._descriptor, data)

    def _let_the_other_drain(self) -> None:
        if self.other is None or not self.patient or not _waiting(self.other):
            return
        give_up = time.monotonic() + _DRAIN_SECONDS
        while _waiting(self.other):
            if time.monotonic() > give_up:
                self.patient = False
                return
            time.sleep(_DRAIN_STEP_SECONDS)


class _Text(io.TextIOWrapper):
    """A text stream that lets its peer go first when that one holds an unfinished line."""

    peer: "_Text | None" = None
    pipe: _Pipe
    _unfinished = False

    def write(self, text: str) -> int:
        peer = self.peer
        if peer is not None and peer._unfinished:
            peer.flush()
        self._unfinished = True
        return super().write(text)

    def flush(self) -> None:
        self._unfinished = False
        super().flush()

    def be_patient(self) -> None:
        self.pipe.patient = True


class _CellInput(io.StringIO):
    """The text that came with the cell; reading past its end raises EOFError in `input()`."""

    name = "<stdin>"


class Streams:
    """The standard streams of one session."""

    def __init__(self) -> None:
        self._out, self._err = _pair()

    def attach(self, stdin: str) -> None:
        """Put the streams into `sys`, whatever the cells before did there, or new ones if need be."""
        if not (_is_open(self._out) and _is_open(self._err)):
            self._out, self._err = _pair()
        self._out.be_patient()
        self._err.be_patient()
        vars(sys).update(
            stdout=self._out, __stdout__=self._out, stderr=self._err, __stderr__=self._err
        )
        sys.stdin = _CellInput(stdin)


def settle() -> None:
    """Flush whatever stands in `sys.stdout` and `sys.stderr` now."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _is_open(stream: _Text) -> bool:
    try:
        return not stream.closed
    except ValueError:  # detached from its buffer
        return False


def _pair() -> tuple[_Text, _Text]:
    out, err = _text(1), _text(2)
    out.peer, err.peer = err, out
    return out, err


def _text(descriptor: int) -> _Text:
    raw = _Pipe(descriptor)
    raw.other = 3 - descriptor
    text = _Text(
        io.BufferedWriter(raw),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
    text.pipe = raw
    return text


def _waiting(descriptor: int) -> int:
    """Return how many bytes a pipe holds that nobody has read."""
    held = array.array("i", [0])
    try:
        fcntl.ioctl(descriptor, termios.FIONREAD, held)
    except OSError:
        return 0
    return held[0]
