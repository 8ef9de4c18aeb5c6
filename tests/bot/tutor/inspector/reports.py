"""Reports as a test needs them, and as a hostile process could send them."""

import struct
from typing import Any

from hypothesis import strategies as st

from bot.locales.catalogues import load_catalogues
from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.seen import Seen, Tensor
from sandbox.inspection import (
    Detail,
    Gradient,
    GraphNode,
    Grid,
    Histogram,
    Inspection,
    ModuleReport,
    ModuleRow,
    OptimizerReport,
    Preview,
    Sharing,
    TensorReport,
    Was,
)
from tests.doubles.fake_runner import tensor

ENGLISH = load_catalogues().in_locale("en")
KOREAN = load_catalogues().in_locale("ko")


def seen(*reports: TensorReport, **more: Any) -> Seen:
    return checked(Inspection(tensors=reports, **more))


def one(name: str = "x", **more: Any) -> Tensor:
    (found,) = seen(tensor(name, **more)).tensors
    return found


def grid(*rows: tuple[float, ...], **more: Any) -> Grid:
    flat = [value for row in rows for value in row]
    return Grid(len(rows), len(rows[0]), struct.pack(f"<{len(flat)}f", *flat), **more)


_ANY = st.integers(-(2**63), 2**64 - 1)
_SMALL = st.integers(-2, 30)
_COUNTS = st.one_of(_SMALL, _ANY)
_SHAPES = st.one_of(
    st.lists(_COUNTS, max_size=70).map(tuple), st.lists(st.integers(0, 5), max_size=5).map(tuple)
)
_TEXT = st.one_of(
    st.text(max_size=200), st.sampled_from(["x", "\u202ex", "a\u200bb", "\x1b[2J", "```", "\ud800"])
)
_FLOATS = st.one_of(st.none(), st.floats())
_NAMES = st.lists(_TEXT, max_size=40).map(tuple)
_DATA = st.one_of(st.binary(max_size=64), st.integers(0, 30).map(bytes), st.just(bytes(16)))
_GRIDS = st.builds(
    Grid,
    rows=_COUNTS,
    columns=_COUNTS,
    data=st.one_of(_DATA, st.just(bytes(4)), st.just(bytes(24))),
    row_step=_COUNTS,
    column_step=_COUNTS,
    index=_SHAPES,
)
_PREVIEWS = st.builds(
    Preview, _COUNTS, _COUNTS, st.sampled_from([1, 3]), _DATA, st.one_of(st.just(1), _COUNTS)
)
_HISTOGRAMS = st.builds(Histogram, st.floats(), st.floats(), st.lists(_COUNTS).map(tuple))
_CHANGES = st.sampled_from(["new", "rebound", "in_place", "unchanged", "evil"])
_TENSORS = st.builds(
    TensorReport,
    name=_TEXT,
    shape=_SHAPES,
    dtype=st.one_of(_TEXT, st.just("float32")),
    device=st.one_of(_TEXT, st.just("cuda:0")),
    requires_grad=st.booleans(),
    grad_fn=st.one_of(st.none(), _TEXT),
    bytes=_COUNTS,
    kind=_TEXT,
    layout=_TEXT,
    storage_bytes=st.one_of(st.none(), _COUNTS),
    is_leaf=st.booleans(),
    contiguous=st.booleans(),
    strides=_SHAPES,
    min=_FLOATS,
    mean=_FLOATS,
    max=_FLOATS,
    std=_FLOATS,
    nan=st.one_of(st.none(), _COUNTS),
    inf=st.one_of(st.none(), _COUNTS),
    zeros=st.one_of(st.none(), _COUNTS),
    approximate=st.booleans(),
    values=st.one_of(st.none(), _TEXT),
    grid=st.one_of(st.none(), _GRIDS),
    preview=st.one_of(st.none(), _PREVIEWS),
    histogram=st.one_of(st.none(), _HISTOGRAMS),
    gradient=st.one_of(
        st.none(),
        st.builds(Gradient, st.sampled_from(["appeared", "zeroed", "gone", "evil"]), _FLOATS),
    ),
    change=_CHANGES,
    writes=_COUNTS,
    was=st.one_of(
        st.none(),
        st.builds(
            Was,
            st.one_of(st.none(), _SHAPES),
            st.one_of(st.none(), _TEXT),
            st.one_of(st.none(), _TEXT),
            st.one_of(st.none(), st.booleans()),
        ),
    ),
    same_as=_NAMES,
    shares_with=st.lists(
        st.builds(Sharing, _TEXT, st.sampled_from([None, True, False])), max_size=20
    ).map(tuple),
    trouble=st.sampled_from([None, "busy", "device_error", "evil"]),
)
_MODULES = st.builds(
    ModuleReport,
    _TEXT,
    _TEXT,
    _COUNTS,
    _COUNTS,
    _COUNTS,
    st.booleans(),
    st.lists(st.builds(ModuleRow, _TEXT, _TEXT, _COUNTS), max_size=12).map(tuple),
    _COUNTS,
    _CHANGES,
)
_OPTIMIZERS = st.builds(
    OptimizerReport,
    _TEXT,
    _TEXT,
    st.lists(st.floats(), max_size=8).map(tuple),
    _COUNTS,
    _COUNTS,
    _CHANGES,
)
_NODES = st.builds(
    GraphNode,
    st.one_of(st.none(), _TEXT),
    st.one_of(st.none(), _TEXT),
    st.one_of(st.none(), _SHAPES),
    st.lists(st.integers(-1, 8), max_size=6).map(tuple),
)
_DETAILS = st.builds(Detail, _TENSORS, _SHAPES, st.lists(_NODES, max_size=40).map(tuple), _COUNTS)
REPORTS = st.builds(
    Inspection,
    tensors=st.lists(_TENSORS, max_size=30).map(tuple),
    omitted=_COUNTS,
    modules=st.lists(_MODULES, max_size=10).map(tuple),
    optimizers=st.lists(_OPTIMIZERS, max_size=10).map(tuple),
    deleted=_NAMES,
    detail=st.one_of(st.none(), _DETAILS),
)
