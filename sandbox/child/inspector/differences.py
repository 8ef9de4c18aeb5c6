"""Remembers what the last report saw, and tells what became of it; keeps no learner's object alive."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from sandbox.child.inspector.elements import Elements, checksum
from sandbox.child.inspector.gradients import Slope
from sandbox.child.inspector.metadata import Metadata, version_of
from sandbox.child.inspector.variables import Found, Variable
from sandbox.inspection import Change, Was

_MOST_DELETED = 24
_COUNTED = ("min", "mean", "max", "nan", "inf", "zeros")
_FACE = ("shape", "dtype", "device", "requires_grad")

Mark = tuple[Any, ...]


@dataclass(slots=True)
class Seen:
    """One variable as it was. What needed a closer look is None where it got none.

    `change`, `writes` and `was` are what the report said of it.
    """

    object: ref[Any]
    version: int | None
    change: Change = "new"
    writes: int = 0
    was: Was | None = None
    face: tuple[Any, ...] | None = None
    mark: Mark | None = None
    slope: Slope | None = None


@dataclass(slots=True)
class Difference:
    """What became of a variable, before and after a closer look: `before` is None if it is new."""

    change: Change
    before: Seen | None
    now: Seen


@dataclass(slots=True)
class Past:
    """All variables of the last report by their names, and marks of modules and optimisers."""

    variables: dict[str, Seen] = field(default_factory=dict)
    others: dict[str, tuple[ref[Any], Mark]] = field(default_factory=dict)

    def compare(self, variable: Variable) -> Difference:
        """Return what is known without reading any element."""
        before = self.variables.get(variable.name)
        version = version_of(variable)
        if before is None:
            return Difference("new", None, Seen(ref(variable.thing), version))
        if before.object() is not variable.thing:
            now = Seen(ref(variable.thing), version, "rebound")
            return Difference("rebound", before, now)
        change: Change = "unchanged" if version == before.version else "in_place"
        writes = max((version or 0) - (before.version or 0), 0)
        now = Seen(
            before.object, version, change, writes, None, before.face, before.mark, before.slope
        )  # what is not looked at closer is as it was, as far as is known
        return Difference(change, before, now)

    def compare_other(self, name: str, thing: object, mark: Mark) -> Change:
        """Return what became of a module or an optimiser whose inside is told by `mark`."""
        before = self.others.get(name)
        if before is None:
            return "new"
        if before[0]() is not thing:
            return "rebound"
        return "unchanged" if before[1] == mark else "in_place"

    def remember_other(self, name: str, thing: object, mark: Mark) -> None:
        """Keep the state of a module or an optimiser."""
        self.others[name] = (ref(thing), mark)

    def deleted(self, found: Found) -> tuple[str, ...]:
        """Return names that were there and are no more, none if not all names were looked at."""
        if not found.complete:
            return ()
        here = {name for names in found.names.values() for name in names}
        return tuple(name for name in self.variables if name not in here)[:_MOST_DELETED]


def look_closer(
    difference: Difference, facts: Metadata, elements: Elements | None, numbers: dict[str, Any]
) -> None:
    """Settle a difference by metadata, and by what was read of the elements.

    A view counts writes to all of its storage: if its own elements are what they were, it is
    unchanged. An array has no count, nor is a write behind torch's back counted: `writes` stays 0.
    """
    before, now = difference.before, difference.now
    now.face = tuple([facts.fields[name] for name in _FACE])
    now.mark = mark_of(elements, numbers)
    if before is None:
        return
    now.was = _was(before.face, now.face)
    if difference.change == "rebound":
        return
    alike = None if now.mark is None or before.mark is None else now.mark == before.mark
    if now.was is not None or alike is False:
        now.change = "in_place"
    elif alike and facts.is_view and elements is not None and elements.whole:
        now.change, now.writes = "unchanged", 0
    difference.change = now.change


def mark_of(elements: Elements | None, numbers: dict[str, Any]) -> Mark | None:
    """Return what differs when the elements that were read do."""
    if elements is None:
        return None
    return (checksum(elements.raw), *[numbers.get(name) for name in _COUNTED])


def first(differences: Iterable[tuple[Variable, Difference]], most: int) -> list[int]:
    """Return the positions of those to describe, in order: what changed goes first, then variables."""
    ranked = sorted(
        enumerate(differences),
        key=lambda pair: (pair[1][1].change == "unchanged", pair[1][0].is_element),
    )
    return sorted(position for position, _ in ranked[:most])


def _was(before: tuple[Any, ...] | None, now: tuple[Any, ...]) -> Was | None:
    if before is None or before == now:
        return None
    changed = {name: old for name, old, new in zip(_FACE, before, now, strict=True) if old != new}
    return Was(**changed)
