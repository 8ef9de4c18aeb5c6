"""Reads facts from objects of any class without running code that a learner may have put there."""

import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sandbox.failure import MOST_DIMS, MOST_ITEMS, MOST_NAME, MOST_SIZES, MOST_SOURCE

MISSING = object()
"""What could not be read; no learner has a reference to it."""

_CLASS_DICT = type.__dict__["__dict__"]
_CLASS_NAME = type.__dict__["__name__"]
_MRO = type.__dict__["__mro__"]
_MODULE_DICT = vars(types.ModuleType)["__dict__"]
_NN_DICT = vars(torch.nn.Module)["__dict__"]

_SIZES = (
    "in_features",
    "out_features",
    "in_channels",
    "out_channels",
    "num_features",
    "num_embeddings",
    "embedding_dim",
    "input_size",
    "hidden_size",
    "embed_dim",
    "num_heads",
)
_MOST_BITS = 64
_PLAIN = (int, float, bool, type(None), str)

Facts = dict[str, Any]


def facts(thing: object) -> Facts:
    """Return the fields of a `sandbox.failure.Item` that can be read from `thing`."""
    kind = type(thing)
    known: Facts = {"kind": class_name(kind)}
    if issubclass(kind, torch.Tensor):
        return known | _of_tensor(thing)
    if kind is np.ndarray:
        return known | {"shape": _shape(thing.shape), "dtype": str(thing.dtype)[:MOST_NAME]}  # type: ignore[attr-defined]
    if kind in _PLAIN:
        return known | _of_plain(thing)
    if kind in (list, tuple, dict):
        return known | {"length": len(thing)}  # type: ignore[arg-type]
    if is_module(thing):
        return known | {"sizes": sizes(thing)}
    return known


def items(thing: object) -> list[tuple[str, object]]:
    """Return the first elements of an exact list, tuple or dict, with how code would reach them."""
    if type(thing) in (list, tuple):
        return [(f"[{n}]", one) for n, one in enumerate(thing[:MOST_ITEMS])]  # type: ignore[index]
    if type(thing) is dict:
        pairs = [(key, thing[key]) for key in list(thing)[:MOST_ITEMS] if type(key) in (str, int)]
        return [(f"[{key!r}]"[:MOST_NAME], one) for key, one in pairs]
    return []


def class_name(kind: type) -> str:
    """Return the name of a class, past any metaclass."""
    return clipped(str(_CLASS_NAME.__get__(kind)), MOST_NAME)


def clipped(text: str, most: int = MOST_SOURCE) -> str:
    """Return `text` as it may be sent: valid, and no longer than that."""
    kept = text[:most].encode("utf-8", "backslashreplace").decode("utf-8")
    return kept if len(kept) <= most and len(text) <= most else kept[: most - 1] + "…"


def is_module(thing: object) -> bool:
    """Tell whether it is an `nn.Module`, by its real class."""
    return issubclass(type(thing), torch.nn.Module)


def is_of_torch(thing: object) -> bool:
    """Tell whether its class came with torch."""
    home = class_dict(type(thing)).get("__module__")
    return type(home) is str and home.partition(".")[0] == "torch"


def sizes(module: object) -> tuple[tuple[str, int], ...]:
    """Return the sizes that tell what a module takes and gives."""
    own = instance_dict(module)
    found = [(name, own[name]) for name in _SIZES if type(own.get(name)) is int]
    return tuple((name, size) for name, size in found if size.bit_length() < _MOST_BITS)[
        :MOST_SIZES
    ]


def children(module: object) -> dict[str, object]:
    """Return the direct children of an `nn.Module`."""
    found = instance_dict(module).get("_modules")
    return found if type(found) is dict else {}


def attribute(thing: object, name: str) -> object:
    """Return the attribute `name` where it is plainly stored and nothing computes it, else MISSING."""
    kind = type(thing)
    if kind is types.ModuleType:
        return _MODULE_DICT.__get__(thing).get(name, MISSING)
    if issubclass(kind, type):
        return MISSING
    if any(name in class_dict(base) for base in mro(kind)):
        return MISSING  # a property or the like decides
    own = instance_dict(thing)
    if name in own or not is_module(thing):
        return own.get(name, MISSING)
    for store in ("_parameters", "_buffers", "_modules"):
        kept = own.get(store)
        if type(kept) is dict and name in kept:
            return kept[name]
    return MISSING


def instance_dict(thing: object) -> dict[str, Any]:
    """Return the dictionary behind an object, past `__getattribute__` and properties of that name."""
    if is_module(thing):
        found = _NN_DICT.__get__(thing)
        return found if type(found) is dict else {}
    for base in mro(type(thing)):
        slot = class_dict(base).get("__dict__")
        if type(slot) is types.GetSetDescriptorType:
            found = slot.__get__(thing)
            return found if type(found) is dict else {}
    return {}


def class_dict(kind: type) -> Mapping[str, Any]:
    """Return what a class itself defines, past any metaclass."""
    found: Mapping[str, Any] = _CLASS_DICT.__get__(kind)
    return found


def mro(kind: type) -> tuple[type, ...]:
    """Return the classes of a class, itself first."""
    found: tuple[type, ...] = _MRO.__get__(kind)
    return found


def _of_tensor(thing: Any) -> Facts:
    base = torch.Tensor
    with torch._C.DisableTorchFunctionSubclass():
        return {
            "shape": _shape(base.shape.__get__(thing)),
            "dtype": str(base.dtype.__get__(thing)).removeprefix("torch.")[:MOST_NAME],
            "device": str(base.device.__get__(thing))[:MOST_NAME],
            "requires_grad": bool(base.requires_grad.__get__(thing)),
            "is_leaf": bool(base.is_leaf.__get__(thing)),
        }


def _shape(shape: Any) -> tuple[int, ...] | None:
    """Return the sizes, or None where there are too many to tell them all."""
    return tuple(int(size) for size in shape) if len(shape) <= MOST_DIMS else None


def _of_plain(thing: object) -> Facts:
    if type(thing) is int and thing.bit_length() > _MOST_BITS:
        return {}
    if type(thing) is str:
        if len(thing) > MOST_NAME // 2:
            return {"length": len(thing)}
        return {"length": len(thing), "value": clipped(repr(thing), MOST_NAME)}
    return {"value": repr(thing)[:MOST_NAME]}
