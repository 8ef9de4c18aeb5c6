"""Finds the names that somebody may have meant, among those that were there."""

import difflib
import types
from collections.abc import Iterable

import torch

from sandbox.child.lookup import Scope
from sandbox.child.readable import class_dict, clipped, instance_dict, is_module, mro
from sandbox.failure import MOST_NAME, MOST_NEAREST

_MOST_CANDIDATES = 3000
_LIKENESS, _LIKENESS_OF_SHORT = 0.72, 0.65
_SHORT = 3


def nearest(wanted: str, names: Iterable[object]) -> tuple[str, ...]:
    """Return at most three of `names` that look like `wanted`, the most alike first."""
    known = list(dict.fromkeys(n for n in names if type(n) is str and len(n) <= MOST_NAME))
    candidates = [name for name in known[:_MOST_CANDIDATES] if not name.startswith("_")]
    wanted = wanted[:MOST_NAME]
    folded = {name.lower(): name for name in reversed(candidates)}
    exact = [folded[wanted.lower()]] if wanted.lower() in folded else []
    likeness = _LIKENESS_OF_SHORT if len(wanted) <= _SHORT else _LIKENESS
    close = difflib.get_close_matches(wanted, candidates, MOST_NEAREST, likeness)
    found = [name for name in dict.fromkeys([*exact, *close]) if name != wanted]
    return tuple(clipped(name, MOST_NAME) for name in found[:MOST_NEAREST])


def names_in(frame: types.FrameType) -> list[object]:
    """Return the names that code in `frame` can use, the newest of its own first."""
    own, shared, builtin = Scope.of(frame).names
    return [*reversed(own), *reversed(shared), *builtin]


def attributes_of(thing: object) -> list[object]:
    """Return the attributes of a tensor, a module of Python's or torch's, or a builtin's value."""
    kind = type(thing)
    if kind is types.ModuleType:
        return list(vars(thing))
    found: list[object] = []
    if is_module(thing):
        own = instance_dict(thing)
        for store in ("_modules", "_parameters", "_buffers"):
            inside = own.get(store)
            found += list(inside) if type(inside) is dict else []
    if not issubclass(kind, type):
        found += list(instance_dict(thing))
    known = torch.Tensor if issubclass(kind, torch.Tensor) else kind
    for base in mro(known):
        found += list(class_dict(base))
    return found
