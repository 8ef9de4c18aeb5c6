"""Puts the nodes of an autograd graph in order, and words and draws them."""

from collections.abc import Sequence

import msgspec

from bot.tutor.drawing import Graph, Step
from bot.tutor.inspector.words import shape_text, short
from bot.tutor.ports import Wording
from sandbox.inspection import GraphNode

MOST_LABEL = 40
MOST_LINES = 12
MOST_INPUTS = 6


def in_order(nodes: Sequence[GraphNode]) -> tuple[GraphNode, ...]:
    """Return the nodes that the first one comes from, each before its inputs.

    Inputs that are not there, or that would lead in a circle, are left out.
    """
    inputs: dict[int, list[int]] = {}
    done: list[int] = []
    open_ = [(0, iter(_inputs_of(nodes, 0)))] if nodes else []
    path = {0}
    inputs[0] = []
    while open_:
        number, rest = open_[-1]
        following = next(rest, None)
        if following is None:
            open_.pop()
            path.discard(number)
            done.append(number)
        elif following not in path:
            inputs[number].append(following)
            if following not in inputs:
                inputs[following] = []
                path.add(following)
                open_.append((following, iter(_inputs_of(nodes, following))))
    order = done[::-1]
    place = {number: index for index, number in enumerate(order)}
    return tuple(
        msgspec.structs.replace(nodes[number], inputs=tuple(place[one] for one in inputs[number]))
        for number in order
    )


def _inputs_of(nodes: Sequence[GraphNode], number: int) -> list[int]:
    there = (one for one in nodes[number].inputs if 0 <= one < len(nodes))
    return list(dict.fromkeys(there))


def graph_drawing(say: Wording, name: str, nodes: Sequence[GraphNode], more: int) -> Graph:
    """Return the picture of how the tensor `name` came to be."""
    steps = tuple(
        Step(_label(say, node), _size(node), node.name is None, node.inputs) for node in nodes
    )
    aside = say.plural("{n} more step", "{n} more steps", more) if more else ""
    return Graph(say("How {name} came to be", name=short(name)), steps, aside)


def graph_text(say: Wording, nodes: Sequence[GraphNode], more: int) -> str:
    """Return the same in words, a line for each step that has inputs."""
    lines = [
        say(
            "{step} comes from {inputs}",
            step=_named(say, node),
            inputs=", ".join(_inputs(say, nodes, node)),
        )
        for node in nodes
        if node.inputs
    ]
    left = more + max(len(lines) - MOST_LINES, 0)
    shown = lines[:MOST_LINES]
    return "\n".join(
        [*shown, say.plural("{n} more step", "{n} more steps", left)] if left else shown
    )


def _inputs(say: Wording, nodes: Sequence[GraphNode], node: GraphNode) -> list[str]:
    named = [_named(say, nodes[one]) for one in node.inputs[:MOST_INPUTS]]
    return named + ["…"] * (len(node.inputs) > MOST_INPUTS)


def _named(say: Wording, node: GraphNode) -> str:
    size = _size(node)
    return f"{_label(say, node)} {size}" if size else _label(say, node)


def _label(say: Wording, node: GraphNode) -> str:
    """Return the name bound to the result, with the operation that made it."""
    operation = (node.name or "").removesuffix("Backward0").removesuffix("Backward") or node.name
    if node.variable and operation:
        return short(f"{node.variable} = {operation}", MOST_LABEL)
    return short(node.variable or operation or say("a leaf without a name"), MOST_LABEL)


def _size(node: GraphNode) -> str:
    return shape_text(node.shape) if node.shape is not None else ""
