"""Checks a session's report, which its learner can forge at will: what does not hold is left out."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, get_args

import msgspec

from bot.tutor.clean import clean
from bot.tutor.inspector.graph import in_order
from bot.tutor.inspector.seen import Detail, Module, Optimizer, Seen, Tensor, picture_bytes
from sandbox.inspection import (
    HISTOGRAM_BINS,
    MOST_DETAIL_CELLS,
    MOST_DETAILED,
    MOST_GRAPH_NODES,
    MOST_GRID_CELLS,
    MOST_MODULE_ROWS,
    MOST_PREVIEW_SIDE,
    MOST_REPORT_BYTES,
    Change,
    Gradient,
    GradientChange,
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
from sandbox.inspection import Detail as DetailReport

MOST_NAME = 60
"""Characters of a variable's name; the sandbox reports no longer ones."""

MOST_WORD = 32
MOST_DIMS = 64
MOST_SIZE = 2**62
MOST_COUNT = 10**7
MOST_OTHERS = 8
MOST_MODULES = 8
MOST_RATES = 4
MOST_VALUE_CHARS = 2000
MOST_VALUE_LINES = 40
UNKNOWN = "?"

LAYOUTS = frozenset(
    (
        "strided",
        "sparse_coo",
        "sparse_csr",
        "sparse_csc",
        "sparse_bsr",
        "sparse_bsc",
        "jagged",
        "_mkldnn",
    )
)
BYTES_OF = {
    "bool": 1,
    **dict.fromkeys(("int8", "uint8", "float8_e4m3fn", "float8_e5m2"), 1),
    **dict.fromkeys(("int16", "uint16", "float16", "bfloat16"), 2),
    **dict.fromkeys(("int32", "uint32", "float32", "complex32"), 4),
    **dict.fromkeys(("int64", "uint64", "float64", "complex64"), 8),
    "complex128": 16,
}
_DTYPE = re.compile(r"[A-Za-z0-9_<>|=.\[\]]{1,32}")
_DEVICE = re.compile(r"[a-z]{2,16}(:[0-9]{1,3})?")
_CHANGES: frozenset[Any] = frozenset(get_args(Change))
_GRADIENT_CHANGES: frozenset[Any] = frozenset(get_args(GradientChange))
_TROUBLES: frozenset[Any] = frozenset(("busy", "device_error"))

Item = TypeVar("Item")
Made = TypeVar("Made")


def checked(report: Inspection) -> Seen:
    """Return what holds of `report`; a tensor whose shape is none is left out."""
    tensors = _some(_tensor, report.tensors[:MOST_DETAILED])
    detail = _detail(report.detail) if report.detail else None
    return Seen(
        tensors=_within_budget(_once(tensors)),
        omitted=_count(report.omitted) or 0,
        modules=tuple(map(_module, report.modules[:MOST_MODULES])),
        optimizers=tuple(map(_optimizer, report.optimizers[:MOST_MODULES])),
        deleted=_names(report.deleted, MOST_DETAILED),
        detail=detail,
    )


def _some(make: Callable[[Item], Made | None], items: Iterable[Item]) -> list[Made]:
    made = (make(item) for item in items)
    return [one for one in made if one is not None]


