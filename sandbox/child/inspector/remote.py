"""Copies the elements that are looked at from a GPU: all of a device's in one piece, or none of them."""

from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import torch

from sandbox.child.inspector import cuts
from sandbox.child.inspector.elements import code_of
from sandbox.child.inspector.memory import Base

Trouble = Literal["busy", "device_error"]

_PAUSE_SECONDS = 0.0002

_cat = torch._C._VariableFunctions.cat
_neg_view = torch._C._VariableFunctions._neg_view


class Request(NamedTuple):
    """What is to be copied of a tensor with this dtype: these parts of it."""

    tensor: Any
    dtype: str
    keys: tuple[cuts.Key, ...]


class Queue(Protocol):
    """The work a device has before it."""

    def takes_work(self) -> bool:
        """Tell whether something may be added to it at all."""

    def is_empty(self) -> bool:
        """Tell whether all of it is done."""


class CudaQueue:
    """The current stream of a GPU."""

    def __init__(self, device: str) -> None:
        self._stream = torch.cuda.current_stream(torch.device(device))

    def takes_work(self) -> bool:
        """False while a graph is captured: what is queued then would become part of it."""
        return not torch.cuda.is_current_stream_capturing()

    def is_empty(self) -> bool:
        return bool(self._stream.query())


def fetch(
    device: str,
    requests: list[Request],
    give_up: float,
    queue_of: Callable[[str], Queue] = CudaQueue,
) -> list[tuple[Any, ...]] | Trouble:
    """Return the parts of each request as arrays, or why there are none.

    Everything is queued first and joined, so that one copy brings it; a device that is not through
    with its work at `give_up` (of `perf_counter`) is let alone.
    """
    try:
        return _fetch(requests, give_up, queue_of(device))
    except Exception:
        return "device_error"


def _fetch(
    requests: list[Request], give_up: float, queue: Queue
) -> list[tuple[Any, ...]] | Trouble:
    if not queue.takes_work():
        return "busy"
    parts = [[_part(one.tensor, key) for key in one.keys] for one in requests]
    joined = _cat([_as_bytes(part) for of_one in parts for part in of_one])
    while not queue.is_empty():
        if perf_counter() > give_up:
            return "busy"
        sleep(_PAUSE_SECONDS)
    return _divided(bytes(Base.numpy(Base.cpu(joined))), requests, parts)


def _part(tensor: Any, key: cuts.Key) -> Any:
    return Base.__getitem__(Base.detach(tensor), key)


def _as_bytes(part: Any) -> Any:
    """Return the bytes of `part` as they are stored: what is conjugated or negated when it is read, is not."""
    if Base.is_conj(part):
        part = Base.conj(part)
    if Base.is_neg(part):
        part = _neg_view(part)
    flat = Base.reshape(Base.contiguous(part), (-1,))
    return Base.view(flat, torch.uint8)


def _divided(data: bytes, requests: list[Request], parts: list[list[Any]]) -> list[tuple[Any, ...]]:
    found, offset = [], 0
    for one, of_one in zip(requests, parts, strict=True):
        arrays = []
        for part in of_one:
            shape = tuple(Base.shape.__get__(part))
            size = Base.numel(part) * Base.element_size(part)
            array = np.frombuffer(data[offset : offset + size], dtype=code_of(one.dtype))
            arrays.append(array.reshape(shape))
            offset += size
        found.append(tuple(arrays))
    return found
