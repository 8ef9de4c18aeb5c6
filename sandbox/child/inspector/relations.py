"""Tells which variables are one object, which lie in one storage, and whether writes show across them."""

from collections.abc import Callable
from time import thread_time

import numpy as np

from sandbox.child.inspector.memory import Place, home_of
from sandbox.child.inspector.metadata import Metadata
from sandbox.child.inspector.variables import Found, Variable
from sandbox.inspection import Sharing

_MOST_NAMES = 8
_MOST_EFFORT = 20_000
_MOST_DIMENSIONS = 32

Homes = dict[int, list[Variable]]

_shares_memory: Callable[..., bool] = np.shares_memory


def homes(found: Found, give_up: float) -> Homes:
    """Return the variables by the address of their storage, as many as there is time for."""
    owners: Homes = {}
    if len(found.tensors) < 2:
        return owners
    for number, one in enumerate(found.tensors):
        if number % 256 == 255 and thread_time() > give_up:
            break
        home = home_of(one.thing, one.kind)
        if home:
            owners.setdefault(home, []).append(one)
    return owners


def same_as(variable: Variable, found: Found) -> tuple[str, ...]:
    """Return other names of the same object."""
    names = found.names.get(id(variable.thing), ())
    if len(names) < 2:
        return ()
    return tuple(name for name in names if name != variable.name)[:_MOST_NAMES]


def shares_with(
    variable: Variable, place: Place | None, owners: Homes, read: dict[str, Metadata]
) -> tuple[Sharing, ...]:
    """Return other tensors in the storage of `variable`; of those not `read`, writes are unknown."""
    if place is None or len(others := owners.get(place.home, ())) < 2:
        return ()
    shared = []
    for other in others:
        if other.thing is variable.thing:
            continue
        there = read.get(other.name)
        there_place = there.place if there else None
        if there_place is not None and there_place.device != place.device:
            continue
        shown = None if there_place is None else writes_show(place, there_place)
        shared.append(Sharing(other.name, shown))
        if len(shared) == _MOST_NAMES:
            break
    return tuple(shared)


def writes_show(one: Place, other: Place) -> bool | None:
    """Tell whether two places have an element in common; None where that takes too long to tell."""
    low, high = one.extent()
    other_low, other_high = other.extent()
    if low >= other_high or other_low >= high:
        return False
    if _is_solid(one, high - low) and _is_solid(other, other_high - other_low):
        return True
    if max(len(one.shape), len(other.shape)) > _MOST_DIMENSIONS:
        return None
    try:
        return bool(_shares_memory(_bytes_at(one), _bytes_at(other), max_work=_MOST_EFFORT))
    except Exception:  # numpy.exceptions.TooHardError
        return None


def _is_solid(place: Place, reach: int) -> bool:
    """Tell whether every byte of its extent belongs to an element: it is dense, or repeats itself."""
    wide = [
        (abs(step), size) for step, size in zip(place.strides, place.shape, strict=True) if size > 1
    ]
    covered = place.item
    for step, size in sorted(wide):
        if step > covered:
            return False
        covered += step * (size - 1)
    return covered == reach


def _bytes_at(place: Place) -> object:
    return place.window(f"|V{place.item}")
