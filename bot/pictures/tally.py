"""Lays out how a channel answered a question: a bar for each option, the right one ticked."""

from bot.pictures.fonts import BODY, HEADING, STRONG, cut, wrapped
from bot.pictures.page import ACROSS, ends, headline, legend, page
from bot.pictures.palette import BLUE, FAINT, GREEN, GROUND, INK, PANEL, RIM
from bot.pictures.scene import (
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
from bot.tutor.drawing import Counted, Tally

MOST_OPTIONS = 10
MOST_LINES = 2
"""Lines of an option's text; what is left over is cut."""

_PAD = 14
_INNER = ACROSS - 2 * _PAD
_BADGE = 44
_TICK = 36
_GAP = 14
_ASIDE = 190
_BAR, _BAR_HEIGHT = _INNER - _ASIDE - _GAP, 22


def tally(drawn: Tally) -> Piece:
    """Return the picture. Raises `ValueError` if the drawing contradicts itself."""
    counts = [one.count for one in drawn.options]
    if not 1 <= len(counts) <= MOST_OPTIONS or min(counts) < 0:
        raise ValueError(
            f"{len(counts)} options, of which one was chosen {min(counts, default=0)} times"
        )
    most = max(counts)
    options = [option(one, most) for one in drawn.options]
    return page([headline(drawn.title, drawn.aside), *options, legend(drawn.legend)])


def option(one: Counted, most: int) -> Piece:
    """Return an option's panel, its bar as long as its share of the `most` chosen one's."""
    tick = [_tick()] if one.is_right else []
    room = _INNER - _BADGE - _GAP - (_TICK + _GAP if tick else 0)
    text = lines(wrapped(one.text, BODY, room, MOST_LINES), BODY, INK)
    title = beside([_badge(one), text], _GAP)
    top = ends(title, tick[0], _INNER) if tick else title
    aside = words(cut(one.aside, STRONG, _ASIDE), STRONG, INK if one.count else FAINT)
    bar = ends(_bar(one, most), aside, _INNER)
    return framed(
        below([top, bar], 10),
        _PAD,
        fill=PANEL,
        edge=GREEN if one.is_right else RIM,
        thickness=4 if one.is_right else 1,
        radius=12,
        across=ACROSS,
    )


def _badge(one: Counted) -> Piece:
    """Return the option's letter in a square, filled for the right one."""
    letter = words(cut(one.letter, HEADING, _BADGE - 8), HEADING, GROUND if one.is_right else INK)
    box = Rect(0, 0, _BADGE, _BADGE)
    fill, edge = (GREEN, GREEN) if one.is_right else (GROUND, FAINT)
    items = letter.at((_BADGE - letter.width) // 2, (_BADGE - letter.height) // 2)
    return Piece(_BADGE, _BADGE, (Block(box, fill, edge, 2, radius=8), *items))


def _tick() -> Piece:
    strokes = Line(((6, 19), (15, 28), (31, 9)), GREEN, 5)
    return Piece(_TICK, _TICK, (strokes,))


def _bar(one: Counted, most: int) -> Piece:
    trough = Block(Rect(0, 0, _BAR, _BAR_HEIGHT), GROUND, RIM, 2, radius=_BAR_HEIGHT // 2)
    items: list[Item] = [trough]
    if one.count:
        long = max(round((_BAR - 6) * one.count / most), _BAR_HEIGHT - 6)
        inside = Rect(3, 3, 3 + long, _BAR_HEIGHT - 3)
        colour = GREEN if one.is_right else BLUE
        items.append(Block(inside, colour, radius=_BAR_HEIGHT // 2 - 3))
    return Piece(_BAR, _BAR_HEIGHT, tuple(items))
