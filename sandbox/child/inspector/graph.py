"""Walks the graph that autograd has built behind a tensor, without touching what it has saved."""

from typing import Any

import torch

from sandbox.child.inspector.memory import Base
from sandbox.child.inspector.metadata import name_of_node
from sandbox.child.inspector.modules import parameters_of
from sandbox.child.inspector.variables import Found
from sandbox.inspection import MOST_GRAPH_NODES, GraphNode

_MOST_WALKED = 1000
_MOST_NAMED = 2000
_LEAF = "torch::autograd::AccumulateGrad"

_Function = torch._C._FunctionBase


def behind(tensor: Any, name: str, found: Found) -> tuple[tuple[GraphNode, ...], int]:
    """Return the nodes nearest to `tensor`, its own first and inputs always later, and how many more.

    A leaf that needs a gradient is its own graph; what needs none has none.
    """
    root = Base.grad_fn.__get__(tensor)
    if root is None:
        shape = tuple(Base.shape.__get__(tensor))
        needed = bool(Base.requires_grad.__get__(tensor))
        return ((GraphNode(None, name, shape),) if needed else ()), 0
    walked = _walk(root)
    kept = _in_order(walked[:MOST_GRAPH_NODES])
    positions = {id(node): position for position, (node, _) in enumerate(kept)}
    names = _Names(found)
    names.results[id(root)] = (name, tensor)
    nodes = []
    for node, inputs in kept:
        at = sorted({positions[id(one)] for one in inputs if id(one) in positions})
        nodes.append(names.node(node, tuple(at)))
    return tuple(nodes), len(walked) - len(kept)


class _Names:
    """What the session calls leaves and results."""

    def __init__(self, found: Found) -> None:
        self._leaves: dict[int, str] = {}
        self.results: dict[int, tuple[str, Any]] = {}
        self._alive = []  # an `id` is good only as long as its node lives
        for one in found.tensors[:_MOST_NAMED]:
            if one.kind != "tensor":
                continue
            self._leaves.setdefault(id(one.thing), one.name)
            node = _node_of(one.thing)
            if node is not None:
                self._alive.append(node)
                self.results.setdefault(id(node), (one.name, one.thing))
        for name, module in found.modules:
            for path, parameter in parameters_of(module, name, _MOST_NAMED):
                self._leaves.setdefault(id(parameter), path)

    def node(self, node: Any, inputs: tuple[int, ...]) -> GraphNode:
        """Return what is reported of one node."""
        variable = _variable(node)
        if variable is not None:
            shape = tuple(Base.shape.__get__(variable))
            return GraphNode(None, self._leaves.get(id(variable)), shape, inputs)
        named = self.results.get(id(node))
        if named is not None:
            shape = tuple(Base.shape.__get__(named[1]))
            return GraphNode(name_of_node(node), named[0], shape, inputs)
        return GraphNode(name_of_node(node), None, _shape(node), inputs)


def _walk(root: Any) -> list[tuple[Any, list[Any]]]:
    """Return nodes and their inputs, nearest first, as far as is counted."""
    walked: list[tuple[Any, list[Any]]] = []
    seen, waiting = {id(root)}, [root]
    while waiting and len(walked) < _MOST_WALKED:
        level, waiting = waiting, []
        for node in level:
            inputs = [one for one, _ in _inputs(node) if one is not None]
            walked.append((node, inputs))
            for one in inputs:
                if id(one) not in seen:
                    seen.add(id(one))
                    waiting.append(one)
    return walked[:_MOST_WALKED]


def _in_order(kept: list[tuple[Any, list[Any]]]) -> list[tuple[Any, list[Any]]]:
    """Return the nodes so that each stands before all of its inputs."""
    by_id = {id(node): (node, inputs) for node, inputs in kept}
    users = dict.fromkeys(by_id, 0)
    for _, inputs in kept:
        for one in {id(one) for one in inputs}:
            if one in users:
                users[one] += 1
    ready, ordered = [id(kept[0][0])], []
    while ready:
        node, inputs = by_id[ready.pop(0)]
        ordered.append((node, inputs))
        for one in dict.fromkeys(id(one) for one in inputs):
            if one in users:
                users[one] -= 1
                if users[one] == 0:
                    ready.append(one)
    return ordered


def _inputs(node: Any) -> Any:
    if issubclass(type(node), _Function):
        return _Function.next_functions.__get__(node)
    return type(node).next_functions.__get__(node)


def _node_of(tensor: Any) -> Any:
    try:
        return Base.grad_fn.__get__(tensor)
    except Exception:
        return None


def _variable(node: Any) -> Any:
    """Return the leaf that a node adds gradients to, None for a step of computation."""
    if issubclass(type(node), _Function) or type(node).name(node) != _LEAF:
        return None
    return type(node).variable.__get__(node)


def _shape(node: Any) -> tuple[int, ...] | None:
    """Return the shape of a node's result, which the node keeps for checking gradients."""
    owner = _Function if issubclass(type(node), _Function) else type(node)
    try:
        first = owner._input_metadata.__get__(node)[0]
        return tuple(int(size) for size in first.shape)
    except Exception:
        return None
