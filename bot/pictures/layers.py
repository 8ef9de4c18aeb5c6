"""Arranges a graph in layers, leaves above and what comes of them below, by numbers alone.

A node is a position; each layer holds nodes and lanes, beside each other. A lane carries everything
that flows from further up into one node past the layers between. So lines run from one layer to the
next only, and never through a node.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Stop:
    """What stands in a layer: the node itself, or a `lane` that leads to it."""

    node: int
    lane: bool = False


Place = tuple[int, Stop]
"""A stop and its layer: lanes to one node are a stop in each layer they pass."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """Layers from the result (first) up; `flows` are pairs of stops, from a layer to the one below."""

    layers: tuple[tuple[Stop, ...], ...]
    flows: tuple[tuple[Place, Place], ...]


def arranged(inputs: Sequence[Sequence[int]], most: int) -> Arranged:
    """Return the layers, each of at most `most` nodes besides its lanes.

    `inputs` are each node's, all further on in the sequence; anything else is a `ValueError`.
    """
    layer_of = _layers_of(inputs, most)
    layers: list[list[Stop]] = [[] for _ in range(max(layer_of, default=0) + 1)]
    for node, layer in enumerate(layer_of):
        layers[layer].append(Stop(node))
    for node, its in enumerate(inputs):
        highest = max((layer_of[one] for one in its), default=0)
        for layer in range(layer_of[node] + 1, highest):
            layers[layer].append(Stop(node, lane=True))
    flows = _flows(inputs, layer_of)
    _untangle(layers, flows)
    return Arranged(tuple(tuple(layer) for layer in layers), flows)


def _layers_of(inputs: Sequence[Sequence[int]], most: int) -> list[int]:
    """Return each node's layer: above all that use it, as far down as there is room."""
    lowest = [0] * len(inputs)
    for node, its in enumerate(inputs):
        for one in its:
            if not node < one < len(inputs):
                raise ValueError(f"node {node} of {len(inputs)} has node {one} as an input")
            lowest[one] = max(lowest[one], lowest[node] + 1)
    placed = list(lowest)
    taken: dict[int, int] = {}
    for node in sorted(range(len(inputs)), key=lambda one: (lowest[one], one)):
        while taken.get(placed[node], 0) >= most:
            placed[node] += 1
        taken[placed[node]] = taken.get(placed[node], 0) + 1
        for one in inputs[node]:
            placed[one] = max(placed[one], placed[node] + 1)
    return placed


def _flows(
    inputs: Sequence[Sequence[int]], layer_of: Sequence[int]
) -> tuple[tuple[Place, Place], ...]:
    found: dict[tuple[Place, Place], None] = {}
    for node, its in enumerate(inputs):
        for one in its:
            here: Place = (layer_of[one], Stop(one))
            while here[0] > layer_of[node]:
                down = here[0] - 1
                there: Place = (down, Stop(node, lane=down > layer_of[node]))
                found[here, there] = None
                here = there
    return tuple(found)


def _untangle(layers: list[list[Stop]], flows: Sequence[tuple[Place, Place]]) -> None:
    """Order each layer by where its neighbours stand, so that few lines cross."""
    lower, upper = neighbours(flows, below=True), neighbours(flows, below=False)
    at: dict[Place, float] = {}
    for level, layer in enumerate(layers):
        _number(level, layer, at)
    for sweep in range(_SWEEPS):
        upwards = sweep % 2 == 0
        near = lower if upwards else upper
        levels = range(len(layers))
        for level in levels if upwards else reversed(levels):
            layers[level] = _sorted_by_neighbours(level, layers[level], near, at)
            _number(level, layers[level], at)


def _number(level: int, layer: Sequence[Stop], at: dict[Place, float]) -> None:
    at.update(((level, stop), (index + 0.5) / len(layer)) for index, stop in enumerate(layer))


def _sorted_by_neighbours(
    level: int, layer: Sequence[Stop], near: Mapping[Place, list[Place]], at: Mapping[Place, float]
) -> list[Stop]:
    def wish(stop: Stop) -> float:
        around = near.get((level, stop)) or [(level, stop)]
        return sum(at[one] for one in around) / len(around)

    return sorted(layer, key=wish)


def neighbours(flows: Sequence[tuple[Place, Place]], *, below: bool) -> dict[Place, list[Place]]:
    """Return what each place flows into (`below`), or what flows into it."""
    found: dict[Place, list[Place]] = {}
    for upper, lower in flows:
        here, there = (upper, lower) if below else (lower, upper)
        found.setdefault(here, []).append(there)
    return found


def spread(
    wishes: Sequence[float], widths: Sequence[int], gap: int, across: int
) -> list[float] | None:
    """Return centres as near to `wishes` as widths and gaps allow, in this order, from 0 to `across`.

    None where they do not fit. Least squares: those that push each other share what they wish for.
    """
    if not widths:
        return []
    offsets = [0.0]
    for before, after in pairwise(widths):
        offsets.append(offsets[-1] + (before + after) / 2 + gap)
    low, high = widths[0] / 2, across - widths[-1] / 2 - offsets[-1]
    if low > high:
        return None
    groups: list[list[float]] = []  # sum of wishes and how many, each group's mean above the last's
    for wish, offset in zip(wishes, offsets, strict=True):
        groups.append([wish - offset, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] >= groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    levels = [total / count for total, count in groups for _ in range(int(count))]
    return [
        min(max(level, low), high) + offset for level, offset in zip(levels, offsets, strict=True)
    ]
