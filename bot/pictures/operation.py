"""Lays out a failing operation: operands drawn to their sizes, the sizes that clash marked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.pictures.fonts import BODY, HEADING, SENTENCE, STRONG, TITLE, Type, cut, width, wrapped
from bot.pictures.page import ACROSS, centred, headline, page
from bot.pictures.palette import BLUE, FAINT, GREEN, INK, PANEL, RED, RIM, Colour
from bot.pictures.scene import (
    EMPTY,
    Block,
    Item,
    Line,
    Piece,
    Rect,
    below,
    beside,
    framed,
    lines,
    words,
)
from bot.tutor.drawing import Box, Operation

MOST_BOXES = 8
MOST_DIMS = 8
"""Sizes that are shown of each operand; of more, the last ones."""

_LEAST_SIDE, _MORE_SIDE = 64, 136
_THIN = 44
_SHEET = 9
_NAME = 300
_MOST_SHAPE = 600
_GAP = 22
_CLOSE = 8
_FEW_COLUMNS = 4
_CELL_PAD = 16


def operation(drawn: Operation) -> Piece:
    """Return the picture. Raises `ValueError` if the drawing contradicts itself."""
    if not 1 <= len(drawn.boxes) <= MOST_BOXES:
        raise ValueError(f"an operation on {len(drawn.boxes)} operands")
    for box in drawn.boxes:
        if not all(0 <= position < len(box.dims) for position in box.clash):
            raise ValueError(f"sizes {box.clash} of {len(box.dims)} clash")
    operands = table(drawn) if drawn.right_aligned else row(drawn)
    sentence = lines(wrapped(drawn.sentence, SENTENCE, ACROSS, 6), SENTENCE, INK)
    panel = framed(operands, 20, fill=PANEL, radius=12, across=ACROSS)
    return page([headline(drawn.title), panel, sentence])


# Boxes beside each other ------------------------------------------------------------------------


def row(drawn: Operation) -> Piece:
    """Return the operands as boxes, beside each other or, where that is too wide, below."""
    largest = max((_size(dim) for box in drawn.boxes for dim in box.dims[-2:]), default=1)
    boxes = [
        operand(box, largest, upright=drawn.sign == "@" and position > 0)
        for position, box in enumerate(drawn.boxes)
    ]
    sign = words(cut(drawn.sign, TITLE, _NAME // 2), TITLE, INK)
    pieces: list[Piece] = []
    for box in boxes:
        pieces += [sign, box] if pieces else [box]
    flat = beside(pieces, _GAP)
    return flat if flat.width <= ACROSS - 40 else below(pieces, _GAP // 2, middle=True)


def operand(box: Box, largest: int, *, upright: bool = False) -> Piece:
    """Return one operand: its name, its box with the last two sizes on the edges, its whole shape.

    `largest` is the largest size of all operands. A vector lies, or stands if `upright`.
    """
    count = len(box.dims)
    stands = upright and count == 1
    top = None if stands or not count else count - 1
    left = 0 if stands else count - 2 if count > 1 else None
    name = words(cut(box.name, STRONG, _NAME), STRONG, INK)
    above = below([name, EMPTY if top is None else size_label(box, top)], _CLOSE, middle=True)
    sheets = _sheets(box, largest, top, left)
    note = lines(wrapped(box.note, BODY, _NAME, 2), BODY, FAINT)
    column = below([above, sheets, _shape(box, top, left), note], _CLOSE, middle=True)
    if left is None:
        return column
    label = size_label(box, left)
    middle = (above.height + _CLOSE if above.height else 0) + (sheets.height - label.height) // 2
    return _with_left(column, label, middle, (column.width - sheets.width) // 2)


def _with_left(column: Piece, label: Piece, top: int, inset: int) -> Piece:
    """Return `column` with a label beside what stands `inset` pixels within it."""
    start = inset - _CLOSE - label.width
    shift = max(0, -start)
    items = (*label.at(start + shift, top), *column.at(shift, 0))
    return Piece(column.width + shift, column.height, items)


def _sheets(box: Box, largest: int, top: int | None, left: int | None) -> Piece:
    """Return a sheet with the sizes at `top` and `left` as its edges, others behind it for more."""
    across = _THIN if top is None else _side(box.dims[top], largest)
    down = _THIN if left is None else _side(box.dims[left], largest)
    behind = 2 * _SHEET if len(box.dims) > 2 else 0
    sheets: list[Item] = [
        Block(Rect(shift, behind - shift, shift + across, behind - shift + down), _FACE, BLUE)
        for shift in range(behind, -1, -_SHEET)
    ]
    front = Rect(0, behind, across, behind + down)
    return Piece(across + behind, down + behind, (*sheets, *_edges(box, top, left, front)))


_FACE: Colour = (0x3A, 0x44, 0x58)


def _edges(box: Box, top: int | None, left: int | None, front: Rect) -> tuple[Item, ...]:
    """Return thick lines along the edges whose sizes clash."""
    found: list[Item] = []
    if top in box.clash:
        found.append(Line(((front.left, front.top), (front.right, front.top)), RED, 7))
    if left in box.clash:
        found.append(Line(((front.left, front.top), (front.left, front.bottom)), RED, 7))
    return tuple(found)


def size_label(box: Box, position: int) -> Piece:
    """Return a size; one that clashes has a frame, and "≠" with what it would have to be."""
    text = cut(box.dims[position], STRONG, 120)
    if position not in box.clash:
        return words(text, STRONG, INK)
    first = position == box.clash[0]
    wanted = f"{text} ≠ {cut(box.wanted, STRONG, 100)}" if box.wanted and first else text
    return framed(
        words(wanted, STRONG, RED),
        2,
        edge=RED,
        thickness=3,
        radius=8,
        across=width(wanted, STRONG) + 20,
    )


def _shape(box: Box, *on_edges: int | None) -> Piece:
    """Return the shape in brackets, as torch writes it; clashes that no edge shows are framed."""
    most = min(MOST_DIMS, len(box.dims))
    choices = (_last_dims(box, count, on_edges) for count in range(most, -1, -1))
    return next(piece for piece in choices if piece.width <= _MOST_SHAPE)


def _last_dims(box: Box, count: int, on_edges: tuple[int | None, ...]) -> Piece:
    first = len(box.dims) - count
    pieces: list[Piece] = []
    text = "[..., " if first else "["
    for position in range(first, len(box.dims)):
        if position in box.clash and position not in on_edges:
            pieces += [words(text, BODY, BLUE), size_label(box, position)]
            text = ""
        else:
            text += cut(box.dims[position], BODY, _NAME // 3)
        text += ", " if position + 1 < len(box.dims) else ""
    return beside([*pieces, words(f"{text}]", BODY, BLUE)], 4)


def _side(dim: str, largest: int) -> int:
    """Return the pixels of an edge: longer for a larger size, yet 1 and 1000 fit one picture."""
    return (
        round(_LEAST_SIDE + _MORE_SIDE * math.log1p(_size(dim)) / math.log1p(max(largest, 1))) - 24
    )


def _size(dim: str) -> int:
    return min(int(dim), 10**9) if dim.isascii() and dim.isdigit() and len(dim) < 12 else 1


# Sizes in columns, from the right ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Columns:
    """How a table is set: its number of columns, their width and gap, and the widest name."""

    count: int
    width: int
    gap: int
    name: int
    kind: Type


def table(drawn: Operation) -> Piece:
    """Return a row for each operand, its sizes in columns that end at the right, as for adding."""
    sign = words(cut(drawn.sign, TITLE, 60), TITLE, INK)
    columns = _columns(drawn.boxes, ACROSS - 40 - sign.width - _GAP)
    rows = [
        _table_row(box, columns, sign if position else EMPTY, sign.width)
        for position, box in enumerate(drawn.boxes)
    ]
    across = max(one.width for one in rows)
    rule = Piece(across, 3, (Line(((0, 1), (across, 1)), RIM, 2),))
    verdicts = _verdicts(drawn.boxes, columns)
    foot = Piece(across, verdicts.height, verdicts.at(across - verdicts.width, 0))
    return below([*rows, rule, foot], 8)


def _columns(boxes: Sequence[Box], across: int) -> Columns:
    """Return columns that fit; many of them are set smaller and closer, beside shorter names."""
    count = min(MOST_DIMS, max(1, *(len(box.dims) for box in boxes)))
    few = count <= _FEW_COLUMNS
    kind, gap, most_name = (HEADING, 26, 220) if few else (STRONG, 6, 120)
    name = max(width(cut(box.name, kind, most_name), kind) for box in boxes)
    widest = max([width(cut(dim, kind, 120), kind) for box in boxes for dim in box.dims] or [0])
    room = (across - name - _GAP) // count - gap
    return Columns(count, min(max(40, widest) + _CELL_PAD, room), gap, name, kind)


def _table_row(box: Box, columns: Columns, sign: Piece, sign_width: int) -> Piece:
    name = words(cut(box.name, columns.kind, columns.name), columns.kind, INK)
    skipped = len(box.dims) - columns.count
    cells = [_table_cell(box, place + skipped, columns) for place in range(columns.count)]
    sizes = beside(cells, columns.gap)
    tall = max(sizes.height, sign.height, name.height)
    items: list[Item] = []
    left = 0
    for piece, room in ((sign, sign_width), (name, columns.name), (sizes, sizes.width)):
        items += piece.at(left, (tall - piece.height) // 2)
        left += room + (_GAP if room else 0)
    note = lines(wrapped(box.note, BODY, ACROSS - 80, 1), BODY, FAINT)
    return below([Piece(left - _GAP, tall, tuple(items)), note], 2)


def _table_cell(box: Box, position: int, columns: Columns) -> Piece:
    if position < 0:
        return centred(words("·", columns.kind, FAINT), columns.width)
    clashes = position in box.clash
    shown = cut(box.dims[position], columns.kind, columns.width - _CELL_PAD)
    text = words(shown, columns.kind, RED if clashes else INK)
    edge = RED if clashes else None
    return framed(text, 4, edge=edge, thickness=3, radius=8, across=columns.width)


def _verdicts(boxes: Sequence[Box], columns: Columns) -> Piece:
    """Return, under each column, whether its sizes go together."""

    def clashes(from_right: int) -> bool:
        return any(len(box.dims) - from_right in box.clash for box in boxes)

    marks = [
        words("≠", TITLE, RED) if clashes(columns.count - place) else words("✓", TITLE, GREEN)
        for place in range(columns.count)
    ]
    return beside([centred(mark, columns.width) for mark in marks], columns.gap)
