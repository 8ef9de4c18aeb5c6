"""Lays out how far somebody is: for each lesson what was read, and its challenge step by step."""

import math

from bot.pictures.fonts import BODY, HEADING, MORE, cut
from bot.pictures.page import ACROSS, ends, headline, legend, page
from bot.pictures.palette import BLUE, FAINT, GREEN, GROUND, INK, PANEL, RIM, TONES
from bot.pictures.scene import (
    EMPTY,
    Block,
    Item,
    Line,
    Piece,
    Polygon,
    Rect,
    below,
    beside,
    flowing,
    framed,
    words,
)
from bot.tutor.drawing import Progress, Row

MOST_ROWS = 14
"""Lessons in one picture; of those beyond only the number is said."""

MOST_STEPS = 40
MOST_SECTIONS = 1000

_PAD = 18
_INNER = ACROSS - 2 * _PAD
_BAR, _BAR_HEIGHT = 300, 20
_DOT = 32
_GAP = 24


def progress(drawn: Progress) -> Piece:
    """Return the picture. Raises `ValueError` if the drawing contradicts itself."""
    rows = [lesson(row) for row in drawn.rows[:MOST_ROWS]]
    left = len(drawn.rows) - len(rows)
    more = words(f"+ {left} {MORE}", BODY, FAINT) if left > 0 else EMPTY
    return page([headline(drawn.title), *rows, more, legend(drawn.legend)])


def lesson(row: Row) -> Piece:
    """Return one lesson's panel."""
    if not 0 <= row.read <= row.sections <= MOST_SECTIONS or len(row.steps) > MOST_STEPS:
        raise ValueError(f"{row.read} of {row.sections} sections, {len(row.steps)} steps")
    aside = words(cut(row.aside, BODY, _INNER // 2), BODY, FAINT)
    room = _INNER - aside.width - (_GAP if aside.width else 0)
    title = ends(words(cut(row.title, HEADING, room), HEADING, INK), aside, _INNER)
    read = _read(row)
    steps = flowing([_dot(step) for step in row.steps], _INNER, 8)
    together = beside([read, steps], _GAP)
    body = together if together.width <= _INNER else below([read, steps], 10)
    return framed(
        below([title, body], 8),
        _PAD - 4,
        fill=PANEL,
        edge=RIM,
        thickness=1,
        radius=12,
        across=ACROSS,
    )


def _read(row: Row) -> Piece:
    """Return a bar that is full when all sections were read, and the numbers in words."""
    if not row.sections:
        return EMPTY
    filled = round((_BAR - 6) * row.read / row.sections)
    trough = Block(Rect(0, 0, _BAR, _BAR_HEIGHT), GROUND, FAINT, 2, radius=_BAR_HEIGHT // 2)
    items: list[Item] = [trough]
    if filled:
        inside = Rect(3, 3, 3 + max(filled, _BAR_HEIGHT - 6), _BAR_HEIGHT - 3)
        items.append(Block(inside, BLUE, radius=_BAR_HEIGHT // 2 - 3))
    bar = Piece(_BAR, _BAR_HEIGHT, tuple(items))
    return beside([bar, words(f"{row.read}/{row.sections}", BODY, INK)], 12)


def _dot(step: str) -> Piece:
    """Return the mark of a step; each kind has a shape of its own."""
    box, half = Rect(0, 0, _DOT, _DOT), _DOT // 2
    ring = Block(box, GROUND, RIM, 3, radius=half)
    items: tuple[Item, ...]
    if step == "done":
        tick = Line(((8, 17), (14, 23), (24, 10)), GROUND, 4)
        items = (Block(box, GREEN, radius=half), tick)
    elif step == "shown":
        colour = TONES["changed"]
        turns = [math.pi / 2 + math.pi * part / 12 for part in range(13)]
        left = [
            (round(half + half * math.cos(turn)), round(half - half * math.sin(turn)))
            for turn in turns
        ]
        items = (Block(box, GROUND, colour, 3, radius=half), Polygon(tuple(left), colour))
    elif step == "current":
        dot = Block(Rect(9, 9, _DOT - 9, _DOT - 9), INK, radius=half - 9)
        items = (Block(box, GROUND, INK, 4, radius=half), dot)
    else:
        items = (ring,)
    return Piece(_DOT, _DOT, items)
