"""Sums up the `nn.Module`s of a session from their own dictionaries, whatever they override."""

from dataclasses import dataclass
from typing import Any

from sandbox.child.inspector.kinds import attributes, class_name, kind_of, text, well_known
from sandbox.child.inspector.memory import Base
from sandbox.inspection import MOST_MODULE_ROWS, ModuleReport, ModuleRow

_MOST_PARTS = 3000
_MOST_DEPTH = 50

Mark = tuple[int, ...]


@dataclass(slots=True)
class _Sum:
    """Parameters met so far, each once; `mark` changes when one of them is written to or replaced."""

    seen: set[int]
    room: int
    parameters: int = 0
    trainable: int = 0
    bytes: int = 0
    mark: int = 0


def summary(name: str, module: Any) -> tuple[ModuleReport, Mark]:
    """Return the report of a module, and a mark of the state it is in."""
    held = attributes(module)
    total = _Sum(set(), _MOST_PARTS)
    _count(module, total, 0)
    children = _entries(held, "_modules", "module")
    rows = []
    for child_name, child in children[:MOST_MODULE_ROWS]:
        own = _Sum(set(), _MOST_PARTS)
        _count(child, own, 0)
        rows.append(ModuleRow(text(child_name), class_name(type(child)), own.parameters))
    report = ModuleReport(
        name=name,
        kind=class_name(type(module)),
        parameters=total.parameters,
        trainable=total.trainable,
        bytes=total.bytes,
        training=held.get("training") is True,
        rows=tuple(rows),
        more_rows=len(children) - len(rows),
    )
    return report, (total.mark, total.trainable, report.training, len(children))


def parameters_of(module: Any, name: str, most: int) -> list[tuple[str, Any]]:
    """Return the parameters of a module and its children with their dotted names."""
    found: list[tuple[str, Any]] = []
    waiting, seen = [(name, module)], set[int]()
    while waiting and len(found) < most:
        path, one = waiting.pop(0)
        if id(one) in seen or len(seen) > _MOST_PARTS:
            continue
        seen.add(id(one))
        held = attributes(one)
        found += [
            (f"{path}.{text(key)}", value) for key, value in _entries(held, "_parameters", "tensor")
        ]
        waiting += [
            (f"{path}.{text(key)}", value) for key, value in _entries(held, "_modules", "module")
        ]
    return found[:most]


def _count(module: Any, into: _Sum, depth: int) -> None:
    if id(module) in into.seen or into.room <= 0 or depth > _MOST_DEPTH:
        return
    into.seen.add(id(module))
    into.room -= 1
    held = attributes(module)
    for _, parameter in _entries(held, "_parameters", "tensor"):
        if id(parameter) not in into.seen and into.room > 0:
            into.seen.add(id(parameter))
            into.room -= 1
            _add(parameter, into)
    for _, child in _entries(held, "_modules", "module"):
        _count(child, into, depth + 1)


def _add(parameter: Any, into: _Sum) -> None:
    try:
        elements = int(Base.numel(parameter))
        size = elements * int(Base.element_size(parameter))
        state = (id(parameter), Base.data_ptr(parameter), Base._version.__get__(parameter))
    except Exception:  # a lazy one has no size yet
        return
    into.parameters += elements
    into.bytes += size
    into.trainable += elements if Base.requires_grad.__get__(parameter) else 0
    into.mark = hash((into.mark, state))


def _entries(held: dict[Any, Any], key: str, wanted: str) -> list[tuple[str, Any]]:
    """Return what of `wanted` kind is in the dictionary that a module keeps under `key`."""
    entries: Any = held.get(key)
    known = well_known()
    if kind_of(type(entries), known) != "dict":
        return []
    return [
        (name, value)
        for name, value in list(dict.items(entries))[:_MOST_PARTS]
        if type(name) is str and kind_of(type(value), known) == wanted
    ]