def _once(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the tensors whose names are all different, as a reader sees them."""
    return list({one.name: one for one in reversed(tensors)}.values())[::-1]


def _within_budget(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Leave out pictures once those before have taken up what a whole report may."""
    left, kept = MOST_REPORT_BYTES, []
    for one in tensors:
        left -= picture_bytes(one)
        kept.append(one if left >= 0 else msgspec.structs.replace(one, grid=None, preview=None))
    return tuple(kept)


# Tensors ----------------------------------------------------------------------------------------


def _tensor(report: TensorReport, most_cells: int = MOST_GRID_CELLS) -> Tensor | None:
    shape, name = _shape(report.shape), _name(report.name)
    if shape is None or not name:
        return None
    return Tensor(
        **_identity(report, shape, name),
        **_statistics(report, math.prod(shape)),
        **_relations(report, name),
        values=_values(report.values),
        grid=_grid(report.grid, shape, most_cells),
        preview=_preview(report.preview, shape),
        histogram=_histogram(report.histogram),
        gradient=_gradient(report.gradient),
        change=report.change if report.change in _CHANGES else "unchanged",
        writes=_count(report.writes) or 0,
        was=_was(report.was),
        trouble=report.trouble if report.trouble in _TROUBLES else None,
    )


def _identity(report: TensorReport, shape: tuple[int, ...], name: str) -> dict[str, Any]:
    strides = report.strides if len(report.strides) == len(shape) else ()
    dtype, layout = _dtype(report.dtype), _layout(report.layout)
    return {
        "name": name,
        "key": report.name[:MOST_NAME],
        "shape": shape,
        "dtype": dtype,
        "device": _device(report.device),
        "requires_grad": report.requires_grad,
        "grad_fn": _name(report.grad_fn) if report.grad_fn else None,
        "bytes": _bytes(report.bytes, shape, dtype, layout),
        "kind": _name(report.kind) or UNKNOWN,
        "layout": layout,
        "storage_bytes": _count(report.storage_bytes, MOST_SIZE),
        "is_leaf": report.is_leaf,
        "contiguous": report.contiguous,
        "strides": strides if all(abs(one) <= MOST_SIZE for one in strides) else (),
    }


def _statistics(report: TensorReport, elements: int) -> dict[str, Any]:
    low, mean, high = _finite(report.min), _finite(report.mean), _finite(report.max)
    if low is not None and high is not None and low > high:
        low = mean = high = None
    std = _finite(report.std)
    return {
        "min": low,
        "mean": mean,
        "max": high,
        "std": std if std is not None and std >= 0 else None,
        "nan": _count(report.nan, elements),
        "inf": _count(report.inf, elements),
        "zeros": _count(report.zeros, elements),
        "approximate": report.approximate,
    }


def _relations(report: TensorReport, name: str) -> dict[str, Any]:
    shared = [
        Sharing(other, one.writes_show)
        for one in report.shares_with[:MOST_OTHERS]
        if (other := _name(one.name)) and other != name
    ]
    same = tuple(one for one in _names(report.same_as, MOST_OTHERS) if one != name)
    return {"same_as": same, "shares_with": tuple(dict.fromkeys(shared))}


def _bytes(claimed: int, shape: tuple[int, ...], dtype: str, layout: str) -> int:
    """Return the claim, and never more than so many elements can take."""
    size = BYTES_OF.get(dtype) if layout == "strided" else None
    most = MOST_SIZE if size is None else min(math.prod(shape) * size, MOST_SIZE)
    return min(max(claimed, 0), most)


def _values(text: str | None) -> str | None:
    if not text:
        return None
    lines = clean(text, MOST_VALUE_CHARS, lines=True).splitlines()
    return "\n".join(lines[:MOST_VALUE_LINES] + ["…"] * (len(lines) > MOST_VALUE_LINES))


def _grid(grid: Grid | None, shape: tuple[int, ...], most_cells: int) -> Grid | None:
    """Return `grid` if it can be one of a tensor of this shape."""
    if grid is None:
        return None
    height, width = (1, 1, *shape)[-2:]
    fits = (
        _covers(grid.rows, grid.row_step, height)
        and _covers(grid.columns, grid.column_step, width)
        and grid.rows * grid.columns <= most_cells
        and len(grid.data) == 4 * grid.rows * grid.columns
        and _is_index(grid.index, shape)
    )
    return grid if fits else None


def _covers(count: int, step: int, size: int) -> bool:
    """Tell whether every `step`-th of `size` elements can be `count` of them."""
    return count >= 1 and step >= 1 and (count - 1) * step < size


def _is_index(index: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    leading = shape[:-2]
    pairs = zip(index, leading, strict=False)
    return len(index) == len(leading) and all(0 <= one < size for one, size in pairs)


def _preview(preview: Preview | None, shape: tuple[int, ...]) -> Preview | None:
    """Return `preview` if it can be the picture of a tensor of this shape."""
    if preview is None or not 2 <= len(shape) <= 4:
        return None
    fits = (
        1 <= preview.width <= MOST_PREVIEW_SIDE
        and 1 <= preview.height <= MOST_PREVIEW_SIDE
        and preview.channels in (1, 3)
        and len(preview.data) == preview.width * preview.height * preview.channels
        and _covers(max(preview.width, preview.height), preview.step, max(shape))
    )
    return preview if fits else None


def _histogram(histogram: Histogram | None) -> Histogram | None:
    if histogram is None:
        return None
    counts, low, high = histogram.counts, _finite(histogram.low), _finite(histogram.high)
    fits = (
        low is not None
        and high is not None
        and low <= high
        and 1 <= len(counts) <= HISTOGRAM_BINS
        and all(0 <= count <= MOST_SIZE for count in counts)
        and any(counts)
    )
    return histogram if fits else None


def _gradient(gradient: Gradient | None) -> Gradient | None:
    if gradient is None or gradient.change not in _GRADIENT_CHANGES:
        return None
    norm = _finite(gradient.norm)
    return Gradient(gradient.change, norm if norm is not None and norm >= 0 else None)


def _was(was: Was | None) -> Was | None:
    if was is None:
        return None
    kept = Was(
        shape=None if was.shape is None else _shape(was.shape),
        dtype=None if was.dtype is None else _dtype(was.dtype),
        device=None if was.device is None else _device(was.device),
        requires_grad=was.requires_grad,
    )
    return None if kept == Was() else kept


# Modules, optimisers, one tensor in depth -------------------------------------------------------


def _module(report: ModuleReport) -> Module:
    parameters = _count(report.parameters, MOST_SIZE) or 0
    rows = report.rows[:MOST_MODULE_ROWS]
    return Module(
        name=_name(report.name) or UNKNOWN,
        kind=_name(report.kind) or UNKNOWN,
        parameters=parameters,
        trainable=_count(report.trainable, parameters) or 0,
        bytes=_count(report.bytes, MOST_SIZE) or 0,
        training=report.training,
        rows=tuple(
            ModuleRow(_name(row.name), _name(row.kind), _count(row.parameters, MOST_SIZE) or 0)
            for row in rows
        ),
        more_rows=(_count(report.more_rows) or 0) + len(report.rows) - len(rows),
        change=report.change if report.change in _CHANGES else "unchanged",
    )


def _optimizer(report: OptimizerReport) -> Optimizer:
    return Optimizer(
        name=_name(report.name) or UNKNOWN,
        kind=_name(report.kind) or UNKNOWN,
        learning_rates=tuple(_some(_finite, report.learning_rates[:MOST_RATES])),
        tensors=_count(report.tensors) or 0,
        state_bytes=_count(report.state_bytes, MOST_SIZE) or 0,
        change=report.change if report.change in _CHANGES else "unchanged",
    )


def _detail(report: DetailReport) -> Detail | None:
    tensor = _tensor(report.report, MOST_DETAIL_CELLS)
    if tensor is None:
        return None
    index = report.index if _is_index(report.index, tensor.shape) else ()
    nodes = in_order(tuple(map(_node, report.graph[:MOST_GRAPH_NODES])))
    left = len(report.graph) - len(report.graph[:MOST_GRAPH_NODES])
    return Detail(tensor, index, nodes, (_count(report.more_nodes) or 0) + left)


def _node(node: GraphNode) -> GraphNode:
    return GraphNode(
        name=_name(node.name) if node.name is not None else None,
        variable=_name(node.variable) if node.variable is not None else None,
        shape=None if node.shape is None else _shape(node.shape),
        inputs=node.inputs,
    )


# Words and numbers ------------------------------------------------------------------------------


def _shape(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    fits = len(shape) <= MOST_DIMS and all(0 <= size <= MOST_SIZE for size in shape)
    return shape if fits else None


def _name(name: str) -> str:
    return clean(name, MOST_NAME).strip()


def _names(names: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_name, names[:most]))))


def _dtype(word: str) -> str:
    return word if _DTYPE.fullmatch(word) else UNKNOWN


def _device(word: str) -> str:
    return word if _DEVICE.fullmatch(word) else UNKNOWN


def _layout(word: str) -> str:
    return word if word in LAYOUTS else UNKNOWN


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _count(number: int | None, most: int = MOST_COUNT) -> int | None:
    """Return a number of things; None where it cannot be one."""
    return number if number is not None and 0 <= number <= most else None
