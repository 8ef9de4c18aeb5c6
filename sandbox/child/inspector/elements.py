"""Brings the elements that are looked at before NumPy: windows on memory here, copies from devices."""

import zlib
from typing import Any, NamedTuple

import numpy as np
import torch

from sandbox.child.inspector import cuts
from sandbox.child.inspector.memory import Base
from sandbox.child.inspector.metadata import Metadata

EXACT_ON_CPU = 1 << 20
"""Up to so many elements in main memory, what takes one pass is exact."""

_CODES = {
    "float32": "<f4", "float64": "<f8", "float16": "<f2", "bfloat16": "<u2", "bool": "|b1",
    "int64": "<i8", "int32": "<i4", "int16": "<i2", "int8": "|i1",
    "uint8": "|u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8",
    "complex64": "<c8", "complex128": "<c16",
}  # fmt: skip
_EIGHT_BITS = (
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
)

STRIDED, PLAIN = torch.strided, torch.Tensor

_tables: dict[str, Any] = {}


class Wanted(NamedTuple):
    """What of a tensor is looked at; the grid may have so many `cells`."""

    sample: cuts.Key
    grid: cuts.GridCut
    image: cuts.ImageCut | None
    cells: int


class Elements(NamedTuple):
    """Arrays of real or complex numbers. `exact` is all there is; None where that is too much.

    `whole` tells that the sample is no sample. `raw` are the sample's bytes as they are stored.
    """

    sample: Any
    raw: Any
    whole: bool
    exact: Any
    grid: Any
    image: Any


def wanted(metadata: Metadata, index: tuple[int, ...] | None, cells: int) -> Wanted:
    """Return what to look at: with an `index`, the slice there, and that image of a batch."""
    shape = metadata.place.shape if metadata.place else ()
    sample = cuts.sample(shape) if metadata.elements > cuts.EXACT_ELEMENTS else ()
    return Wanted(sample, cuts.grid(shape, index or (), cells), cuts.image(shape, index), cells)


def code_of(dtype: str) -> str | None:
    """Return NumPy's code for how a dtype of torch is stored, None where there is none."""
    return _CODES.get(dtype) or ("|u1" if dtype in _EIGHT_BITS else None)


def in_memory(thing: Any, metadata: Metadata, cells: Wanted) -> Elements | None:
    """Return the elements of a tensor on the CPU or of an array; None if there are none to read."""
    if metadata.elements == 0 or metadata.place is None:
        return None
    if metadata.fields["kind"] == "ndarray":
        return _cut(np.ndarray.view(thing, np.ndarray), metadata, cells)
    code = code_of(metadata.fields["dtype"])
    return None if code is None else _cut(metadata.place.window(code), metadata, cells)


def copied(pieces: tuple[Any, ...], metadata: Metadata, cells: Wanted) -> Elements:
    """Return the elements of a tensor elsewhere from copies of its sample, grid and image."""
    whole = metadata.elements <= cuts.EXACT_ELEMENTS
    if whole:
        return _cut(pieces[0], metadata, cells)
    sample, grid, *image = (_numbers(piece, metadata) for piece in pieces)
    return Elements(sample, pieces[0], False, None, grid, image[0] if image else None)


def keys(metadata: Metadata, cells: Wanted) -> tuple[cuts.Key, ...]:
    """Return what of a tensor elsewhere is to be copied for `copied`."""
    if metadata.elements <= cuts.EXACT_ELEMENTS:
        return ((...,),)  # type: ignore[return-value]
    return (cells.sample, cells.grid.key, *([cells.image.key] if cells.image else []))


def checksum(array: Any) -> int:
    """Return a number that differs, all but certainly, when an element does."""
    if array.dtype.char in "gG":  # bytes that pad numbers of 80 bits hold anything
        array = array.astype(np.complex128)
    solid: Any = np.ascontiguousarray(array)
    return zlib.crc32(solid)


def _cut(array: Any, metadata: Metadata, cells: Wanted) -> Elements:
    whole = metadata.elements <= cuts.EXACT_ELEMENTS
    raw = array if whole else array[cells.sample]
    sample = _numbers(raw, metadata)
    exact = sample if whole else None
    if not whole and metadata.elements <= EXACT_ON_CPU and sample is raw:
        exact = array
    source = sample if whole else array
    grid = source[(*cells.grid.key, ...)]
    image = None if cells.image is None else source[cells.image.key]
    if not whole:
        grid = _numbers(grid, metadata)
        image = None if image is None else _numbers(image, metadata)
    return Elements(sample, raw, whole, exact, grid, image)


def _numbers(raw: Any, metadata: Metadata) -> Any:
    """Return what stored elements mean: NumPy knows no bfloat16, and computes badly in halves."""
    dtype = metadata.fields["dtype"]
    if dtype == "bfloat16":
        raw = (raw.astype(np.uint32) << 16).view(np.float32)
    elif dtype == "float16":
        raw = raw.astype(np.float32)
    elif dtype.startswith("float8"):
        raw = _table(dtype)[raw]
    if metadata.reading == "conjugate":
        return np.conjugate(raw)
    return np.negative(raw) if metadata.reading == "negative" else raw


def _table(dtype: str) -> Any:
    """Return what each of the 256 bytes means as a float of eight bits."""
    if dtype not in _tables:
        every = torch.arange(256, dtype=torch.uint8).view(getattr(torch, dtype)).float()
        _tables[dtype] = np.array(Base.tolist(every), dtype=np.float32)
    return _tables[dtype]
