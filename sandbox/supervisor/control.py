"""The control socket of a session: frames out, frames in, and who sent them as the kernel knows it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

from sandbox.childwire import FromChild
from sandbox.wire import MAX_REPORT_BYTES, FrameDecoder, WireError

_CHUNK = 65536
_CREDENTIALS = struct.Struct("3i")
_ROOM = socket.CMSG_SPACE(_CREDENTIALS.size)
"""Room for credentials and for nothing else: descriptors that a child sends along are dropped."""

Hear = Callable[[int, FromChild | None], None]


def pair() -> tuple[socket.socket, socket.socket]:
    """Return our end and the child's; the kernel stamps from now on what the child sends."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


class Control:
    """Our end. All processes of a session share the other one; `head` is the one that is believed.

    `hear` gets each frame with its sender's pid, or None for what is no frame. `lost` is called
    when the channel is closed.
    """

    def __init__(self, end: socket.socket, head: int, hear: Hear, lost: Callable[[], None]) -> None:
        self._end = end
        self._hear = hear
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._sending: asyncio.Task[None] | None = None
        self.head = head
        end.setblocking(False)
        self._loop.add_reader(end.fileno(), self._on_readable)

    @property
    def head(self) -> int:
        """The pid whose stream of frames is read; every other sender says one thing at a time."""
        return self._head

    @head.setter
    def head(self, pid: int) -> None:
        self._head = pid
        self._decoder = _new_decoder()
        if self._sending is not None:
            self._sending.cancel()  # it was meant for the one before

    def send(self, frame: bytes) -> None:
        """Send a frame; what the socket does not take at once follows when it can."""
        try:
            sent = self._end.send(frame)
        except OSError:
            sent = 0
        if sent < len(frame):
            self._sending = self._loop.create_task(self._send_all(frame[sent:]))

    def deafen(self) -> None:
        """Read nothing more."""
        if self._end.fileno() >= 0:
            self._loop.remove_reader(self._end.fileno())

    def close(self) -> None:
        """Close our end; safe to call twice."""
        self.deafen()
        self._end.close()

    async def _send_all(self, frame: bytes) -> None:
        with contextlib.suppress(OSError):
            await self._loop.sock_sendall(self._end, frame)

    def _on_readable(self) -> None:
        try:
            data, ancillary, _, _ = self._end.recvmsg(_CHUNK, _ROOM)
        except BlockingIOError:
            return
        except OSError:
            data, ancillary = b"", []
        if not data:
            self._lost()
            return
        sender = _sender(ancillary)
        if sender == self._head:
            self._take(sender, self._decoder, data)
        elif not self._take(sender, _new_decoder(), data):
            self._hear(sender, None)

    def _take(self, sender: int, decoder: FrameDecoder[FromChild], data: bytes) -> bool:
        """Pass on the frames that `data` completes; returns whether there was any."""
        any_frame = False
        try:
            for message in decoder.feed(data):
                any_frame = True
                self._hear(sender, message)
        except WireError:
            any_frame = True
            self._hear(sender, None)
        return any_frame


def _new_decoder() -> FrameDecoder[FromChild]:
    return FrameDecoder(FromChild, MAX_REPORT_BYTES)


def _sender(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if (level, kind, len(data)) == (
            socket.SOL_SOCKET,
            socket.SCM_CREDENTIALS,
            _CREDENTIALS.size,
        ):
            return int(_CREDENTIALS.unpack(data)[0])
    return -1
