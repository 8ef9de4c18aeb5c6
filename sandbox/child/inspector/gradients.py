"""Looks at the `.grad` of a tensor: how long it is, and what became of it since the run before."""

from dataclasses import dataclass
from typing import Any

from sandbox.child.inspector import elements, metadata, statistics
from sandbox.child.inspector.memory import Base
from sandbox.child.inspector.variables import Variable
from sandbox.inspection import Gradient, GradientChange


@dataclass(frozen=True, slots=True)
class Slope:
    """What a gradient was like: `mark` differs when its elements do, as far as they were read."""

    mark: int | None
    norm: float | None
    address: int
    version: int | None


def read(variable: Variable, facts: metadata.Metadata, *, values: bool) -> Slope | None:
    """Return what the gradient of a tensor is like, None if it has none.

    That of a tensor which keeps none is not asked for: torch warns of it. With no time for
    `values`, or on another device, its elements are not read.
    """
    grad = _grad(variable)
    if grad is None:
        return None
    address = int(Base.data_ptr(grad)) if Base.layout.__get__(grad) is elements.STRIDED else 0
    one = Variable("", grad, "tensor", True)
    version = metadata.version_of(one)
    if not values or facts.fields["device"] != "cpu" or type(grad) is not elements.PLAIN:
        return Slope(None, None, address, version)
    inner = metadata.read(one)
    if inner.reading != "plain" or inner.elements > elements.EXACT_ON_CPU:
        return Slope(None, None, address, version)
    found = elements.in_memory(grad, inner, elements.wanted(inner, (), 1))
    if found is None or found.exact is None or found.exact.dtype.kind == "c":
        return Slope(None, None, address, version)
    checksum = elements.checksum(found.exact)
    return Slope(checksum, statistics.norm(found.exact), address, version)


def compare(now: Slope | None, before: Slope | None) -> Gradient | None:
    """Return what to report, given how the gradient of the same tensor was in the last report."""
    if now is None:
        return None if before is None else Gradient("gone", None)
    return Gradient(_change(now, before), now.norm)


def _change(now: Slope, before: Slope | None) -> GradientChange:
    if before is None:
        return "appeared"
    if now.norm == 0 and before.norm != 0:
        return "zeroed"
    if now.mark is not None and before.mark is not None:
        return "unchanged" if now.mark == before.mark else "changed"
    same = (now.address, now.version) == (before.address, before.version)
    return "unchanged" if same else "changed"


def _grad(variable: Variable) -> Any:
    if variable.kind != "tensor":
        return None
    tensor = variable.thing
    if Base.is_leaf.__get__(tensor) or Base.retains_grad.__get__(tensor):
        return Base.grad.__get__(tensor)
    return None
