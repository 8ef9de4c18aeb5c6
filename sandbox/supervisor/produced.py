"""The files that a session's code leaves in its folder: fetched by a helper, named harmlessly, each once."""

import asyncio
import contextlib
import os
import signal

from sandbox.jail import uids
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.gathering import MOST_BYTES, Gathered, Stamp, gather
from sandbox.supervisor.reaper import Reaper
from sandbox.wire import FrameDecoder, ProducedFile, WireError, encode

_SECONDS = 3.0
_CHUNK = 65536
_MOST_REPORT = MOST_BYTES + 1024 * 1024
_MOST_NAME = 80
_MOST_SUFFIX = 16
_FORBIDDEN = '/\\:*?"<>|'


class Produced:
    """What one session has left in its folder, and what of it was reported."""

    def __init__(self, birth: Birth, reaper: Reaper) -> None:
        self._birth = birth
        self._reaper = reaper
        self._known: frozenset[Stamp] = frozenset()

    async def collect(self) -> tuple[tuple[ProducedFile, ...], int]:
        """Return files that are new or changed since the last call, and how many were left out."""
        gathered = await self._gather()
        if gathered is None:
            return (), 0
        self._known = frozenset(gathered.stamps)
        taken: set[str] = set()
        files = [
            ProducedFile(_unique(clean_name(path), taken), content)
            for path, content in gathered.files
        ]
        return tuple(files), gathered.more

    async def _gather(self) -> Gathered | None:
        """Have the folder read by a process that may do no more than the session's code may."""
        ours, theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        folder, known = self._birth.folder, self._known
        helper = uids.fork_as(self._birth.uid, lambda: _report(folder, known, theirs))
        os.close(theirs)
        ended = self._reaper.watch(helper)
        try:
            async with asyncio.timeout(_SECONDS):
                return await _received(ours)
        except (TimeoutError, WireError):
            return None
        finally:
            os.close(ours)
            if not ended.done():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(helper, signal.SIGKILL)


def clean_name(path: bytes) -> str:
    """Return a name for the file at `path` that is safe to show and to save anywhere."""
    text = path.decode("utf-8", "replace")
    name = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in text)
    name = name.strip(" .") or "file"
    if len(name) <= _MOST_NAME:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _MOST_SUFFIX:
        return name[:_MOST_NAME]
    return f"{stem[: _MOST_NAME - len(suffix) - 1]}.{suffix}"


def _unique(name: str, taken: set[str]) -> str:
    """Return `name`, numbered when another file of this run has it, on any file system."""
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    number, candidate = 1, name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem}-{number}{dot}{suffix}"
    taken.add(candidate.casefold())
    return candidate


def _report(folder: str, known: frozenset[Stamp], pipe: int) -> bool:
    os.set_blocking(pipe, True)
    frame = memoryview(encode(gather(folder, known)))
    while frame:
        frame = frame[os.write(pipe, frame) :]
    return True


async def _received(pipe: int) -> Gathered | None:
    """Read one report; None when the helper ends without it. Raises WireError."""
    decoder: FrameDecoder[Gathered] = FrameDecoder(Gathered, _MOST_REPORT)
    loop = asyncio.get_running_loop()
    while True:
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(pipe, _note, readable)
        try:
            await readable
        finally:
            loop.remove_reader(pipe)
        data = os.read(pipe, _CHUNK)
        if not data:
            return None
        for gathered in decoder.feed(data):
            return gathered


def _note(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)
