"""What stands where in a picture, in pixels: shapes and words, before they are painted.

Everything here is a value. A `Piece` has its own origin; pieces are put beside or below each other
and become one larger piece.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.pictures.fonts import Type, width
from bot.pictures.palette import Colour

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rect:
    """Pixels from `left`, `top` up to, not including, `right`, `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def centre(self) -> Point:
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2

    def shifted(self, right: int, down: int) -> "Rect":
        return Rect(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def meets(self, other: "Rect") -> bool:
        """Tell whether the two have a pixel in common."""
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, its line's upper left corner at `left`, `top`."""

    left: int
    top: int
    text: str
    kind: Type
    colour: Colour

    @property
    def box(self) -> Rect:
        right = self.left + width(self.text, self.kind)
        return Rect(self.left, self.top, right, self.top + self.kind.line)

    def shifted(self, right: int, down: int) -> "Words":
        return replace(self, left=self.left + right, top=self.top + down)


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle, its corners rounded by `radius`, with an edge inside of it."""

    box: Rect
    fill: Colour | None = None
    edge: Colour | None = None
    thickness: int = 2
    radius: int = 0

    def shifted(self, right: int, down: int) -> "Block":
        return replace(self, box=self.box.shifted(right, down))


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline, filled."""

    points: tuple[Point, ...]
    fill: Colour
    edge: Colour | None = None
    thickness: int = 2

    @property
    def box(self) -> Rect:
        return _around(self.points)

    def shifted(self, right: int, down: int) -> "Polygon":
        return replace(self, points=_moved(self.points, right, down))


@dataclass(frozen=True, slots=True)
class Line:
    """A line through `points`, with a head at its end if it is an arrow."""

    points: tuple[Point, ...]
    colour: Colour
    thickness: int = 2
    arrow: bool = False

    @property
    def box(self) -> Rect:
        return _around(self.points)

    def shifted(self, right: int, down: int) -> "Line":
        return replace(self, points=_moved(self.points, right, down))


Sign = Literal["", "nan", "+inf", "-inf"]


@dataclass(frozen=True, slots=True)
class Cells:
    """A grid of coloured cells of equal size: `colours` are RGB bytes, row by row.

    `numbers` stand in the cells where there are any. `signs` are the cells that carry a mark, by
    position. `faithful` cells are an image, of which no colour may be changed.
    """

    box: Rect
    rows: int
    columns: int
    colours: bytes
    numbers: tuple[str, ...] = ()
    signs: tuple[tuple[int, Sign], ...] = ()
    faithful: bool = False

    def shifted(self, right: int, down: int) -> "Cells":
        return replace(self, box=self.box.shifted(right, down))


Item = Words | Block | Polygon | Line | Cells


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a picture with its own origin; `items` later on lie above earlier ones."""

    width: int
    height: int
    items: tuple[Item, ...] = field(default=())

    def at(self, left: int, top: int) -> tuple[Item, ...]:
        """Return the items, moved."""
        return tuple(item.shifted(left, top) for item in self.items)


EMPTY = Piece(0, 0)


def words(text: str, kind: Type, colour: Colour) -> Piece:
    """Return one line of text; nothing for no text."""
    if not text:
        return EMPTY
    return Piece(width(text, kind), kind.line, (Words(0, 0, text, kind, colour),))


def lines(rows: Iterable[str], kind: Type, colour: Colour) -> Piece:
    """Return lines of text below each other."""
    return below([words(row, kind, colour) for row in rows])


def below(pieces: Iterable[Piece], gap: int = 0, *, middle: bool = False) -> Piece:
    """Return `pieces` below each other, `gap` apart; empty ones take no room."""
    there = [piece for piece in pieces if piece.height]
    across = max((piece.width for piece in there), default=0)
    items: list[Item] = []
    top = 0
    for piece in there:
        items += piece.at((across - piece.width) // 2 if middle else 0, top)
        top += piece.height + gap
    return Piece(across, max(0, top - gap), tuple(items))


def beside(pieces: Iterable[Piece], gap: int = 0, *, middle: bool = True) -> Piece:
    """Return `pieces` beside each other, `gap` apart, centred on one line or aligned at the top."""
    there = [piece for piece in pieces if piece.width]
    tall = max((piece.height for piece in there), default=0)
    items: list[Item] = []
    left = 0
    for piece in there:
        items += piece.at(left, (tall - piece.height) // 2 if middle else 0)
        left += piece.width + gap
    return Piece(max(0, left - gap), tall, tuple(items))


def flowing(pieces: Sequence[Piece], most: int, gap: int) -> Piece:
    """Return `pieces` beside each other, in as many rows as a width of `most` needs."""
    rows: list[list[Piece]] = [[]]
    used = 0
    for piece in pieces:
        if rows[-1] and used + gap + piece.width > most:
            rows.append([])
            used = 0
        used += piece.width + (gap if rows[-1] else 0)
        rows[-1].append(piece)
    return below([beside(row, gap) for row in rows], gap)


def framed(  # noqa: PLR0913  (a frame is all of these)
    piece: Piece,
    pad: int,
    *,
    fill: Colour | None = None,
    edge: Colour | None = None,
    thickness: int = 2,
    radius: int = 0,
    across: int | None = None,
) -> Piece:
    """Return `piece` on a rounded block, `pad` away from its rim, `across` pixels wide if given."""
    wide = piece.width + 2 * pad if across is None else across
    tall = piece.height + 2 * pad
    block = Block(Rect(0, 0, wide, tall), fill, edge, thickness, radius)
    return Piece(wide, tall, (block, *piece.at((wide - piece.width) // 2, pad)))


def _around(points: Sequence[Point]) -> Rect:
    across, down = zip(*points, strict=True)
    return Rect(min(across), min(down), max(across) + 1, max(down) + 1)


def _moved(points: Iterable[Point], right: int, down: int) -> tuple[Point, ...]:
    return tuple((x + right, y + down) for x, y in points)
