"""The frame that all pictures share: the width, the margins, a headline and a legend."""

from collections.abc import Sequence

from bot.pictures.fonts import BODY, TITLE, cut, wrapped
from bot.pictures.palette import FAINT, INK
from bot.pictures.scene import Piece, below, lines, words

WIDTH = 760
"""Pixels of every picture's width: twice that of a phone."""

MARGIN = 16
ACROSS = WIDTH - 2 * MARGIN
"""Pixels between the margins."""

_GAP = 24
_BETWEEN = 14


def page(pieces: Sequence[Piece]) -> Piece:
    """Return a picture of full width with `pieces` below each other within its margins."""
    column = below(pieces, _BETWEEN)
    if column.width > ACROSS:
        raise ValueError(f"a page of {column.width} pixels is too wide")
    return Piece(WIDTH, column.height + 2 * MARGIN, column.at(MARGIN, MARGIN))


def headline(title: str, aside: str = "") -> Piece:
    """Return the title at the left and what is said aside at the right, on one line."""
    right = words(cut(aside, BODY, ACROSS // 2), BODY, FAINT)
    room = ACROSS - right.width - (_GAP if right.width else 0)
    left = words(cut(title, TITLE, room), TITLE, INK)
    return ends(left, right, ACROSS)


def ends(left: Piece, right: Piece, across: int) -> Piece:
    """Return one piece at the left end of a line and one at its right end."""
    tall = max(left.height, right.height)
    items = left.at(0, tall - left.height)
    return Piece(across, tall, (*items, *right.at(across - right.width, tall - right.height)))


def centred(piece: Piece, across: int = ACROSS) -> Piece:
    """Return `piece` in the middle of `across` pixels."""
    return Piece(across, piece.height, piece.at((across - piece.width) // 2, 0))


def legend(text: str, most_lines: int = 4) -> Piece:
    """Return what the signs and colours mean, for the foot of a picture."""
    return lines(wrapped(text, BODY, ACROSS, most_lines), BODY, FAINT)
