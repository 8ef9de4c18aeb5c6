"""Whatever a hostile process could send in place of honest results, as hypothesis strategies."""

from typing import get_args

from hypothesis import strategies as st

from bot.tutor.arrays import STORAGE
from sandbox.wire import (
    CellError,
    Exports,
    ListValue,
    MissingValue,
    OpaqueValue,
    PlainValue,
    RaisedValue,
    Status,
    TensorValue,
)

_SHAPES = st.lists(st.integers(-(2**63), 2**64 - 1), max_size=5).map(tuple)
_LEAVES = st.one_of(
    st.builds(
        TensorValue,
        dtype=st.sampled_from([*STORAGE, "quint4x2", "\x00", "\ud800"]),
        shape=st.one_of(_SHAPES, st.lists(st.integers(0, 3), max_size=4).map(tuple)),
        data=st.binary(max_size=64),
        requires_grad=st.booleans(),
        device=st.text(max_size=10),
    ),
    st.builds(
        PlainValue, st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.integers())
    ),
    st.builds(RaisedValue, st.text(), st.text()),
    st.builds(MissingValue, st.text()),
    st.builds(OpaqueValue, st.text()),
)
VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        ListValue, st.sampled_from(["list", "tuple"]), st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


def exports(*keys: str) -> st.SearchStrategy[Exports]:
    """Return results that answer some of `keys`, and others that nobody asked for."""
    error = st.builds(
        CellError,
        type=st.sampled_from(["NameError", "SyntaxError", "RuntimeError", "", "\ud800"]),
        message=st.one_of(st.text(), st.just("name 'x' is not defined")),
        line=st.one_of(st.none(), st.integers()),
        traceback=st.text(),
    )
    return st.builds(
        Exports,
        status=st.sampled_from(get_args(Status)),
        values=st.dictionaries(st.one_of(st.sampled_from(keys), st.text()), VALUES, max_size=5),
        state=st.dictionaries(st.text(), VALUES, max_size=2),
        error=st.one_of(st.none(), error),
        failed_cell=st.one_of(st.none(), st.integers()),
        exited=st.booleans(),
        stdout=st.text(),
        seconds=st.floats(),
    )
