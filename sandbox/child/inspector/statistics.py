"""Computes what a report says about elements, with NumPy alone and on one thread."""

import math
from typing import Any

import numpy as np

from sandbox.child.inspector.elements import Elements
from sandbox.inspection import HISTOGRAM_BINS, Histogram

SHOWN_ELEMENTS = 36

Numbers = dict[str, Any]

_least, _most, _sum = np.minimum.reduce, np.maximum.reduce, np.add.reduce
_count_nonzero = np._core.multiarray.count_nonzero  # type: ignore[attr-defined]  # without a wrapper
_float64 = np.float64


def statistics(elements: Elements, *, corrected: bool) -> Numbers:
    """Return the fields of a report that are numbers, and the histogram.

    The standard deviation is `corrected` as torch does it by default, and NumPy does not.
    """
    counted = elements.sample if elements.exact is None else elements.exact
    found: Numbers = {
        "zeros": int(counted.size - _count_nonzero(counted)),
        "nan": 0,
        "inf": 0,
        "approximate": elements.exact is None,
    }
    kind = counted.dtype.kind
    if kind == "c":
        found["nan"] = int(_count_nonzero(np.isnan(counted)))
        found["inf"] = int(_count_nonzero(np.isinf(counted)))
        return found
    values = elements.sample.reshape(-1).astype(_float64)
    total = float(_sum(values))
    if not math.isfinite(total):
        values = values[np.isfinite(values)]
        total = float(_sum(values))
    if counted is elements.sample:
        counted = values
        missing = elements.sample.size - values.size
        _note_missing(found, elements.sample, missing)
    elif kind == "f" and not math.isfinite(_least(counted, axis=None) + _most(counted, axis=None)):
        whole, counted = counted, counted[np.isfinite(counted)]
        _note_missing(found, whole, whole.size - counted.size)
    if not counted.size:
        return found
    low, high = float(_least(counted, axis=None)), float(_most(counted, axis=None))
    mean = total if counted is values else float(_sum(counted, axis=None, dtype=_float64))
    found["min"], found["max"] = low, high
    found["mean"] = _finite_or_none(mean / counted.size)
    if values.size:
        found["std"] = _deviation(values, total / values.size, corrected=corrected)
        ends = (low, high) if counted is values else (float(_least(values)), float(_most(values)))
        found["histogram"] = _histogram(values, *ends)
    return found


def shown(array: Any) -> str:
    """Return the values of a small array in brackets, one row a line, four significant digits."""
    pattern, between = "%.4g" if array.dtype.kind == "f" else "%s", ", "
    for size in reversed(array.shape):
        pattern = "[" + between.join([pattern.replace("\n", "\n ")] * size) + "]"
        between = ",\n "
    return pattern % tuple(array.ravel().tolist())


def norm(array: Any) -> float | None:
    """Return the Euclidean norm, None if it is not finite."""
    return _finite_or_none(math.sqrt(_sum(np.square(array, dtype=_float64), axis=None)))


def _note_missing(found: Numbers, every: Any, missing: int) -> None:
    """Note how many of the `missing` elements are NaN, and how many infinite."""
    if missing:
        found["nan"] = int(_count_nonzero(np.isnan(every)))
        found["inf"] = int(missing - found["nan"])


def _deviation(values: Any, mean: float, *, corrected: bool) -> float | None:
    deviations = values - mean
    degrees = values.size - corrected
    if not degrees:
        return None
    return _finite_or_none(math.sqrt(_sum(deviations * deviations) / degrees))


def _histogram(values: Any, low: float, high: float) -> Histogram | None:
    """Return how values are spread from `low` to `high`; None if they are all alike."""
    width = high - low
    scale = HISTOGRAM_BINS / width if width > 0 else math.inf
    if not (math.isfinite(width) and math.isfinite(scale)):
        return None
    bins = np.minimum(((values - low) * scale).astype(np.intp), HISTOGRAM_BINS - 1)
    counts = np.bincount(bins, minlength=HISTOGRAM_BINS).tolist()
    return Histogram(low, high, tuple(counts))


def _finite_or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None
