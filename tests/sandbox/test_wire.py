"""The frame decoder takes exactly what is declared, whatever arrives."""

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import childwire, wire


def _decoder(limit: int = 1 << 20) -> wire.FrameDecoder[wire.Request]:
    return wire.FrameDecoder(wire.Request, limit)


_RUN = wire.Run(
    7,
    wire.SessionRef("a", "b"),
    wire.Cell("x", given={"t": wire.TensorValue("float32", (1,), b"\0\0\0\0")}),
)


def test_a_frame_comes_back_equal() -> None:
    assert list(_decoder().feed(wire.encode(_RUN))) == [_RUN]


@given(st.lists(st.integers(1, 40), max_size=30))
def test_frames_survive_any_splitting(sizes: list[int]) -> None:
    data = wire.encode(_RUN) * 3
    decoder = _decoder()
    heard: list[wire.Request] = []
    for size in sizes:
        heard += decoder.feed(data[:size])
        data = data[size:]
    heard += decoder.feed(data)
    assert heard == [_RUN] * 3


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_wait_for_more(data: bytes) -> None:
    try:
        for message in _decoder(1 << 10).feed(data):
            assert isinstance(message, msgspec.Struct)
    except wire.WireError:
        pass


@given(st.binary(max_size=200))
def test_random_bodies_from_a_child_are_refused(body: bytes) -> None:
    decoder: wire.FrameDecoder[childwire.FromChild] = wire.FrameDecoder(
        childwire.FromChild, 1 << 10
    )
    frame = struct.pack(">I", len(body)) + body
    with pytest.raises(wire.WireError):
        list(decoder.feed(frame))


def test_a_frame_over_the_limit_is_refused_before_it_arrives() -> None:
    with pytest.raises(wire.WireError, match="over the limit"):
        list(_decoder(10).feed(struct.pack(">I", 11)))


@pytest.mark.parametrize(
    "body",
    [
        {"is": "Run", "id": 1},
        {"is": "Nothing", "id": 1},
        {"is": "AskCapacity", "id": "1"},
        {"is": "AskCapacity", "id": 1, "more": 2},
        {"id": 1},
        [],
    ],
)
def test_missing_unknown_and_wrong_fields_are_refused(body: object) -> None:
    encoded = msgspec.msgpack.encode(body)
    with pytest.raises(wire.WireError, match="not a frame"):
        list(_decoder().feed(struct.pack(">I", len(encoded)) + encoded))


def test_deeply_nested_values_are_refused() -> None:
    value = b"\xc0"
    for _ in range(100_000):
        value = b"\x83\xa2is\xa4list\xa4kind\xa4list\xa5items\x91" + value
    body = (
        b"\x84\xa2is\xa3Run\xa2id\x01\xa3ref\x82\xaasession_id\xa1a\xa5epoch\xa1b\xa4cell"
        b"\x82\xa4code\xa1x\xa5given\x81\xa1t" + value
    )
    with pytest.raises(wire.WireError):
        list(_decoder(1 << 25).feed(struct.pack(">I", len(body)) + body))
