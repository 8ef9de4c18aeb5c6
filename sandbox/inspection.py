"""What the inspector reports of a session's variables after a run.

A child writes it, so learner code can forge all of it: it is shown, after validation on the trusted
side, and never graded with. Counts are of elements and sizes in bytes. "Since the run before" means
since the report before this one; in a first report everything is new.
"""

from typing import Literal

from sandbox.record import WireRecord

MOST_DETAILED = 24
"""Tensors that are described; of those beyond only the number is known."""

MOST_REPORT_BYTES = 48 * 1024
"""Longest encoded report; pictures of the tensors that did not change are left out first."""

MOST_GRID_CELLS = 576
"""Cells of a heat map in a report (24 by 24); a `Detail` may have `MOST_DETAIL_CELLS`."""

MOST_DETAIL_CELLS = 4096
MOST_PREVIEW_SIDE = 64
HISTOGRAM_BINS = 20
MOST_GRAPH_NODES = 30
MOST_MODULE_ROWS = 8

Change = Literal["new", "rebound", "in_place", "unchanged"]
GradientChange = Literal["appeared", "zeroed", "gone", "changed", "unchanged"]


class Grid(WireRecord, frozen=True):
    """Elements of a matrix, every `row_step`-th row and `column_step`-th column of it.

    `data` is `rows` times `columns` little-endian float32, row by row. A vector is one row, a number
    one cell; of a tensor with more than two dimensions it is the slice at `index` of the leading ones.
    """

    rows: int
    columns: int
    data: bytes
    row_step: int = 1
    column_step: int = 1
    index: tuple[int, ...] = ()


class Preview(WireRecord, frozen=True):
    """A tensor that looks like an image, as 8-bit pixels row by row: 1 (grey) or 3 channels.

    `step` tells that one in so many rows and columns is there.
    """

    width: int
    height: int
    channels: Literal[1, 3]
    data: bytes
    step: int = 1


class Histogram(WireRecord, frozen=True):
    """How many finite elements of the sample lie in each of equal bins from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


class Sharing(WireRecord, frozen=True):
    """Another name in the same storage. `writes_show`: a write to one shows in the other.

    None where that cannot be told within the time there is.
    """

    name: str
    writes_show: bool | None


class Was(WireRecord, frozen=True):
    """What was different before this run; None where it is as it was."""

    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    device: str | None = None
    requires_grad: bool | None = None


class Gradient(WireRecord, frozen=True):
    """The `.grad` of a tensor: its Euclidean norm, unless it is gone or too large to look at."""

    change: GradientChange
    norm: float | None


class TensorReport(WireRecord, frozen=True):
    """What the inspector saw of one tensor or NumPy array.

    `name` is the expression that leads to it: "x", "batch['image']", "pair[0]", "point.left". `kind`
    is "Tensor", "Parameter", "ndarray" or the name of a tensor's subclass. An object that several
    elements of containers are, or that has a name of its own, is reported once; two names of its own
    are two reports. `same_as` are its other names, `shares_with` other tensors in its storage.

    `bytes` are what the elements take, at most all of the storage. Strides are in elements.

    Statistics are over finite elements; with `approximate` they and the counts are those of a
    sample. `std` is what `x.std()` is: torch divides by n - 1, NumPy by n. Above 16,384 elements it
    and the histogram are a sample's in any case. All of them are None where elements cannot be read.
    What has a `preview` has no `grid`, but in a `Detail`.

    `writes` counts changes in place since the run before: 0 with "in_place" where nobody counted
    them (NumPy arrays, `x.data`). A view whose own elements are what they were is "unchanged".
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    requires_grad: bool
    grad_fn: str | None
    bytes: int
    kind: str = "Tensor"
    layout: str = "strided"
    storage_bytes: int | None = None
    is_leaf: bool = True
    contiguous: bool = True
    strides: tuple[int, ...] = ()
    min: float | None = None
    mean: float | None = None
    max: float | None = None
    std: float | None = None
    nan: int | None = None
    inf: int | None = None
    zeros: int | None = None
    approximate: bool = False
    values: str | None = None
    grid: Grid | None = None
    preview: Preview | None = None
    histogram: Histogram | None = None
    gradient: Gradient | None = None
    change: Change = "new"
    writes: int = 0
    was: Was | None = None
    same_as: tuple[str, ...] = ()
    shares_with: tuple[Sharing, ...] = ()
    trouble: Literal["busy", "device_error"] | None = None


class ModuleRow(WireRecord, frozen=True):
    """A direct child of a module: its name, class, and the number of its parameters' elements."""

    name: str
    kind: str
    parameters: int


class ModuleReport(WireRecord, frozen=True):
    """An `nn.Module`: parameters that several children share are counted once, in elements and `bytes`.

    "in_place": a parameter was written to, replaced or frozen, or the mode was changed.
    """

    name: str
    kind: str
    parameters: int
    trainable: int
    bytes: int
    training: bool
    rows: tuple[ModuleRow, ...] = ()
    more_rows: int = 0
    change: Change = "new"


class OptimizerReport(WireRecord, frozen=True):
    """An optimiser: learning rate of each group (at most four), and how many tensors it moves.

    "in_place": its state or a learning rate changed, as a step does to all but the simplest.
    """

    name: str
    kind: str
    learning_rates: tuple[float, ...]
    tensors: int
    state_bytes: int
    change: Change = "new"


class GraphNode(WireRecord, frozen=True):
    """A step of autograd's graph. `inputs` are positions of other nodes in the same tuple.

    `name` is the operation ("MmBackward0"), or None for a leaf; `variable` the name bound to its
    result, where one is; `shape` that of the result, where it is known.
    """

    name: str | None
    variable: str | None
    shape: tuple[int, ...] | None
    inputs: tuple[int, ...] = ()


class Detail(WireRecord, frozen=True):
    """The answer to a `Look`: one tensor in depth, the node of its own value first in `graph`.

    A node's `inputs` all come after it. `report.change` is what the last report said. Of a batch of
    images, `report.preview` is the one at `index[0]`.
    """

    report: TensorReport
    index: tuple[int, ...] = ()
    graph: tuple[GraphNode, ...] = ()
    more_nodes: int = 0


class Look(WireRecord, frozen=True):
    """Asks for one tensor in depth, by the `name` of its report.

    `index` chooses a slice along the leading dimensions of one with more than two; what is missing
    is 0, what is out of range the last.
    """

    name: str
    index: tuple[int, ...] = ()


class Inspection(WireRecord, frozen=True):
    """The variables of a session after a run; `omitted` counts tensors that are not described.

    At most eight modules and as many optimisers, the newest ones.

    `deleted` are names of tensors that were there the run before.
    """

    tensors: tuple[TensorReport, ...]
    omitted: int = 0
    modules: tuple[ModuleReport, ...] = ()
    optimizers: tuple[OptimizerReport, ...] = ()
    deleted: tuple[str, ...] = ()
    detail: Detail | None = None
