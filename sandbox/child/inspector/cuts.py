"""Decides which elements of a tensor are looked at: a sample, a slice as a grid, pixels."""

import math
from dataclasses import dataclass

EXACT_ELEMENTS = 16_384
"""Up to so many, every element is looked at."""

_MOST_SIDE = 64
_LEAST_IMAGE_SIDE = 8
_COLOURS = 3

Key = tuple[int | slice, ...]


@dataclass(frozen=True, slots=True)
class GridCut:
    """Every `row_step`-th row and `column_step`-th column of the matrix at `index`."""

    key: Key
    row_step: int
    column_step: int
    index: tuple[int, ...]


_WHOLE = GridCut((), 1, 1, ())


@dataclass(frozen=True, slots=True)
class ImageCut:
    """Every `step`-th row and column of an image. `channels` come first, last, or there is one."""

    key: Key
    step: int
    channels_last: bool


def sample(shape: tuple[int, ...], most: int = EXACT_ELEMENTS) -> Key:
    """Return what leaves about `most` elements of so many, spread over the longest axes.

    No step is an even number above 2: those fall in step with layouts that are powers of two.
    """
    left, steps = list(shape), [1] * len(shape)
    while math.prod(left) > most:
        axis = left.index(max(left))
        step = _odd(max(2, min(-(-math.prod(left) // most), left[axis])) * steps[axis])
        steps[axis], left[axis] = step, -(-shape[axis] // step)
    return tuple(slice(None, None, step) for step in steps)


def grid(shape: tuple[int, ...], index: tuple[int, ...], most: int) -> GridCut:
    """Return the grid of at most `most` cells for the slice at `index` of the leading dimensions.

    A vector is one row, a number one cell. What `index` lacks is 0, what is out of range the last.
    """
    if len(shape) <= 2 and math.prod(shape) <= most and max(shape, default=1) <= _MOST_SIDE:
        return _WHOLE
    leading = _within(index, shape[:-2])
    rows, columns = (1, 1, *shape)[-2:]
    high, wide = _sides(min(rows, _MOST_SIDE), min(columns, _MOST_SIDE), most)
    row_step, column_step = _odd(-(-rows // high)), _odd(-(-columns // wide))
    last = (slice(None, None, row_step), slice(None, None, column_step))[2 - min(len(shape), 2) :]
    return GridCut((*leading, *last), row_step, column_step, leading)


def image(shape: tuple[int, ...], index: tuple[int, ...] | None = None) -> ImageCut | None:
    """Return the pixels of what has the shape of an image: 1 by H by W, 3 by H by W, H by W by 3.

    With an `index`, of a batch of images the one there.
    """
    batch: tuple[int, ...] = ()
    if len(shape) == 4 and index is not None:
        batch, shape = _within(index, shape[:1]), shape[1:]
    if len(shape) != 3:
        return None
    channels_last = shape[0] not in (1, _COLOURS) and shape[2] == _COLOURS
    if not channels_last and shape[0] not in (1, _COLOURS):
        return None
    height, width = shape[:2] if channels_last else shape[1:]
    if min(height, width) < _LEAST_IMAGE_SIDE:
        return None
    step = _odd(-(-max(height, width) // _MOST_SIDE))
    plane = (slice(None, None, step), slice(None, None, step))
    inner = (*plane, slice(None)) if channels_last else (slice(None), *plane)
    return ImageCut((*batch, *inner), step, channels_last)


def _within(index: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return an index that there is: what is missing becomes 0, what is out of range the last."""
    padded = (*index[: len(sizes)], *[0] * len(sizes))
    return tuple(min(max(one, 0), size - 1) for one, size in zip(padded, sizes, strict=False))


def _sides(rows: int, columns: int, most: int) -> tuple[int, int]:
    """Return how many rows and columns fit, the shorter side whole if it can be."""
    if rows * columns <= most:
        return max(rows, 1), max(columns, 1)
    side = math.isqrt(most)
    if rows <= side:
        return rows, most // rows
    return (most // columns, columns) if columns <= side else (side, side)


def _odd(step: int) -> int:
    return step + 1 if step > 2 and step % 2 == 0 else step
