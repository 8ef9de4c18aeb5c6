"""Look at a session's tensors after a run without touching them: no `repr`, no RNG, no user code.

Metadata always; values within a time budget, smallest tensors first, exact up to 16,384 elements
and from a strided sample above. Everything is read through the base class, so that a subclass that
redefines `shape` or `__torch_function__` is never asked.
"""

import time
from typing import Any

import numpy as np
import torch

from sandbox.inspection import Inspection, Sharing, TensorReport

_BUDGET_SECONDS = 0.025
_MOST_TENSORS = 24
_MOST_NAME = 60
_MOST_SCANNED_NAMES = 2000
_EXACT_ELEMENTS = 16_384
_SHOWN_ELEMENTS = 36


def inspect(namespace: dict[str, Any]) -> Inspection:
    """Return a report of the tensors bound to names that do not start with an underscore."""
    give_up = time.perf_counter() + _BUDGET_SECONDS
    found = _tensors(namespace)
    with torch._C.DisableTorchFunctionSubclass():
        storages = _storages(found)
        kept = found[:_MOST_TENSORS]
        reports: dict[str, TensorReport | None] = {}
        for name, tensor in sorted(kept, key=lambda pair: _numel(pair[1])):
            values = time.perf_counter() < give_up
            reports[name] = _report(name, tensor, storages, values=values)
    described = (reports[name] for name, _ in kept)
    return Inspection(
        tensors=tuple(report for report in described if report is not None),
        omitted=len(found) - len(kept),
    )


def _tensors(namespace: dict[str, Any]) -> list[tuple[str, Any]]:
    names = list(namespace.items())[-_MOST_SCANNED_NAMES:]
    return [
        (name, thing)
        for name, thing in names
        if type(name) is str and not name.startswith("_") and issubclass(type(thing), torch.Tensor)
    ]


def _storages(found: list[tuple[str, Any]]) -> dict[int, list[str]]:
    """Return which names point into which storage, by its address."""
    owners: dict[int, list[str]] = {}
    for name, tensor in found:
        address = _address(tensor)
        if address:
            owners.setdefault(address, []).append(_name(name))
    return owners


def _report(
    name: str, tensor: Any, storages: dict[int, list[str]], *, values: bool
) -> TensorReport | None:
    base = torch.Tensor
    try:
        grad_fn = base.grad_fn.__get__(tensor)
        report: dict[str, Any] = {
            "name": _name(name),
            "shape": tuple(int(size) for size in base.shape.__get__(tensor)),
            "dtype": str(base.dtype.__get__(tensor)).removeprefix("torch."),
            "device": str(base.device.__get__(tensor)),
            "requires_grad": bool(base.requires_grad.__get__(tensor)),
            "grad_fn": None if grad_fn is None else grad_fn.name()[:80],
            "bytes": _bytes(tensor, base),
            "contiguous": _is_contiguous(tensor),
            "shares_with": tuple(
                Sharing(other, None)
                for other in storages.get(_address(tensor), ())
                if other != _name(name)
            )[:8],
        }
        if values:
            report |= _values(tensor)
        return TensorReport(**report)
    except Exception:  # an odd tensor costs its own line, never the report
        return None


def _bytes(tensor: Any, base: Any) -> int:
    """Return what the elements take; an expanded tensor takes no more than its storage."""
    elements = int(base.numel(tensor) * base.element_size(tensor))
    if not _is_plain(tensor):
        return elements
    try:
        return min(elements, int(base.untyped_storage(tensor).nbytes()))
    except Exception:
        return elements


def _values(tensor: Any) -> dict[str, Any]:
    """Return statistics of a dense CPU tensor, computed by NumPy on one thread."""
    base = torch.Tensor
    if base.device.__get__(tensor).type != "cpu" or base.layout.__get__(tensor) != torch.strided:
        return {}
    if not _is_plain(tensor):
        return {}
    count = base.numel(tensor)
    if count == 0:
        return {}
    plain = base.detach(tensor)
    if plain.dtype in (torch.bfloat16, torch.float16):
        plain = plain if count > _EXACT_ELEMENTS else plain.float()
    if plain.dtype == torch.bfloat16:
        return {}
    array = plain.numpy()
    exact = count <= _EXACT_ELEMENTS
    sample = array if exact else _sample(array)
    return _statistics(sample) | {
        "approximate": not exact,
        "values": _shown(array) if count <= _SHOWN_ELEMENTS else None,
    }


def _statistics(sample: Any) -> dict[str, Any]:
    if sample.dtype.kind == "c":
        return {"nan": int(np.isnan(sample).sum())}
    if sample.dtype.kind == "f":
        missing = np.isnan(sample)
        nan = int(missing.sum())
        if nan == sample.size:
            return {"nan": nan}
        known = sample[~missing] if nan else sample
        mean = float(np.mean(known, dtype=np.float64))
        return {"min": float(known.min()), "max": float(known.max()), "mean": mean, "nan": nan}
    return {
        "min": float(sample.min()),
        "max": float(sample.max()),
        "mean": float(np.mean(sample, dtype=np.float64)),
        "nan": 0,
    }


def _sample(array: Any) -> Any:
    """Return a strided view of at most about 16,384 elements, spread over the longest axes.

    An odd step is used, because even ones fall in step with layouts that are powers of two.
    """
    view = array
    while view.size > _EXACT_ELEMENTS:
        axis = max(range(view.ndim), key=lambda index: view.shape[index])
        wanted = -(-view.size // _EXACT_ELEMENTS)
        step = min(wanted, view.shape[axis])
        step = step + 1 if step > 2 and step % 2 == 0 else step
        view = view[(slice(None),) * axis + (slice(None, None, max(step, 2)),)]
    return view


def _shown(array: Any) -> str:
    """Return the values of a small array in brackets, one row a line, four significant digits."""
    if array.ndim == 0:
        return _number(array.item())
    if array.ndim == 1:
        return "[" + ", ".join(_number(item) for item in array.tolist()) + "]"
    return "[" + ",\n ".join(_shown(row).replace("\n", "\n ") for row in array) + "]"


def _number(item: complex) -> str:
    if isinstance(item, float):
        return f"{item:.4g}"
    return str(item)


def _is_plain(tensor: Any) -> bool:
    return type(tensor) in (torch.Tensor, torch.nn.Parameter)


def _is_contiguous(tensor: Any) -> bool:
    if torch.Tensor.layout.__get__(tensor) != torch.strided:
        return True
    return bool(torch.Tensor.is_contiguous(tensor))


def _numel(tensor: Any) -> int:
    try:
        return int(torch.Tensor.numel(tensor))
    except Exception:
        return 0


def _address(tensor: Any) -> int:
    """Return where the elements lie, 0 for tensors that only pretend to have some."""
    if not _is_plain(tensor):
        return 0
    try:
        return int(torch.Tensor.untyped_storage(tensor).data_ptr())
    except Exception:
        return 0


def _name(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")[:_MOST_NAME]
