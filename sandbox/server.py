"""The supervisor's Unix socket: one task a connection, one task a request, strict frames only.

A client that does not read is not waited for with ever more memory: while it is behind, nothing more
is read from it or from its runs, and one that stays behind is cut off.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable
from pathlib import Path

from sandbox.logs import REQUEST
from sandbox.supervisor.capture import Sink
from sandbox.supervisor.sessions import Refused, Supervisor
from sandbox.wire import (
    MAX_REPLY_BYTES,
    MAX_REQUEST_BYTES,
    PROTOCOL_VERSION,
    AskCapacity,
    BackendUnavailable,
    Busy,
    CapacityIs,
    Close,
    Done,
    Evaluate,
    Evaluated,
    Failed,
    Finished,
    FrameDecoder,
    Hello,
    Interrupt,
    Open,
    Opened,
    Output,
    Request,
    Response,
    Run,
    SessionLost,
    Stream,
    Welcome,
    WireError,
    encode,
)

_log = logging.getLogger(__name__)

_CHUNK = 65536
_MOST_REQUESTS_AT_ONCE = 1024
_HOLDING_SECONDS = 0.005
_MOST_HELD_BYTES = 65536
_BEHIND_BYTES = 1024 * 1024
"""Who has so much left to read is behind, until it has read three quarters of it."""

_MOST_UNREAD_BYTES = 2 * MAX_REPLY_BYTES
"""Runs that were on when a client fell behind still end, with all that they produced."""


async def listen(
    path: Path, supervisor: Supervisor, patience: float, *, group: int | None = None
) -> asyncio.Server:
    """Serve `supervisor` on a socket at `path` that only our own user can open, and `group` if given.

    A client may be behind for `patience` seconds, which is to be longer than any run: who only
    waits for a run to end before it reads on is no enemy.
    """
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # noqa: ASYNC240  (once, before anybody is served)
    umask = os.umask(0o177)
    try:
        server = await asyncio.get_running_loop().create_unix_server(
            lambda: _Connection(supervisor, patience), path
        )
    finally:
        os.umask(umask)
    if group is not None:
        os.chown(path, -1, group)
        path.chmod(0o660)  # noqa: ASYNC240
    return server


class _Connection(asyncio.BufferedProtocol):
    """One client: a protocol and no stream, whose task would be one more to wait for in each run.

    What is read comes into one buffer, as a new one of this size each time costs system calls. Output
    waits a moment for more, or for its run's end, as each message wakes the client.
    """

    _transport: asyncio.Transport

    def __init__(self, supervisor: Supervisor, patience: float) -> None:
        self._supervisor = supervisor
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._buffer = memoryview(bytearray(_CHUNK))
        self._decoder: FrameDecoder[Request] = FrameDecoder(Request, MAX_REQUEST_BYTES)
        self._held = bytearray()
        self._letting_go: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._behind: asyncio.Future[None] | None = None
        self._out_of_patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        transport.set_write_buffer_limits(high=_BEHIND_BYTES)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take requests until the peer breaks the protocol; what is unsent it may still read then."""
        try:
            for request in self._decoder.feed(self._buffer[:nbytes]):
                self._take(request)
        except WireError as error:
            _log.warning("a client was cut off: %s", error)
            self._leave()
            self._transport.close()

    def eof_received(self) -> None:
        """The peer hung up. It may still read what is unsent, as the transport closes itself."""
        self._leave()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            _log.warning("a client was cut off: %s", error)
        self._leave()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The client is behind: read no more from it until it has caught up, or cut it off."""
        self._behind = self._loop.create_future()
        self._out_of_patience = self._loop.call_later(self._patience, self._cut_off)
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It has read most of what was there for it, or is gone."""
        if self._behind is not None and self._out_of_patience is not None:
            self._out_of_patience.cancel()
            self._behind.set_result(None)
            self._behind = None
            self._transport.resume_reading()

    def _leave(self) -> None:
        """Nobody waits for an answer any more."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            self._supervisor.leave(task)

    def _take(self, request: Request) -> None:
        if isinstance(request, Hello):
            if request.version != PROTOCOL_VERSION:
                self._send(Failed(0, "unavailable", f"this is version {PROTOCOL_VERSION}"))
                raise WireError(f"the client speaks version {request.version}")
            self._send(Welcome(PROTOCOL_VERSION, self._supervisor.tier))
            return
        if len(self._tasks) >= _MOST_REQUESTS_AT_ONCE:
            self._send(Failed(request.id, "busy", "too many requests at once", retry_after=1.0))
            return
        task = self._loop.create_task(self._answer(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request) -> None:
        assert not isinstance(request, Hello)  # noqa: S101
        if isinstance(request, Run | Evaluate):
            REQUEST.set(request.request)  # this task is all about it
        try:
            response = await self._serve(request)
            self._send(response)
            _note(response)
        except Busy as busy:
            self._send(Failed(request.id, "busy", str(busy), retry_after=busy.retry_after))
        except SessionLost as lost:
            self._send(Failed(request.id, "session_lost", lost.why, ran=lost.ran))
        except Refused as refused:
            self._send(Failed(request.id, "refused", str(refused)))
        except BackendUnavailable as error:
            self._send(Failed(request.id, "unavailable", str(error)))
        except Exception:  # noqa: BLE001  (our fault, logged; the caller must not wait forever)
            _log.exception("a request failed")
            self._send(
                Failed(request.id, "unavailable", "the sandbox made a mistake", ran="unknown")
            )

    async def _serve(self, request: Request) -> Response:
        supervisor = self._supervisor
        match request:
            case Open(id=number, learner=learner, spec=spec, deadline=deadline):
                return Opened(number, await supervisor.open(learner, spec, deadline))
            case Run(id=number, ref=ref, cell=cell):
                return Finished(number, await supervisor.run(ref, cell, self._output(number)))
            case Evaluate(id=number, job=job, deadline=deadline):
                return Evaluated(number, await supervisor.evaluate(job, deadline))
            case Interrupt(id=number, ref=ref):
                return await _done(number, supervisor.interrupt(ref))
            case Close(id=number, ref=ref):
                return await _done(number, supervisor.close(ref))
            case AskCapacity(id=number):
                return CapacityIs(number, await supervisor.capacity())
            case _:
                raise Refused("say Hello only once")

    def _output(self, number: int) -> Sink:
        def take(stream: Stream, text: str) -> asyncio.Future[None] | None:
            self._hold(encode(Output(number, stream, text)))
            return self._behind

        return take

    def _send(self, response: Response) -> None:
        self._held += encode(response)
        self._let_go()

    def _hold(self, frame: bytes) -> None:
        self._held += frame
        if len(self._held) > _MOST_HELD_BYTES:
            self._let_go()
        elif self._letting_go is None:
            self._letting_go = self._loop.call_later(_HOLDING_SECONDS, self._let_go)

    def _let_go(self) -> None:
        """Send all that is held, unless nobody is there to read it."""
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
        held, self._held = self._held, bytearray()
        if self._transport.is_closing():
            return
        self._transport.write(held)
        if self._transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            self._cut_off()

    def _cut_off(self) -> None:
        _log.warning("a client was cut off: it does not read")
        self._transport.abort()


def _note(response: Response) -> None:
    """Log what has ended, once the answer is on its way."""
    if isinstance(response, Finished):
        _log.info("a run ended: %s, after %.3f s", response.result.status, response.result.seconds)
    elif isinstance(response, Evaluated):
        _log.info("an evaluation ended: %s", response.exports.status)


async def _done(number: int, work: Awaitable[None]) -> Done:
    await work
    return Done(number)
