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
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket_path))
    except OSError as error:
        raise BackendUnavailable(f"no sandbox at {socket_path}: {error.strerror}") from error
    executor = LocalExecutor(writer)
    listening = asyncio.get_running_loop().create_task(executor.listen(reader))
    try:
        await executor.greet()
        yield executor
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class LocalExecutor:
    """An `Executor` on the supervisor of this machine; made by `connect`."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._ids = itertools.count(1)
        self._inboxes: dict[int, asyncio.Queue[Response | None]] = {}
        self._greeting: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self._lost: BackendUnavailable | None = None
        self.tier = ""

    async def greet(self) -> None:
        """Agree on the protocol version. Raises BackendUnavailable."""
        self._write(Hello(PROTOCOL_VERSION))
        self.tier = (await self._greeting).tier

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Hand every response to whoever waits for it, until the connection ends."""
        why = "the sandbox closed the connection"
        decoder: FrameDecoder[Response] = FrameDecoder(Response, MAX_REPLY_BYTES)
        try:
            while data := await reader.read(_CHUNK):
                for response in decoder.feed(data):
                    self._hand_over(response)
        except (WireError, OSError) as error:
            why = str(error)
        finally:
            self._lose(why)

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
        self._writer.write(encode(request))

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
