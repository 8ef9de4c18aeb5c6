"""Starts a sandbox of our own as a child process, which ends with us in every case."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sandbox.client import Executor, connect
from sandbox.wire import BackendUnavailable

START_SECONDS = 120.0
"""Longest wait for a sandbox to say that it is ready; importing torch from a cold disk is slow."""

STOP_SECONDS = 15.0
PREFIX = "tensor-tutor-socket-"
MOST_PATH = 100
"""Longest socket path: the kernel takes 107 bytes."""

log = logging.getLogger(__name__)

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


@asynccontextmanager
async def embedded(flags: Sequence[str], environ: Mapping[str, str]) -> AsyncIterator[Executor]:
    """Start a sandbox of our own with `flags` and connect to it. Raises BackendUnavailable.

    It lives as long as a pipe that only this process holds, so not even `kill -9` leaves it behind.
    """
    if sys.platform == "win32":
        raise BackendUnavailable("running code needs Linux: run Tensor Tutor in Docker instead")
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(sweep, Path(_tmp()), time.time())
        folder = tempfile.mkdtemp(prefix=PREFIX, dir=_tmp())
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        path = Path(folder, "sandbox.sock")
        await stack.enter_async_context(_started(path, flags, environ))
        executor = await stack.enter_async_context(connect(path))
        shutil.rmtree(folder)  # nobody else is to connect, and a later `kill -9` leaves nothing
        yield executor


def _tmp() -> str:
    """Return where temporary folders go, if a socket's path may be so long."""
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) < MOST_PATH - 48 else "/tmp"  # noqa: S108


def sweep(tmp: Path, now: float) -> None:
    """Remove the folders in `tmp` of programs that were killed while their sandbox started."""
    for folder in tmp.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid == os.getuid() and now - status.st_mtime > 2 * START_SECONDS:
                shutil.rmtree(folder)


@asynccontextmanager
async def _started(
    path: Path, flags: Sequence[str], environ: Mapping[str, str]
) -> AsyncIterator[None]:
    lifeline, held = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "sandbox", "serve", "--socket", str(path)),
            *("--lifeline", str(lifeline), "--once", *flags),  # the next call starts another
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(lifeline,),
            start_new_session=True,  # Ctrl-C at our terminal is not meant for the sandbox
            env=environment(environ),
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


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a sandbox may know of our environment: no token is among it."""
    passed = {name: environ[name] for name in _PASSED_ON if name in environ}
    return passed | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


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
