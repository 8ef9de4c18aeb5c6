"""Lays out how a tensor came to be: steps in layers, arrows from what went in to what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.pictures.fonts import BODY, STRONG, cut
from bot.pictures.layers import Arranged, Place, Stop, arranged, neighbours, spread
from bot.pictures.page import ACROSS, headline, legend, page
from bot.pictures.palette import BLUE, FAINT, GREEN, INK, PANEL
from bot.pictures.scene import Block, Item, Line, Piece, Point, Polygon, Rect, below, beside, words
from bot.tutor.drawing import Graph, Step

MOST_STEPS = 30

_TIGHTER = ((300, 18), (230, 18), (180, 18), (140, 18), (140, 8))
"""Pixels of the widest step and between stops, from the most comfortable to the tightest."""

_MOST_BESIDE = (4, 3, 2, 1)
_MANY_LAYERS = 8
_LANE = 6
_DOWN = 44
_PAD, _POINT = 14, 18
_ROUNDS = 10
_STRAIGHT = 4


@dataclass(frozen=True, slots=True)
class Nodes:
    """An arrangement whose layers fit the page: each step's piece, and the centre of every stop."""

    pieces: tuple[Piece, ...]
    arranged: Arranged
    centres: Mapping[Place, float]


def graph(drawn: Graph) -> Piece:
    """Return the picture. Raises `ValueError` if the drawing contradicts itself."""
    if not 1 <= len(drawn.steps) <= MOST_STEPS:
        raise ValueError(f"a graph of {len(drawn.steps)} steps")
    nodes = fitted(drawn.steps)
    return page([headline(drawn.title, drawn.aside), _drawn(nodes), legend(drawn.legend)])


def fitted(steps: Sequence[Step]) -> Nodes:
    """Return the steps arranged so that every layer fits the page; labels are cut if they must."""
    inputs = [step.inputs for step in steps]
    choices = [arranged(inputs, most) for most in _MOST_BESIDE]
    for cap, gap in _TIGHTER:
        for layers in choices:
            flat = len(layers.layers) > _MANY_LAYERS
            pieces = tuple(
                node(step, cap, flat=flat, result=position == 0)
                for position, step in enumerate(steps)
            )
            centres = _centres(layers, pieces, gap)
            if centres is not None:
                return Nodes(pieces, layers, centres)
    raise ValueError(f"a graph of {len(steps)} steps fits no page")


def node(step: Step, cap: int, *, flat: bool, result: bool) -> Piece:
    """Return a step: a box, or a hexagon for a leaf; `flat` puts the shape beside the label."""
    room = cap - 2 * _PAD - (2 * _POINT if step.is_leaf else 0)
    shape = words(cut(step.shape, BODY, room), BODY, BLUE)
    beside_room = room - shape.width - 10
    if flat and beside_room >= room // 3:
        text = beside([words(cut(step.label, STRONG, beside_room), STRONG, INK), shape], 10)
    else:
        text = below([words(cut(step.label, STRONG, room), STRONG, INK), shape], middle=True)
    aside = _PAD + (_POINT if step.is_leaf else 0)
    across, down = text.width + 2 * aside, text.height + 12
    outline = _hexagon(across, down) if step.is_leaf else _box(across, down, result=result)
    return Piece(across, down, (outline, *text.at(aside, 6)))


def _box(across: int, down: int, *, result: bool) -> Block:
    edge, thick = (INK, 5) if result else (BLUE, 2)
    return Block(Rect(0, 0, across, down), PANEL, edge, thick, radius=8)


def _hexagon(across: int, down: int) -> Polygon:
    middle, right, bottom = down // 2, across - 1, down - 1
    points = (
        (0, middle),
        (_POINT, 0),
        (right - _POINT, 0),
        (right, middle),
        (right - _POINT, bottom),
        (_POINT, bottom),
    )
    return Polygon(points, PANEL, GREEN, 3)


