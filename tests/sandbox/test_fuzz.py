"""Whatever bytes arrive, from a client or from a child, decode as declared or cut off their sender alone."""

import asyncio
import contextlib
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import childwire, wire
from sandbox.client import connect
from sandbox.wire import Cell, SessionRef, SessionSpec
from tests.sandbox.talking import quiet
from tests.sandbox.tiers import TIERS, serving_in

_CAP = 4096
_KINDS = (wire.Request, wire.Response, childwire.FromChild, childwire.ToChild)
_GARBAGE_ROUNDS = 40
_PATIENCE_SECONDS = 20.0

_names = st.text(max_size=20)
_numbers = st.integers(-(2**63), 2**63 - 1)
_plain = st.builds(wire.PlainValue, st.none() | st.booleans() | _numbers | _names)
_tensors = st.builds(
    wire.TensorValue, _names, st.lists(_numbers, max_size=3).map(tuple), st.binary(max_size=40)
)
_values = st.recursive(
    _plain | _tensors | st.builds(wire.MissingValue, _names) | st.builds(wire.OpaqueValue, _names),
    lambda inner: st.builds(
        wire.ListValue, st.sampled_from(["list", "tuple"]), st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=6,
)
_refs = st.builds(SessionRef, _names, _names)
_cells = st.builds(Cell, _names, _names, st.dictionaries(_names, _values, max_size=3))
_errors = st.builds(wire.CellError, _names, _names, st.none() | _numbers, _names)
_requests = st.one_of(
    st.builds(wire.Hello, _numbers),
    st.builds(wire.Run, _numbers, _refs, _cells),
    st.builds(wire.Close, _numbers, _refs),
    st.builds(wire.Open, _numbers, _names, st.just(SessionSpec()), st.floats(0, 100)),
)
_reports = st.one_of(
    st.builds(childwire.ChildReady),
    st.builds(childwire.ChildBroken, _names),
    st.builds(
        childwire.CellDone,
        st.sampled_from(["ok", "error", "interrupted", "oom"]),
        st.none() | _names,
        st.none() | _errors,
        _numbers,
        st.lists(_names, max_size=4).map(tuple),
    ),
)


def _decoder(kind: Any) -> wire.FrameDecoder[Any]:
    return wire.FrameDecoder(kind, _CAP)


def _outcome(kind: Any, chunks: list[bytes]) -> tuple[list[object], bool]:
    """Return what was decoded before the stream ended or was refused, and whether it was refused."""
    decoder = _decoder(kind)
    heard: list[object] = []
    try:
        for chunk in chunks:
            for message in decoder.feed(chunk):
                assert isinstance(message, msgspec.Struct)
                heard.append(message)
                assert len(wire.encode(message)) <= 2 * _CAP
    except wire.WireError:
        return heard, True
    return heard, False


@st.composite
def _streams(draw: st.DrawFn) -> bytes:
    """True frames, mutated ones, framed garbage and bare garbage, one after another."""
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        frame = bytearray(wire.encode(draw(_requests | _reports)))
        match draw(st.sampled_from(["true", "mutated", "framed", "bare"])):
            case "mutated":
                for _ in range(draw(st.integers(1, 4))):
                    frame[draw(st.integers(4, len(frame) - 1))] = draw(st.integers(0, 255))
            case "framed":
                body = draw(st.binary(max_size=60))
                frame = bytearray(struct.pack(">I", len(body)) + body)
            case "bare":
                frame = bytearray(draw(st.binary(max_size=60)))
            case _:
                pass
        parts.append(bytes(frame))
    return b"".join(parts)


def _cuts(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


@pytest.mark.parametrize("kind", _KINDS, ids=["request", "response", "from child", "to child"])
@given(data=_streams(), sizes=st.lists(st.integers(0, 50), max_size=30))
@settings(max_examples=150)
def test_where_a_stream_is_cut_never_changes_what_is_decoded(
    kind: Any, data: bytes, sizes: list[int]
) -> None:
    assert _outcome(kind, [data]) == _outcome(kind, list(_cuts(data, sizes)))


@given(message=_requests)
def test_requests_come_back_equal(message: wire.Request) -> None:
    assert list(_decoder(wire.Request).feed(wire.encode(message))) == [message]


@given(message=_reports)
def test_reports_of_children_come_back_equal(message: childwire.FromChild) -> None:
    assert list(_decoder(childwire.FromChild).feed(wire.encode(message))) == [message]


@given(length=st.integers(_CAP + 1, 2**32 - 1), rest=st.binary(max_size=30))
def test_a_frame_over_the_cap_is_refused_by_its_length_alone(length: int, rest: bytes) -> None:
    for kind in _KINDS:
        assert _outcome(kind, [struct.pack(">I", length) + rest]) == ([], True)


@pytest.mark.jail
@pytest.mark.parametrize("tier", TIERS)
async def test_garbage_on_the_socket_costs_its_connection_and_nothing_else(tier: str) -> None:
    with serving_in(tier, "--spares", "2") as path:
        async with connect(path) as executor:
            ref = await executor.open("well-behaved", SessionSpec(), 60)
            assert (await executor.run(ref, Cell("x = 41"), quiet)).status == "ok"
            chance = random.Random(11)
            await asyncio.gather(
                *(_misbehave(path, _garbage(chance, turn)) for turn in range(_GARBAGE_ROUNDS))
            )
            assert (await executor.run(ref, Cell("x + 1"), quiet)).value == "42"
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while _connections(path) != 1:
                    await asyncio.sleep(0.05)
            assert (await executor.capacity()).sessions == 1


@pytest.mark.jail
@pytest.mark.parametrize("tier", TIERS)
async def test_random_bytes_from_a_child_end_its_session_and_no_other(tier: str) -> None:
    with serving_in(tier, "--spares", "2") as path:
        async with connect(path) as executor:
            other = await executor.open("other", SessionSpec(), 60)
            await executor.run(other, Cell("x = 41"), quiet)
            for seed in range(8):
                ref = await executor.open("attacker", SessionSpec(), 60)
                code = (
                    f"import os, random, time\nos.write(3, random.Random({seed}).randbytes(5000))\n"
                    "time.sleep(10)"
                )
                result = await executor.run(ref, Cell(code), quiet)
                survived = result.alive and not result.restored
                assert (result.status, survived) == ("killed", False), seed
                assert (await executor.run(other, Cell("x + 1"), quiet)).value == "42"


def _connections(path: Path) -> int:
    """Count the supervisor's ends of the connections made to its socket."""
    rows = Path("/proc/net/unix").read_text().splitlines()
    return sum(row.endswith(f" {path}") for row in rows) - 1  # one of them listens


def _garbage(chance: random.Random, turn: int) -> list[bytes]:
    """Return what one bad client sends, piece by piece."""
    hello = wire.encode(wire.Hello(wire.PROTOCOL_VERSION))
    ask = wire.encode(wire.AskCapacity(1))
    mutated = bytearray(ask)
    mutated[chance.randrange(4, len(ask))] ^= 1 << chance.randrange(8)
    return [
        [chance.randbytes(chance.randrange(1, 5000))],
        [hello, chance.randbytes(500)],
        [hello, b"\xff\xff\xff\xff"],
        [hello, ask[: chance.randrange(1, len(ask))]],
        [hello[n : n + 1] for n in range(len(hello))],
        [hello * 2000],
        [hello, bytes(mutated)],
        [struct.pack(">I", wire.MAX_REQUEST_BYTES), b"\xc0" * 100_000],
    ][turn % 8]


async def _misbehave(path: Path, pieces: list[bytes]) -> None:
    reader, writer = await asyncio.open_unix_connection(str(path))
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.002)
        writer.write_eof()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while await reader.read(65536):
                pass
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
