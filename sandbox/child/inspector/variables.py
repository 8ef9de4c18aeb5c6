"""Finds a session's tensors, arrays, modules and optimisers, one level into containers too."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.child.inspector.kinds import Kind, Known, fields_of, kind_of, text, well_known

_MOST_NAMES = 50_000
_MOST_LISTED = 2000
_MOST_IN_CONTAINER = 64
_MOST_IN_CONTAINERS = 2000
_MOST_KEY = 32

_CONTAINERS: tuple[Kind, ...] = ("list", "tuple", "dict", "dataclass")


class Variable(NamedTuple):
    """A tensor or an array, and the expression that leads to it. An element has no name of its own."""

    name: str
    thing: Any
    kind: Kind
    is_element: bool


@dataclass(slots=True)
class Found:
    """What the namespace holds, in its order. `names` are all that an object goes by, by its `id`.

    An element that has a name of its own, or is in a second container, is listed once. `unread`
    counts tensors that were too many, or cannot be read without running their code. `complete`
    tells that no limit kept anything out.
    """

    tensors: list[Variable] = field(default_factory=list)
    modules: list[tuple[str, Any]] = field(default_factory=list)
    optimizers: list[tuple[str, Any]] = field(default_factory=list)
    names: dict[int, list[str]] = field(default_factory=dict)
    unread: int = 0
    complete: bool = True


def find(namespace: dict[str, Any]) -> Found:
    """Return what is bound to names that do not begin with an underscore: of very many, the newest."""
    known, found = well_known(), Found()
    every = list(dict.items(namespace))
    relevant = [
        (name, thing, kind)
        for name, thing in every[-_MOST_NAMES:]
        if (kind := known.get(id(type(thing))) or kind_of(type(thing), known)) != "other"
        and type(name) is str
        and name[:1] != "_"
    ]
    found.complete = len(every) <= _MOST_NAMES and len(relevant) <= _MOST_LISTED
    found.unread = sum(kind in ("tensor", "array") for _, _, kind in relevant[:-_MOST_LISTED])
    room = _MOST_IN_CONTAINERS
    for name, thing, kind in relevant[-_MOST_LISTED:]:
        if kind not in _CONTAINERS:
            _add(found, text(name), thing, kind)
        elif room > 0:
            with suppress(BaseException):  # of keys that raise when they are compared
                room -= _add_elements(found, text(name), thing, kind, known)
    _list_once(found)
    return found


def _add(found: Found, name: str, thing: Any, kind: Kind) -> None:
    if kind in ("tensor", "array"):
        found.tensors.append(Variable(name, thing, kind, False))
        found.names.setdefault(id(thing), []).append(name)
    elif kind == "module":
        found.modules.append((name, thing))
    elif kind == "optimizer":
        found.optimizers.append((name, thing))
    else:
        found.unread += 1


def _add_elements(found: Found, name: str, container: Any, kind: Kind, known: Known) -> int:
    """Add the tensors in `container`; returns how many elements were looked at."""
    seen = 0
    for where, element in _elements(container, kind):
        seen += 1
        element_kind = known.get(id(type(element))) or kind_of(type(element), known)
        if element_kind in ("tensor", "array"):
            found.tensors.append(Variable(name + where, element, element_kind, True))
            found.names.setdefault(id(element), []).append(name + where)
    return seen


def _elements(container: Any, kind: Kind) -> Iterator[tuple[str, Any]]:
    """Yield the first elements of a container, each with what follows its name in the expression."""
    if kind in ("list", "tuple"):
        take: Any = list.__getitem__ if kind == "list" else tuple.__getitem__
        items = take(container, slice(_MOST_IN_CONTAINER))
        return ((f"[{index}]", item) for index, item in enumerate(items))
    if kind == "dict":
        pairs = list(dict.items(container))[:_MOST_IN_CONTAINER]
        return ((f"[{_key(key)}]", item) for key, item in pairs if type(key) in (str, int))
    return ((f".{text(field)}", item) for field, item in fields_of(container, _MOST_IN_CONTAINER))


def _key(key: str | int) -> str:
    if type(key) is str:
        return repr(text(key, _MOST_KEY))
    return str(key) if -(1 << 63) <= key < 1 << 63 else "…"  # type: ignore[operator]


def _list_once(found: Found) -> None:
    """Keep an element only where it is the first name of its object, and no variable has it."""
    if not any(one.is_element for one in found.tensors):
        return
    taken = {id(one.thing) for one in found.tensors if not one.is_element}
    kept = []
    for one in found.tensors:
        if one.is_element:
            if id(one.thing) in taken:
                continue
            taken.add(id(one.thing))
        kept.append(one)
    found.tensors = kept
