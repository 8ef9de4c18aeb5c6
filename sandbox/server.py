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
        server = await asyncio.start_unix_server(
            lambda reader, writer: _Connection(supervisor, writer, patience).serve(reader), path
        )
    finally:
        os.umask(umask)
    if group is not None:
        os.chown(path, -1, group)
        path.chmod(0o660)  # noqa: ASYNC240
    return server


class _Connection:
    def __init__(
        self, supervisor: Supervisor, writer: asyncio.StreamWriter, patience: float
    ) -> None:
        self._supervisor = supervisor
        self._writer = writer
        self._patience = patience
        self._behind: asyncio.Task[None] | None = None
        writer.transport.set_write_buffer_limits(high=_BEHIND_BYTES)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Answer requests until the peer hangs up or breaks the protocol."""
        decoder: FrameDecoder[Request] = FrameDecoder(Request, MAX_REQUEST_BYTES)
        try:
            while data := await reader.read(_CHUNK):
                for request in decoder.feed(data):
                    self._take(request)
                if self._behind is not None:
                    await asyncio.shield(self._behind)
        except (WireError, ConnectionError) as error:
            _log.warning("a client was cut off: %s", error)
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.close()  # what is unsent may still be read, by who is not cut off for it

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
        task = asyncio.get_running_loop().create_task(self._answer(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request) -> None:
        assert not isinstance(request, Hello)  # noqa: S101
        if isinstance(request, Run | Evaluate):
            REQUEST.set(request.request)  # this task is all about it
        try:
            self._send(await self._serve(request))
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
                result = await supervisor.run(ref, cell, self._output(number))
                _log.info("a run ended: %s, after %.3f s", result.status, result.seconds)
                return Finished(number, result)
            case Evaluate(id=number, job=job, deadline=deadline):
                exports = await supervisor.evaluate(job, deadline)
                _log.info("an evaluation ended: %s", exports.status)
                return Evaluated(number, exports)
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
            self._send(Output(number, stream, text))
            return self._behind

        return take

    def _send(self, response: Response) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(encode(response))
        unread = self._writer.transport.get_write_buffer_size()
        if unread > _MOST_UNREAD_BYTES:
            self._cut_off()
        elif unread > _BEHIND_BYTES and self._behind is None:
            self._behind = asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """Wait until the client has read most of what is there for it, or cut it off."""
        try:
            async with asyncio.timeout(self._patience):
                await self._writer.drain()
        except TimeoutError:
            self._cut_off()
        except ConnectionError:
            pass  # it is gone, which its reader notices too
        finally:
            self._behind = None

    def _cut_off(self) -> None:
        _log.warning("a client was cut off: it does not read")
        self._writer.transport.abort()


async def _done(number: int, work: Awaitable[None]) -> Done:
    await work
    return Done(number)
