"""A client that does not read costs no memory without end, and nobody else waits for it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from sandbox.client import connect
from sandbox.jail.limits import MIB, Limits
from sandbox.supervisor.capture import Capture
from sandbox.wire import (
    MAX_REPLY_BYTES,
    PROTOCOL_VERSION,
    AskCapacity,
    Cell,
    Finished,
    FrameDecoder,
    Hello,
    Open,
    Opened,
    Output,
    Request,
    Response,
    Run,
    RunResult,
    SessionRef,
    SessionSpec,
    encode,
)
from tests.sandbox.talking import quiet
from tests.sandbox.test_resilience import start

_LIMITS = ("--wall-seconds", "2", "--cpu-seconds", "2")
_FLOOD = "while True: print('x' * 10_000)"
_OUTPUT = ("--output-bytes", str(256 * MIB))


@dataclass
class _Deaf:
    """A client that writes what it likes and reads only when told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, *requests: Request) -> None:
        self.writer.write(b"".join(encode(request) for request in requests))

    async def say_for_ever(self, what: bytes) -> NoReturn:
        while True:
            self.writer.write(what)
            await self.writer.drain()

    async def opened(self) -> SessionRef:
        self.say(Open(1, "deaf", SessionSpec(), 60.0))
        async for response in self._heard():
            if isinstance(response, Opened):
                return response.ref
        raise AssertionError("cut off")

    async def finished(self) -> tuple[str, RunResult]:
        """Read on to the end of a run; returns its output as it came, and its result."""
        text = ""
        async for response in self._heard():
            if isinstance(response, Output):
                text += response.text
            elif isinstance(response, Finished):
                return text, response.result
        raise AssertionError("cut off")

    async def _heard(self) -> AsyncIterator[Response]:
        decoder: FrameDecoder[Response] = FrameDecoder(Response, MAX_REPLY_BYTES)
        while data := await self.reader.read(65536):
            for response in decoder.feed(data):
                yield response


@asynccontextmanager
async def _deaf(path: Path) -> AsyncIterator[_Deaf]:
    reader, writer = await asyncio.open_unix_connection(path, limit=65536)
    client = _Deaf(reader, writer)
    client.say(Hello(PROTOCOL_VERSION))
    try:
        yield client
    finally:
        writer.transport.abort()


def _resident_bytes(pid: int) -> int:
    (line,) = (
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    )
    return int(line.split()[1]) * 1024


@pytest.mark.jail
async def test_a_flood_that_nobody_reads_is_held_back_and_others_are_served() -> None:
    with start(*_LIMITS, *_OUTPUT) as started:
        async with connect(started.path) as other, _deaf(started.path) as deaf:
            ref = await other.open("other", SessionSpec(), 60)
            before = _resident_bytes(started.supervisor)
            deaf.say(Run(2, await deaf.opened(), Cell(_FLOOD)))
            while (await other.capacity()).running == 0:
                await asyncio.sleep(0.01)
            most = before
            while (await other.capacity()).running > 0:
                assert (await other.run(ref, Cell("6 * 7"), quiet)).value == "42"
                most = max(most, _resident_bytes(started.supervisor))
            assert most - before < 32 * MIB


@pytest.mark.jail
async def test_who_reads_late_still_gets_all_there_was() -> None:
    with start("--output-bytes", str(16 * MIB)) as started:
        async with connect(started.path) as other, _deaf(started.path) as deaf:
            ref = await deaf.opened()
            deaf.say(Run(2, ref, Cell("for n in range(4000): print('x' * 999)")))
            while (await other.capacity()).running == 0:
                await asyncio.sleep(0.01)
            await asyncio.sleep(1.0)
            heard, result = await deaf.finished()
            assert result.status == "ok"
            assert heard == "".join(text for _, text in result.output)
            assert heard == ("x" * 999 + "\n") * 4000


@pytest.mark.jail
async def test_a_client_that_asks_and_never_reads_is_cut_off() -> None:
    flood = b"".join(encode(AskCapacity(number)) for number in range(10_000))
    with start("--wall-seconds", "1") as started:
        async with connect(started.path) as other, _deaf(started.path) as deaf:
            before = _resident_bytes(started.supervisor)
            with pytest.raises(ConnectionError):
                await deaf.say_for_ever(flood)
            assert _resident_bytes(started.supervisor) - before < 32 * MIB
            assert (await other.capacity()).sessions == 0


@pytest.mark.parametrize(
    ("pieces", "expected", "truncated"),
    [
        ((b"a\nb\nc\n",), "a\nb\nc\n", False),
        ((b"a\nb\n", b"c\nd"), "a\nb\nc\nd", False),
        ((b"a\nb\nc\nd\n",), "a\nb\nc\nd", True),
        ((b"a\nb\nc\n", b"d\n", b"e"), "a\nb\nc\nd", True),
        ((b"a" * 101,), "a" * 100, True),
    ],
)
def test_output_is_kept_up_to_its_limits(
    pieces: tuple[bytes, ...], expected: str, truncated: bool
) -> None:
    (out, write), (err, unused) = os.pipe(), os.pipe()
    for descriptor in (out, err):
        os.set_blocking(descriptor, False)
    capture = Capture(out, err)
    capture.begin(100, 3, lambda _stream, _text: None)
    for piece in pieces:
        os.write(write, piece)
        capture.read(out)
    assert "".join(text for _, text in capture.end()) == expected
    assert capture.truncated == truncated
    for descriptor in (out, write, err, unused):
        os.close(descriptor)


@pytest.mark.jail
async def test_too_many_lines_are_stopped_as_too_many_bytes_are() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            ref = await executor.open("learner", SessionSpec(), 60)
            result = await executor.run(ref, Cell("for n in range(10**9): print()"), quiet)
            assert (result.status, result.truncated) == ("output_limit", True)
            shown = "".join(text for _, text in result.output)
            assert shown.count("\n") == Limits().output_lines
            assert (await executor.run(ref, Cell("6 * 7"), quiet)).value == "42"
