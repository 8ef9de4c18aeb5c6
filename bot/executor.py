"""Keeps a sandbox within reach: starts one or connects to one, and does so again when it is lost."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sandbox.client import Executor, Sink, connect
from sandbox.wire import (
    BackendUnavailable,
    Capacity,
    Cell,
    Evaluation,
    Exports,
    RunResult,
    SessionRef,
    SessionSpec,
)

T = TypeVar("T")
Link = AbstractAsyncContextManager[Executor]
Opened = tuple[Executor, AsyncExitStack]

START_SECONDS = 120.0
"""Longest wait for a sandbox to say that it is ready; importing torch from a cold disk is slow."""

STOP_SECONDS = 15.0
MOST_PATH = 100
"""Longest socket path: the kernel takes 107 bytes."""

log = logging.getLogger(__name__)

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


class Reachable:
    """An `Executor` behind a link that is made on first use, or earlier with `start`.

    A lost link is made anew for the next call. Calls raise BackendUnavailable where none can be.
    """

    def __init__(self, link: Callable[[], Link]) -> None:
        self._link = link
        self._opening: asyncio.Task[Opened] | None = None
        self._undoing: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self.trouble: str | None = None
        """Why there is no sandbox, as far as the last try told."""

    def start(self) -> None:
        """Begin to make the link, without waiting for it."""
        if self._opening is None and not self._is_closed:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(_looked_at)

    async def aclose(self) -> None:
        """Give the link up for good."""
        self._is_closed = True
        if self._opening is not None:
            self._give_up(self._opening)
        await asyncio.gather(*self._undoing)

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        return await self._call(lambda executor: executor.open(learner, spec, deadline))

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        return await self._call(lambda executor: executor.run(ref, cell, on_output))

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        return await self._call(lambda executor: executor.evaluate(job, deadline))

    async def interrupt(self, ref: SessionRef) -> None:
        await self._call(lambda executor: executor.interrupt(ref))

    async def close(self, ref: SessionRef) -> None:
        await self._call(lambda executor: executor.close(ref))

    async def capacity(self) -> Capacity:
        return await self._call(lambda executor: executor.capacity())

    async def _call(self, ask: Callable[[Executor], Awaitable[T]]) -> T:
        """Ask the executor; once more over a new link if the old one turns out to be gone.

        That never runs a cell twice: a cell that was sent and lost is SessionLost.
        """
        executor, opening = await self._reach()
        try:
            return await ask(executor)
        except BackendUnavailable as error:
            if not self._is_closed:
                log.warning("the sandbox is gone: %s", error)
            self._give_up(opening)
        executor, opening = await self._reach()
        try:
            return await ask(executor)
        except BackendUnavailable:
            self._give_up(opening)
            raise

    async def _reach(self) -> tuple[Executor, asyncio.Task[Opened]]:
        self.start()
        opening = self._opening
        if opening is None:
            raise BackendUnavailable("the program is ending")
        try:
            executor, _ = await asyncio.shield(opening)
        except BackendUnavailable:
            self._give_up(opening)
            raise
        return executor, opening

    async def _open(self) -> Opened:
        async with AsyncExitStack() as stack:
            try:
                executor = await stack.enter_async_context(self._link())
            except BackendUnavailable as error:
                self.trouble = str(error)
                raise
            self.trouble = None
            return executor, stack.pop_all()

    def _give_up(self, opening: asyncio.Task[Opened]) -> None:
        if self._opening is opening:
            self._opening = None
            undoing = asyncio.create_task(_undo(opening))
            self._undoing.add(undoing)
            undoing.add_done_callback(self._undoing.discard)


async def _undo(opening: asyncio.Task[Opened]) -> None:
    opening.cancel()
    with contextlib.suppress(asyncio.CancelledError, BackendUnavailable):
        _, stack = await opening
        await stack.aclose()


def _looked_at(opening: asyncio.Task[Opened]) -> None:
    if not opening.cancelled():
        opening.exception()  # asyncio complains about failures that nobody asked for


@asynccontextmanager
async def embedded(flags: Sequence[str], environ: Mapping[str, str]) -> AsyncIterator[Executor]:
    """Start a sandbox of our own with `flags` and connect to it. Raises BackendUnavailable.

    It lives as long as a pipe that only this process holds, so not even `kill -9` leaves it behind.
    """
    if sys.platform == "win32":
        raise BackendUnavailable("running code needs Linux: run Tensor Tutor in Docker instead")
    async with AsyncExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="tt-", dir=_short_tmp())
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        path = Path(folder, "sandbox.sock")
        await stack.enter_async_context(_started(path, flags, environ))
        executor = await stack.enter_async_context(connect(path))
        shutil.rmtree(folder)  # nobody else is to connect, and `kill -9` leaves no folder behind
        yield executor


def _short_tmp() -> str | None:
    return None if len(os.fsencode(tempfile.gettempdir())) < MOST_PATH - 32 else "/tmp"  # noqa: S108


@asynccontextmanager
async def _started(
    path: Path, flags: Sequence[str], environ: Mapping[str, str]
) -> AsyncIterator[None]:
    lifeline, held = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "sandbox", "serve", "--socket", str(path)),
            *("--lifeline", str(lifeline), *flags),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(lifeline,),
            start_new_session=True,  # Ctrl-C at our terminal is not meant for the sandbox
            env=_environment(environ),
        )
    except BaseException:
        os.close(held)
        raise
    finally:
        os.close(lifeline)
    complaints: deque[str] = deque(maxlen=20)
    listening = asyncio.create_task(_listen(process.stderr, complaints))
    try:
        await _ready(process, complaints, listening)
        yield
    finally:
        os.close(held)
        await _ended(process)
        listening.cancel()


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a sandbox may know of our environment: no token is among it."""
    passed = {name: environ[name] for name in _PASSED_ON if name in environ}
    return passed | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}


async def _ready(
    process: asyncio.subprocess.Process, complaints: deque[str], listening: asyncio.Task[None]
) -> None:
    assert process.stdout is not None  # noqa: S101
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        if json.loads(line)["ready"] is True:
            return
    except (TimeoutError, ValueError, TypeError, KeyError):
        pass
    if process.returncode is None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 1)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(listening), 1)
    why = complaints[-1].removeprefix("sandbox: ") if complaints else "it does not start"
    raise BackendUnavailable(why)


async def _listen(stderr: asyncio.StreamReader | None, complaints: deque[str]) -> None:
    while stderr is not None:
        try:
            line = await stderr.readline()
        except ValueError:
            continue  # a line longer than the reader's limit
        if not line:
            return
        text = line.decode(errors="replace").strip()
        if text:
            complaints.append(text)
            log.info("%s", text)


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
