"""Tells what a thing is by its class alone, and reads it where no class of a learner can intercept.

`isinstance` asks for a `__class__` that a learner may define, and `thing.__dict__` may be a property.
The slots of `type` and the descriptors of base classes, used here, are C code for every object.
"""

from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any, Literal

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.nested._internal.nested_tensor import NestedTensor

Kind = Literal[
    "tensor", "opaque", "array", "module", "optimizer", "list", "tuple", "dict", "dataclass", "other"
]  # fmt: skip
"""An `opaque` tensor has a `__torch_dispatch__` of its own: even asking for its shape may run it."""

Known = dict[int, Kind]
"""Kinds of classes by their `id`: a class may redefine what its own hash is."""

_MOST_NAME = 60

_line_of = type.__dict__["__mro__"].__get__
_members_of = type.__dict__["__dict__"].__get__
_name_of = type.__dict__["__name__"].__get__

_BASES: Known = {
    id(torch.Tensor): "tensor",
    id(np.ndarray): "array",
    id(torch.nn.Module): "module",
    id(torch.optim.Optimizer): "optimizer",
    id(list): "list",
    id(tuple): "tuple",
    id(dict): "dict",
}
_WELL_KNOWN: Known = {
    **_BASES,
    **{id(kind): "other" for kind in (int, float, str, bool, bytes, type, type(torch), type(id))},
    **{id(kind): "other" for kind in (type(None), type(lambda: None), torch.Size)},
    id(torch.nn.Parameter): "tensor",
    id(FakeTensor): "tensor",
    id(NestedTensor): "tensor",
}


def well_known() -> Known:
    """Return the kinds to begin with; `kind_of` adds the classes it meets."""
    return _WELL_KNOWN.copy()


def kind_of(kind: type, known: Known) -> Kind:
    """Return what objects of the class `kind` are to the inspector."""
    found = known.get(id(kind))
    if found is None:
        found = known[id(kind)] = _classify(kind)
    return found


def class_name(kind: type) -> str:
    """Return the name of a class, no longer than is sent and fit to be encoded."""
    return text(_name_of(kind))


def text(found: str, most: int = _MOST_NAME) -> str:
    """Return a string of a learner as an exact `str` of at most `most` characters that can be encoded."""
    return str.encode(
        found[:most] if type(found) is str else "?", "utf-8", "backslashreplace"
    ).decode()[:most]


def attributes(thing: object) -> dict[Any, Any]:
    """Return the dictionary behind an instance, an empty one if it has none."""
    for base in _line_of(type(thing)):
        getter = _members_of(base).get("__dict__")
        if type(getter) is GetSetDescriptorType:
            found = getter.__get__(thing)
            return found if type(found) is dict else {}
    return {}


def fields_of(thing: object, most: int) -> list[tuple[str, Any]]:
    """Return the first `most` fields of a dataclass instance that have a value, properties excepted."""
    kind = type(thing)
    named = _lookup(kind, "__dataclass_fields__")
    if type(named) is not dict:
        return []
    held = attributes(thing)
    found = []
    for name in list(named)[:most]:
        if type(name) is not str:
            continue
        slot = _lookup(kind, name)
        if name in held:
            found.append((name, held[name]))
        elif type(slot) is MemberDescriptorType:
            try:
                found.append((name, slot.__get__(thing)))
            except AttributeError:
                continue
    return found


def _classify(kind: type) -> Kind:
    own_dispatch = False
    for base in _line_of(kind):
        found = _BASES.get(id(base))
        if found == "tensor" and own_dispatch:
            return "opaque"
        if found is not None:
            return found
        own_dispatch = own_dispatch or "__torch_dispatch__" in _members_of(base)
    return "dataclass" if _lookup(kind, "__dataclass_fields__") is not None else "other"


def _lookup(kind: type, name: str) -> Any:
    """Return what a class has under `name`, as it stands there: nothing is bound or called."""
    for base in _line_of(kind):
        members = _members_of(base)
        if name in members:
            return members[name]
    return None
