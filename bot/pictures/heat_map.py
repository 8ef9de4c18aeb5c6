"""Lays out a matrix as coloured cells with its sizes on the edges, and an image as large pixels."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.pictures.fonts import BODY, STRONG, cut, width, wrapped
from bot.pictures.palette import FAINT, INK, RIM, coloured
from bot.pictures.scene import (
    EMPTY,
    Block,
    Cells,
    Line,
    Piece,
    Rect,
    Sign,
    below,
    beside,
    lines,
    words,
)
from bot.tutor.drawing import HeatMap, Pixels

MOST_SIDE = 64
"""Cells along an edge of a heat map, and pixels along one of a preview."""

MOST_NUMBERS = 36
NARROW = 300
"""Pixels that a picture has beside text, unless it needs more for its numbers or its sizes."""

_WIDE = 660
_TALL = 252
_TALLEST = 520
_MANY = 24
_THINNEST = 30
_LARGEST_CELL = 44
_NUMBER_PAD, _NUMBER_HEIGHT = 8, 42
_EDGE_GAP = 8
_NOTHING = 64


Style = Literal["whole", "round", "any"]


@dataclass(frozen=True, slots=True)
class CellSize:
    """Pixels of one cell, and the numbers that fit into cells of this size."""

    width: int
    height: int
    numbers: tuple[str, ...] = ()


def heat_map(heat: HeatMap) -> Piece:
    """Return the matrix with its edges and caption. Raises `ValueError` if it contradicts itself."""
    if not 0 <= heat.rows <= MOST_SIDE or not 0 <= heat.columns <= MOST_SIDE:
        raise ValueError(f"a heat map of {heat.rows} by {heat.columns} cells")
    if len(heat.values) != heat.rows * heat.columns:
        raise ValueError(f"{len(heat.values)} values for {heat.rows} by {heat.columns} cells")
    if not heat.values:
        return _edged(_empty(heat.rows, heat.columns), heat.edges, heat.caption)
    size = cell_size(heat)
    values = np.asarray(heat.values, np.float64)
    box = Rect(0, 0, size.width * heat.columns, size.height * heat.rows)
    cells = Cells(
        box, heat.rows, heat.columns, coloured(values).tobytes(), size.numbers, _signs(values)
    )
    return _edged(Piece(box.width, box.height, (cells,)), heat.edges, heat.caption)


def pixels(image: Pixels) -> Piece:
    """Return the image, each pixel a square. Raises `ValueError` if it contradicts itself."""
    if not 1 <= image.width <= MOST_SIDE or not 1 <= image.height <= MOST_SIDE:
        raise ValueError(f"a preview of {image.width} by {image.height} pixels")
    if len(image.data) != image.width * image.height * image.channels:
        raise ValueError(f"{len(image.data)} bytes for {image.width} by {image.height} pixels")
    data = image.data if image.channels == 3 else bytes(np.repeat(_bytes(image.data), 3))
    room = NARROW - _label_width(image.edges[0]) - _EDGE_GAP
    side = max(1, min(_LARGEST_CELL, room // image.width, _TALL // image.height))
    box = Rect(0, 0, side * image.width, side * image.height)
    cells = Cells(box, image.height, image.width, data, faithful=True)
    return _edged(Piece(box.width, box.height, (cells,)), image.edges, image.caption)


def cell_size(heat: HeatMap) -> CellSize:
    """Return how large the cells of a matrix with at least one element are drawn.

    Few have numbers in them if those fit. Many, and long vectors, take the whole width.
    """
    room = _label_width(heat.edges[0]) + _EDGE_GAP
    if heat.rows * heat.columns <= MOST_NUMBERS:
        style = _style(heat)
        numbers = tuple(cell_text(value, style) for value in heat.values)
        wide = max(_NUMBER_HEIGHT, max(width(text, BODY) for text in numbers) + 2 * _NUMBER_PAD)
        if wide * heat.columns + room <= _WIDE and _NUMBER_HEIGHT * heat.rows <= _TALLEST:
            return CellSize(wide, _NUMBER_HEIGHT, numbers)
    spread = heat.columns > _MANY or heat.rows > _MANY or heat.columns > 4 * heat.rows
    across = (_WIDE if spread else NARROW) - room
    down = _TALLEST if spread else _TALL
    side = max(1, min(_LARGEST_CELL, across // heat.columns, down // heat.rows))
    return CellSize(
        max(side, math.ceil(_THINNEST / heat.columns)), max(side, math.ceil(_THINNEST / heat.rows))
    )


def _style(heat: HeatMap) -> Style:
    if heat.whole:
        return "whole"
    known = [value for value in heat.values if math.isfinite(value)]
    return "round" if all(value == round(value) for value in known) else "any"


def cell_text(value: float, style: Style = "any") -> str:
    """Return a number as short as a cell needs it, about six characters.

    Like torch, it writes "2" among whole numbers, and "2." where all happen to be round.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if style == "whole" and size < 100_000:
        return f"{value:.0f}"
    if style == "round" and size < 9999:
        return f"{value + 0:.0f}."
    if size and (size < 0.005 or size >= 9999.5):
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{value:.{digits}f}" if value else "0"


def _signs(values: NDArray[np.float64]) -> tuple[tuple[int, Sign], ...]:
    def sign(value: float) -> Sign:
        return "nan" if math.isnan(value) else "+inf" if value > 0 else "-inf"

    strange = np.flatnonzero(~np.isfinite(values))
    return tuple((int(position), sign(float(values[position]))) for position in strange)


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _empty(rows: int, columns: int) -> Piece:
    """Return a crossed-out frame for a matrix without elements."""
    across, down = (_NOTHING * 2 if size else _NOTHING for size in (columns, rows))
    frame = Block(Rect(0, 0, across, down), edge=RIM)
    cross = Line(((4, down - 4), (across - 4, 4)), RIM)
    return Piece(across, down, (frame, cross))


def _label_width(edge: str) -> int:
    return width(cut(edge, STRONG, NARROW // 3), STRONG)


def _edged(picture: Piece, edges: tuple[str, str], caption: str) -> Piece:
    """Return `picture` with the rows' size to its left, the columns' above and a caption below."""
    left = words(cut(edges[0], STRONG, NARROW // 3), STRONG, INK)
    above = words(cut(edges[1], STRONG, max(picture.width, NARROW)), STRONG, INK)
    column = below([above, picture], 2, middle=True)
    if left.width:
        down = column.height - picture.height + (picture.height - left.height) // 2
        side = Piece(left.width, column.height, left.at(0, max(0, down)))
        column = beside([side, column], _EDGE_GAP, middle=False)
    most = max(column.width, NARROW)
    note = lines(wrapped(caption, BODY, most, 2), BODY, FAINT) if caption else EMPTY
    return below([column, note], 6, middle=True)
