"""Sums up a session's optimisers from their own dictionaries, whatever they override."""

import math
from contextlib import suppress
from typing import Any

from sandbox.child.inspector.kinds import attributes, class_name, kind_of, well_known
from sandbox.child.inspector.memory import Base
from sandbox.inspection import OptimizerReport

_MOST_RATES = 4
_MOST_GROUPS = 100
_MOST_TENSORS = 3000
_MOST_KEPT = 16

Mark = tuple[Any, ...]


def summary(name: str, optimizer: Any) -> tuple[OptimizerReport, Mark]:
    """Return the report of an optimiser, and a mark of the state it is in."""
    held = attributes(optimizer)
    groups = _groups(held.get("param_groups"))
    rates = tuple(_rate(group) for group in groups[:_MOST_RATES])
    size, mark = _state(held.get("state"))
    report = OptimizerReport(
        name=name,
        kind=class_name(type(optimizer)),
        learning_rates=tuple(rate for rate in rates if rate is not None),
        tensors=sum(_length(group.get("params")) for group in groups),
        state_bytes=size,
    )
    return report, (rates, report.tensors, size, mark)


def _groups(groups: object) -> list[dict[Any, Any]]:
    if type(groups) is not list:
        return []
    return [group for group in groups[:_MOST_GROUPS] if type(group) is dict]


def _rate(group: dict[Any, Any]) -> float | None:
    rate = group.get("lr")
    if type(rate) is float and math.isfinite(rate):
        return rate
    return float(rate) if type(rate) is int and abs(rate) < 1 << 53 else None


def _length(params: object) -> int:
    return len(params) if type(params) is list else 0


def _state(state: Any) -> tuple[int, int]:
    """Return how many bytes an optimiser keeps, and a number that changes when it writes to them."""
    known, size, mark = well_known(), 0, 0
    if kind_of(type(state), known) != "dict":
        return 0, 0
    for kept in list(dict.values(state))[:_MOST_TENSORS]:
        for value in list(kept.values())[:_MOST_KEPT] if type(kept) is dict else ():
            if kind_of(type(value), known) == "tensor":
                with suppress(Exception):
                    size += int(Base.numel(value)) * int(Base.element_size(value))
                    mark = hash((mark, Base._version.__get__(value)))
    return size, mark
