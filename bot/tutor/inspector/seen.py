"""What is known of a session's variables once its report was checked; only this is ever shown.

The fields are those of `sandbox.inspection`. Only `bot.tutor.inspector.checking` makes these values.
"""

import math
import struct
from dataclasses import dataclass, replace

import msgspec

from sandbox.inspection import (
    GraphNode,
    Grid,
    ModuleReport,
    OptimizerReport,
    TensorReport,
)

WHOLE_KINDS = ("int", "uint", "bool", "quint", "qint")


class Tensor(TensorReport, frozen=True):
    """A checked tensor. `name` is safe to show, `key` is what the session calls it."""

    key: str = ""

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def is_whole(self) -> bool:
        """Whether the elements are whole numbers or truth values."""
        return self.dtype.startswith(WHOLE_KINDS)

    @property
    def has_news(self) -> bool:
        """Whether the last run made or changed it, or its gradient."""
        gradient = self.gradient is not None and self.gradient.change != "unchanged"
        return self.change != "unchanged" or gradient or self.was is not None


class Module(ModuleReport, frozen=True):
    """A checked module."""


class Optimizer(OptimizerReport, frozen=True):
    """A checked optimiser."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One tensor in depth; the nodes of `graph` come before their inputs, its own first."""

    tensor: Tensor
    index: tuple[int, ...] = ()
    graph: tuple[GraphNode, ...] = ()
    more_nodes: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The variables of a session after a run; `omitted` counts tensors that are not described."""

    tensors: tuple[Tensor, ...] = ()
    omitted: int = 0
    modules: tuple[Module, ...] = ()
    optimizers: tuple[Optimizer, ...] = ()
    deleted: tuple[str, ...] = ()
    detail: Detail | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.tensors or self.omitted or self.modules or self.optimizers)

    @property
    def changes(self) -> int:
        """How many tensors the last run made, changed or deleted."""
        return sum(one.has_news for one in self.tensors) + len(self.deleted)

    @property
    def weight(self) -> int:
        """About how many bytes it takes to remember this."""
        pictures = sum(picture_bytes(one) for one in self.tensors)
        records = len(self.tensors) + len(self.modules) + len(self.optimizers)
        return 1024 * (records + 1) + pictures

    def tensor(self, name: str) -> Tensor | None:
        """Return the tensor that is called or shown as `name`."""
        return next((one for one in self.tensors if name in (one.key, one.name)), None)

    def settled(self) -> "Seen":
        """Return the same variables as they are when nothing has happened since."""
        return replace(
            self,
            tensors=tuple(map(_settled_tensor, self.tensors)),
            modules=tuple(msgspec.structs.replace(one, change="unchanged") for one in self.modules),
            optimizers=tuple(
                msgspec.structs.replace(one, change="unchanged") for one in self.optimizers
            ),
            deleted=(),
        )


def _settled_tensor(one: Tensor) -> Tensor:
    gradient = one.gradient
    if gradient is not None and gradient.change == "gone":
        gradient = None
    elif gradient is not None:
        gradient = msgspec.structs.replace(gradient, change="unchanged")
    return msgspec.structs.replace(one, change="unchanged", writes=0, was=None, gradient=gradient)


def picture_bytes(one: TensorReport) -> int:
    """Return how many bytes the pictures of a tensor take up."""
    grid = len(one.grid.data) if one.grid else 0
    return grid + (len(one.preview.data) if one.preview else 0)


def cells_of(grid: Grid) -> tuple[float, ...]:
    """Return the elements of a checked grid, row by row."""
    return struct.unpack(f"<{grid.rows * grid.columns}f", grid.data)
