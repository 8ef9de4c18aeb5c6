"""Turn wire values into Python and torch objects, and back, byte for byte."""

from typing import Any

import torch

from sandbox.wire import (
    ListValue,
    OpaqueValue,
    PlainValue,
    TensorValue,
    Value,
)

MOST_TENSOR_BYTES = 4 * 1024 * 1024
_MOST_ITEMS = 1000
_MOST_TEXT = 10_000
_MOST_DEPTH = 5
_INT64 = 1 << 63

_Base = torch._C.TensorBase

_DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
    "bool", "complex64", "complex128",
)  # fmt: skip


def to_python(value: Value) -> Any:
    """Return the object that `value` describes. Raises ValueError for what cannot be built."""
    match value:
        case TensorValue():
            return _to_tensor(value)
        case PlainValue():
            return value.value
        case ListValue():
            items = [to_python(item) for item in value.items]
            return tuple(items) if value.kind == "tuple" else items
        case _:
            raise ValueError(f"{type(value).__name__} is no input")


def to_value(thing: object, depth: int = 0) -> Value:
    """Return `thing` as a wire value; whatever is not plain data becomes an OpaqueValue.

    Only exact types count: a subclass could behave as it likes, so it is never compared.
    """
    kind = type(thing)
    if kind is torch.Tensor or kind is torch.nn.Parameter:
        return _from_tensor(thing)
    if kind is torch.Size:
        return _from_items(tuple(thing), depth)  # type: ignore[arg-type]
    if kind is list or kind is tuple:
        return _from_items(thing, depth)  # type: ignore[arg-type]
    if _is_plain(thing):
        return PlainValue(thing)  # type: ignore[arg-type]
    return OpaqueValue(kind.__name__[:100])


def _is_plain(thing: object) -> bool:
    if thing is None or type(thing) in (bool, float):
        return True
    if type(thing) is int:
        return -_INT64 <= thing < _INT64
    return type(thing) is str and len(thing) <= _MOST_TEXT and _encodes(thing)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _from_items(items: list[Any] | tuple[Any, ...], depth: int) -> Value:
    kind = "list" if type(items) is list else "tuple"
    if depth >= _MOST_DEPTH or len(items) > _MOST_ITEMS:
        return OpaqueValue(f"{kind} (too large to compare)")
    return ListValue(kind, tuple(to_value(item, depth + 1) for item in items))  # type: ignore[arg-type]


def _from_tensor(tensor: Any) -> Value:
    """Read a tensor through the C base class: its methods cannot be replaced, `torch.Tensor`'s can."""
    dtype = str(_Base.dtype.__get__(tensor)).removeprefix("torch.")
    layout = _Base.layout.__get__(tensor)
    if layout is not torch.strided or dtype not in _DTYPES or _Base.is_meta.__get__(tensor):
        return OpaqueValue(f"{layout} tensor of {dtype}")
    elements = _Base.numel(tensor)
    if elements * _Base.element_size(tensor) > MOST_TENSOR_BYTES:
        return OpaqueValue(f"tensor of {elements} elements (too large to compare)")
    plain = _Base.resolve_neg(_Base.resolve_conj(_Base.detach(tensor)))
    flat = _Base.flatten(_Base.contiguous(_Base.cpu(plain)))
    return TensorValue(
        dtype=dtype,
        shape=tuple(_Base.shape.__get__(tensor)),
        data=_Base.numpy(_Base.view(flat, torch.uint8)).tobytes(),
        requires_grad=bool(_Base.requires_grad.__get__(tensor)),
        device=str(_Base.device.__get__(tensor)),
    )


def _to_tensor(value: TensorValue) -> Any:

    if value.dtype not in _DTYPES:
        raise ValueError(f"unknown dtype {value.dtype!r}")
    dtype = getattr(torch, value.dtype)
    if not value.data:
        tensor = torch.empty(value.shape, dtype=dtype)
    else:
        tensor = torch.frombuffer(bytearray(value.data), dtype=dtype).reshape(value.shape)
    return tensor.requires_grad_() if value.requires_grad else tensor
