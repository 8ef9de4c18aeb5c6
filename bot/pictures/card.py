"""Lays out the inspector's card: a panel for each tensor, its picture beside or above its facts."""

from bot.pictures.fonts import BODY, HEADING, STRONG, cut, width, wrapped
from bot.pictures.heat_map import NARROW, heat_map, pixels
from bot.pictures.page import ACROSS, centred, headline, legend, page
from bot.pictures.palette import BLUE, FAINT, INK, PANEL, RIM, TONES
from bot.pictures.scene import (
    EMPTY,
    Block,
    Item,
    Piece,
    Rect,
    below,
    beside,
    flowing,
    framed,
    lines,
    words,
)
from bot.tutor.drawing import Bars, Card, HeatMap, Panel, Pill, Pixels

MOST_PANELS = 4
MOST_BARS = 64
MOST_PILLS = 6

_BAR = 10
_PAD = 20
_INNER = ACROSS - _BAR - 2 * _PAD
_GAP = 24
_LEAST_TEXT = 250
_LINE_GAP = 10
_HISTOGRAM = 48
_LEAST_HISTOGRAM = 160


def card(drawn: Card) -> Piece:
    """Return the whole card. Raises `ValueError` if the drawing contradicts itself."""
    if not 1 <= len(drawn.panels) <= MOST_PANELS:
        raise ValueError(f"a card of {len(drawn.panels)} panels")
    panels = [panel(one) for one in drawn.panels]
    return page([headline(drawn.title, drawn.aside), *panels, legend(drawn.legend)])


def panel(drawn: Panel) -> Piece:
    """Return one tensor's panel, with a bar of its accent's colour at the left."""
    facts = lines(wrapped(drawn.facts, BODY, _INNER, 3), BODY, FAINT)
    inside = below([_name(drawn), facts, _body(drawn)], _LINE_GAP)
    tall = inside.height + 2 * _PAD - 4
    accent = RIM if drawn.accent == "plain" else TONES[drawn.accent]
    items: list[Item] = [
        Block(Rect(0, 0, ACROSS, tall), PANEL, RIM, 1, radius=12),
        Block(Rect(0, 0, _BAR, tall), accent, radius=5),
    ]
    return Piece(ACROSS, tall, (*items, *inside.at(_BAR + _PAD, _PAD - 4)))


def _name(drawn: Panel) -> Piece:
    """Return the name and the shape; where both are long, each has half of the line."""
    half = (_INNER - _GAP) // 2
    shape = cut(drawn.shape, HEADING, max(half, _INNER - _GAP - width(drawn.name[:60], HEADING)))
    left = _INNER - width(shape, HEADING) - (_GAP if shape else 0)
    name = words(cut(drawn.name, HEADING, left), HEADING, INK)
    return beside([name, words(shape, HEADING, BLUE)], _GAP - 8)


def _body(drawn: Panel) -> Piece:
    if drawn.picture is None:
        return _words(drawn, _INNER)
    picture = _picture(drawn.picture)
    column = max(picture.width, NARROW)
    room = _INNER - column - _GAP
    if room < _LEAST_TEXT:
        return below([picture, _words(drawn, _INNER)], _LINE_GAP + 2)
    return beside([centred(picture, column), _words(drawn, room)], _GAP, middle=False)


def _picture(drawn: HeatMap | Pixels) -> Piece:
    return heat_map(drawn) if isinstance(drawn, HeatMap) else pixels(drawn)


def _words(drawn: Panel, most: int) -> Piece:
    """Return statistics, histogram and remarks in a column at most `most` pixels wide."""
    statistics = lines(wrapped(drawn.statistics, BODY, most, 4), BODY, INK)
    bars = EMPTY if drawn.bars is None else histogram(drawn.bars, most)
    remarks = flowing([pill(one, most) for one in drawn.pills[:MOST_PILLS]], most, 10)
    return below([statistics, bars, remarks], _LINE_GAP + 2)


def histogram(drawn: Bars, most: int) -> Piece:
    """Return the bars with their label beside them, or below where there is no room."""
    if len(drawn.counts) > MOST_BARS or min(drawn.counts, default=0) < 0:
        raise ValueError(f"a histogram of {len(drawn.counts)} bars from {min(drawn.counts)}")
    if not drawn.counts:
        return EMPTY
    label = words(cut(drawn.label, BODY, most), BODY, FAINT)
    room = most - label.width - 14
    aside = room >= _LEAST_HISTOGRAM
    each = max(2, min(24, (room if aside else most) // len(drawn.counts)))
    most_counted = max(drawn.counts) or 1
    bars = [
        Block(_bar(position, each, _height(count / most_counted)), BLUE if count else RIM)
        for position, count in enumerate(drawn.counts)
    ]
    picture = Piece(each * len(bars), _HISTOGRAM, tuple(bars))
    return beside([picture, label], 14) if aside else below([picture, label], 4)


def _height(part: float) -> int:
    return max(2, min(_HISTOGRAM, round(part * _HISTOGRAM)))


def _bar(position: int, each: int, tall: int) -> Rect:
    gap = 1 if each > 2 else 0
    return Rect(position * each, _HISTOGRAM - tall, (position + 1) * each - gap, _HISTOGRAM)


def pill(drawn: Pill, most: int) -> Piece:
    """Return a remark in a frame of its tone's colour."""
    colour = TONES[drawn.tone]
    text = words(cut(drawn.text, STRONG, most - 24), STRONG, colour)
    if not text.width:
        return EMPTY
    return framed(text, 3, edge=colour, radius=10, across=text.width + 24)