def _centres(layers: Arranged, pieces: Sequence[Piece], gap: int) -> Mapping[Place, float] | None:
    """Return where the stops stand across the page, each near those it is joined with."""
    centres: dict[Place, float] = {
        (level, stop): ACROSS / 2 for level, layer in enumerate(layers.layers) for stop in layer
    }
    lower, upper = neighbours(layers.flows, below=True), neighbours(layers.flows, below=False)
    levels = list(enumerate(layers.layers))
    for turn in range(_ROUNDS):
        for level, layer in levels if turn % 2 == 0 else reversed(levels):
            places = [(level, stop) for stop in layer]
            wishes = [_wish(place, lower, upper, centres) for place in places]
            widths = [_width(stop, pieces) for stop in layer]
            found = spread(wishes, widths, gap, ACROSS)
            if found is None:
                return None
            centres.update(zip(places, found, strict=True))
    return _in_the_middle(centres, pieces)


def _in_the_middle(
    centres: Mapping[Place, float], pieces: Sequence[Piece]
) -> Mapping[Place, float]:
    """Return the centres moved so that there is as much room at the left as at the right."""
    left = min(centre - _width(stop, pieces) / 2 for (_, stop), centre in centres.items())
    right = max(centre + _width(stop, pieces) / 2 for (_, stop), centre in centres.items())
    shift = (ACROSS - left - right) / 2
    return {place: centre + shift for place, centre in centres.items()}


def _wish(
    place: Place,
    lower: Mapping[Place, list[Place]],
    upper: Mapping[Place, list[Place]],
    centres: Mapping[Place, float],
) -> float:
    near = [*lower.get(place, []), *upper.get(place, [])]
    # A lane bends less if it minds the rest of the lane more than what flows into it.
    weights = [_STRAIGHT if place[1].lane and one[1].lane else 1 for one in near]
    if not near:
        return centres[place]
    return sum(centres[one] * weight for one, weight in zip(near, weights, strict=True)) / sum(
        weights
    )


def _width(stop: Stop, pieces: Sequence[Piece]) -> int:
    return _LANE if stop.lane else pieces[stop.node].width


def _drawn(nodes: Nodes) -> Piece:
    """Return nodes and arrows, the uppermost layer first."""
    tops: dict[int, int] = {}
    heights: dict[int, int] = {}
    top = 0
    for level in range(len(nodes.arranged.layers) - 1, -1, -1):
        stops = nodes.arranged.layers[level]
        heights[level] = max(
            (nodes.pieces[one.node].height for one in stops if not one.lane), default=0
        )
        tops[level] = top
        top += heights[level] + _DOWN
    items: list[Item] = []
    for level, stops in enumerate(nodes.arranged.layers):
        for stop in stops:
            items += _stop(nodes, (level, stop), tops[level], heights[level])
    for upper, lower in nodes.arranged.flows:
        start = _end(nodes, upper, tops, heights, entering=None)
        items.append(_flow(start, _end(nodes, lower, tops, heights, entering=upper), lower[1]))
    return Piece(ACROSS, top - _DOWN, tuple(items))


def _stop(nodes: Nodes, place: Place, top: int, tall: int) -> tuple[Item, ...]:
    centre = round(nodes.centres[place])
    if place[1].lane:
        return (Line(((centre, top), (centre, top + tall)), FAINT, 3),)
    piece = nodes.pieces[place[1].node]
    return piece.at(centre - piece.width // 2, top + (tall - piece.height) // 2)


def _flow(start: Point, end: Point, into: Stop) -> Line:
    return Line((start, end), FAINT, 3, arrow=not into.lane)


def _end(
    nodes: Nodes,
    place: Place,
    tops: Mapping[int, int],
    heights: Mapping[int, int],
    *,
    entering: Place | None,
) -> Point:
    """Return where a line leaves `place` at its foot, or enters it at its head from `entering`."""
    level, stop = place
    x = nodes.centres[place]
    inset = 0 if stop.lane else (heights[level] - nodes.pieces[stop.node].height) // 2
    if entering is None:
        return round(x), tops[level] + heights[level] - inset
    if not stop.lane:
        x += _aside(nodes, place, entering)
    return round(x), tops[level] + inset


def _aside(nodes: Nodes, place: Place, entering: Place) -> float:
    """Return how far from the middle an arrow ends, so that several do not end in one point."""
    sources = sorted(
        (upper for upper, lower in nodes.arranged.flows if lower == place),
        key=lambda one: nodes.centres[one],
    )
    step = min(34.0, nodes.pieces[place[1].node].width * 0.6 / max(1, len(sources)))
    return (sources.index(entering) - (len(sources) - 1) / 2) * step
