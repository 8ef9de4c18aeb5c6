"""The client of the supervisor's socket: the `Executor` that the bot and the tools use."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sandbox.logs import REQUEST
from sandbox.wire import (
    MAX_REPLY_BYTES,
    PROTOCOL_VERSION,
    AskCapacity,
    BackendUnavailable,
    Busy,
    Capacity,
    CapacityIs,
    Cell,
    Close,
    Done,
    Evaluate,
    Evaluated,
    Evaluation,
    Exports,
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
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
    Stream,
    Welcome,
    WireError,
    encode,
)

Sink = Callable[[Stream, str], Awaitable[None]]
Answer = TypeVar("Answer", bound=Response)

_CHUNK = 1 << 18


class Executor(Protocol):
    """Runs learners' code somewhere safe. Deadlines are seconds from now.

    Learners' mistakes come back as values; the exceptions are `Busy`, `SessionLost`,
    `BackendUnavailable`, and `ValueError` for a request that can never be served.
    """

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        """Start a session for `learner`."""
        ...

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        """Run `cell`; `on_output` gets its output as it is produced. Never opens a session."""
        ...

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        """Run a grading job in a fresh process."""
        ...

    async def interrupt(self, ref: SessionRef) -> None:
        """Stop the session's run in flight."""
        ...

    async def close(self, ref: SessionRef) -> None:
        """End the session."""
        ...

    async def capacity(self) -> Capacity:
        """Tell how full it is."""
        ...


@asynccontextmanager
async def connect(socket_path: str | Path) -> AsyncIterator["LocalExecutor"]:
    """Connect to the supervisor at `socket_path`. Raises BackendUnavailable."""
    loop = asyncio.get_running_loop()
    try:
        transport, executor = await loop.create_unix_connection(LocalExecutor, str(socket_path))
    except OSError as error:
        raise BackendUnavailable(f"no sandbox at {socket_path}: {error.strerror}") from error
    try:
        await executor.greet()
        yield executor
    finally:
        transport.close()
        await executor.closed()


class LocalExecutor(asyncio.BufferedProtocol):
    """An `Executor` on the supervisor of this machine; made by `connect`."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._ids = itertools.count(1)
        self._buffer = memoryview(bytearray(_CHUNK))
        self._decoder: FrameDecoder[Response] = FrameDecoder(Response, MAX_REPLY_BYTES)
        self._inboxes: dict[int, asyncio.Queue[Response | None]] = {}
        self._greeting: asyncio.Future[Welcome] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._lost: BackendUnavailable | None = None
        self.tier = ""

    async def greet(self) -> None:
        """Agree on the protocol version. Raises BackendUnavailable."""
        self._write(Hello(PROTOCOL_VERSION))
        self.tier = (await self._greeting).tier

    async def closed(self) -> None:
        """Wait until the connection has ended."""
        await self._closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand every response to whoever waits for it, until one breaks the protocol."""
        try:
            for response in self._decoder.feed(self._buffer[:nbytes]):
                self._hand_over(response)
        except WireError as error:
            self._lose(str(error))
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._lose(str(error or "the sandbox closed the connection"))
        self._closed.set_result(None)

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        return (await self._ask(Open(next(self._ids), learner, spec, deadline), Opened)).ref

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        request = Run(next(self._ids), ref, cell, REQUEST.get())
        if self._lost is not None:
            raise self._lost
        try:
            return (await self._ask(request, Finished, on_output)).result
        except asyncio.CancelledError:
            with contextlib.suppress(BackendUnavailable):
                self._write(Interrupt(next(self._ids), ref))
            raise
        except BackendUnavailable as error:
            raise SessionLost(str(error), "unknown") from error

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        request = Evaluate(next(self._ids), job, deadline, REQUEST.get())
        return (await self._ask(request, Evaluated)).exports

    async def interrupt(self, ref: SessionRef) -> None:
        await self._ask(Interrupt(next(self._ids), ref), Done)

    async def close(self, ref: SessionRef) -> None:
        await self._ask(Close(next(self._ids), ref), Done)

    async def capacity(self) -> Capacity:
        return (await self._ask(AskCapacity(next(self._ids)), CapacityIs)).capacity

    async def _ask(
        self,
        request: Open | Run | Evaluate | Interrupt | Close | AskCapacity,
        kind: type[Answer],
        on_output: Sink | None = None,
    ) -> Answer:
        inbox: asyncio.Queue[Response | None] = asyncio.Queue()
        self._inboxes[request.id] = inbox
        try:
            self._write(request)
            while True:
                response = await inbox.get()
                if isinstance(response, Output):
                    if on_output is not None:
                        await on_output(response.stream, response.text)
                elif isinstance(response, kind):
                    return response
                else:
                    raise _failure(response, self._lost)
        finally:
            del self._inboxes[request.id]

    def _write(self, request: Request) -> None:
        if self._lost is not None:
            raise self._lost
        self._transport.write(encode(request))

    def _hand_over(self, response: Response) -> None:
        if isinstance(response, Welcome):
            if not self._greeting.done():
                self._greeting.set_result(response)
            return
        if isinstance(response, Failed) and response.id == 0:
            raise WireError(response.why)
        inbox = self._inboxes.get(response.id)
        if inbox is not None:
            inbox.put_nowait(response)

    def _lose(self, why: str) -> None:
        if self._lost is not None:
            return
        self._lost = BackendUnavailable(why)
        if not self._greeting.done():
            self._greeting.set_exception(self._lost)
        for inbox in self._inboxes.values():
            inbox.put_nowait(None)


def _failure(response: Response | None, lost: BackendUnavailable | None) -> Exception:
    if not isinstance(response, Failed):
        return lost or BackendUnavailable("the sandbox answered something else")
    match response.kind:
        case "busy":
            return Busy(response.retry_after)
        case "session_lost":
            return SessionLost(response.why, response.ran)
        case "refused":
            return ValueError(response.why)
        case "unavailable":
            return BackendUnavailable(response.why)
