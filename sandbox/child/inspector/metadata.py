"""Reads what a tensor or an array says of itself besides its elements."""

from typing import Any, Literal, NamedTuple

import numpy as np
import torch

from sandbox.child.inspector.kinds import class_name, text
from sandbox.child.inspector.memory import Base, Place, place_of_array, place_of_tensor
from sandbox.child.inspector.variables import Variable

Reading = Literal["plain", "conjugate", "negative", "unreadable"]

_MOST_WORD = 80
_MOST_DIMENSIONS = 64
_NAMED = (torch.Tensor, torch.nn.Parameter)

_dtype_name = {
    kind: str(kind).removeprefix("torch.")
    for kind in vars(torch).values()
    if type(kind) is torch.dtype
}


class Metadata(NamedTuple):
    """What is known of one tensor or array without its elements.

    `fields` are those of its report. `place` is None where the elements do not lie in strides, and
    `reading` tells what the bytes there are.
    """

    fields: dict[str, Any]
    place: Place | None
    reading: Reading
    elements: int
    is_view: bool


def read(variable: Variable) -> Metadata:
    """Return the metadata of `variable`. Raises Exception where it is too odd for that."""
    if variable.kind == "array":
        return _of_array(variable)
    return _of_tensor(variable)


def version_of(variable: Variable) -> int | None:
    """Return how often a tensor's storage was written to, by its own count."""
    if variable.kind == "array":
        return None
    try:
        return int(Base._version.__get__(variable.thing))
    except Exception:  # those of inference mode have none
        return None


def name_of_node(node: Any) -> str:
    """Return the name of a node of autograd's graph; one in Python may carry a `name` of its own."""
    if issubclass(type(node), torch._C._FunctionBase):
        return text(torch._C._FunctionBase.name(node), _MOST_WORD)
    return text(type(node).name(node), _MOST_WORD)


def _of_tensor(variable: Variable) -> Metadata:
    tensor = variable.thing
    layout, dtype = _layout(tensor), Base.dtype.__get__(tensor)
    device = Base.device.__get__(tensor)
    device_name = "cpu" if device.type == "cpu" else str(device)
    strided = layout == "strided"
    shape = _shape(tensor)
    elements = int(Base.numel(tensor))
    place = _place(tensor, device_name) if strided else None
    size = _bytes(tensor, layout, elements)
    node = _grad_fn(tensor)
    return Metadata(
        fields={
            "name": variable.name,
            "shape": shape,
            "dtype": _dtype_name.get(dtype) or str(dtype).removeprefix("torch."),
            "device": device_name,
            "requires_grad": bool(Base.requires_grad.__get__(tensor)),
            "grad_fn": None if node is None else name_of_node(node),
            "bytes": size if place is None else min(size, place.size),
            "kind": class_name(type(tensor)),
            "layout": layout,
            "storage_bytes": None if place is None else place.size,
            "is_leaf": bool(Base.is_leaf.__get__(tensor)),
            "contiguous": bool(Base.is_contiguous(tensor)) if strided else True,
            "strides": tuple(Base.stride(tensor)) if strided else (),
        },
        place=place,
        reading=_reading(tensor, place, device.type),
        elements=elements,
        is_view=bool(Base._is_view(tensor)),
    )


def _of_array(variable: Variable) -> Metadata:
    array = variable.thing
    place = place_of_array(array)
    dtype = np.ndarray.dtype.__get__(array)
    elements = int(np.ndarray.size.__get__(array))
    numeric = dtype.kind in "biufc"
    return Metadata(
        fields={
            "name": variable.name,
            "shape": place.shape,
            "dtype": text(dtype.name) if numeric or dtype.kind in "SUOmM" else "record",
            "device": "cpu",
            "requires_grad": False,
            "grad_fn": None,
            "bytes": min(elements * place.item, place.size),
            "kind": "ndarray",
            "storage_bytes": place.size,
            "contiguous": bool(np.ndarray.flags.__get__(array).c_contiguous),
            "strides": tuple(step // max(place.item, 1) for step in place.strides),
        },
        place=place,
        reading="plain" if numeric else "unreadable",
        elements=elements,
        is_view=False,
    )


def _layout(tensor: Any) -> str:
    layout = Base.layout.__get__(tensor)
    if layout is torch.strided:
        return "nested" if Base.is_nested.__get__(tensor) else "strided"
    return str(layout).removeprefix("torch.")


def _shape(tensor: Any) -> tuple[int, ...]:
    """Return the sizes, up to the first that no number tells: rows of a nested tensor differ."""
    try:
        sizes = tuple(Base.shape.__get__(tensor))
    except RuntimeError:
        return (int(Base.size(tensor, 0)),)
    if all(type(size) is int for size in sizes):
        return sizes[:_MOST_DIMENSIONS]
    return tuple(size for size in sizes[:1] if type(size) is int)


def _place(tensor: Any, device: str) -> Place | None:
    try:
        return place_of_tensor(tensor, device)
    except Exception:  # meta and fake tensors have sizes alone
        return None


def _bytes(tensor: Any, layout: str, elements: int) -> int:
    """Return what the elements take; of a sparse tensor, those that are there and their indices."""
    if layout in ("sparse_coo", "sparse_csr"):
        try:
            return sum(
                int(Base.numel(part) * Base.element_size(part)) for part in _parts(tensor, layout)
            )
        except Exception:
            return 0
    return elements * int(Base.element_size(tensor))


def _parts(tensor: Any, layout: str) -> tuple[Any, ...]:
    if layout == "sparse_coo":
        return Base._indices(tensor), Base._values(tensor)
    return Base.crow_indices(tensor), Base.col_indices(tensor), Base.values(tensor)


def _grad_fn(tensor: Any) -> Any:
    try:
        return Base.grad_fn.__get__(tensor)
    except Exception:  # a view that was written to in a way autograd forbids
        return None


def _reading(tensor: Any, place: Place | None, device: str) -> Reading:
    if place is None or Base.is_quantized.__get__(tensor):
        return "unreadable"
    if device == "cpu" and not place.is_inside():
        return "unreadable"
    if Base.is_conj(tensor):
        return "unreadable" if Base.is_neg(tensor) else "conjugate"
    return "negative" if Base.is_neg(tensor) else "plain"
