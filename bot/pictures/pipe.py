"""What passes between the bot and the process that draws: pieces of bytes, each behind its length."""

import struct
from typing import IO

DRAWN, FAILED = b"+", b"-"
"""What an answer begins with: a picture follows, or what went wrong."""

_LENGTH = struct.Struct(">I")


def write(stream: IO[bytes], body: bytes) -> None:
    """Write one piece. Raises `OSError` where nobody reads any more."""
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read(stream: IO[bytes]) -> bytes | None:
    """Return the next piece, or None at the end; one that breaks off is the end, too."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    body = stream.read(size)
    return body if len(body) == size else None
