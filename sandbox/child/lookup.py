"""Finds what an expression of the learner's stood for in a frame, by looking and never by running."""

import ast
import types
from dataclasses import dataclass
from typing import Any

import torch

from sandbox.child.readable import MISSING, Facts, attribute, facts

_MOST_DEPTH = 8
_VIEWS = frozenset({"T", "mT", "data"})


@dataclass(frozen=True)
class Scope:
    """The names that a frame sees, innermost first."""

    names: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, frame: types.FrameType) -> "Scope":
        return cls((dict(frame.f_locals), frame.f_globals, frame.f_builtins))

    def find(self, node: ast.AST, depth: int = 0) -> object:  # noqa: PLR0911  (one for each kind of node)
        """Return the object that `node` stood for, or MISSING where only running it would tell."""
        match node:
            case _ if depth > _MOST_DEPTH:
                return MISSING
            case ast.Name(id=name):
                return next((known[name] for known in self.names if name in known), MISSING)
            case ast.Constant(value=value):
                return value
            case ast.Attribute(value=value, attr=name):
                base = self.find(value, depth + 1)
                return MISSING if base is MISSING else attribute(base, name)
            case ast.Subscript(value=value, slice=ast.Constant(value=key)):
                return _element(self.find(value, depth + 1), key)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
                return -value if isinstance(value, int | float) else MISSING
            case _:
                return MISSING

    def facts(self, node: ast.AST) -> Facts:
        """Return what is known of the value of `node`: of `x.T` too, where `x` is a tensor."""
        found = self.find(node)
        if found is not MISSING:
            return facts(found)
        match node:
            case ast.Attribute(value=value, attr=name) if name in _VIEWS:
                return _of_view(self.find(value), name)
            case ast.Call(func=ast.Attribute(value=value, attr="t"), args=[], keywords=[]):
                return _of_view(self.find(value), "T")
            case _:
                return {}


def _element(container: object, key: object) -> object:
    if type(container) in (list, tuple) and type(key) is int:
        inside = -len(container) <= key < len(container)  # type: ignore[arg-type]
        return container[key] if inside else MISSING  # type: ignore[index]
    if type(container) is dict and type(key) in (str, int):
        return container.get(key, MISSING)
    return MISSING


def _of_view(base: object, name: str) -> Facts:
    """Return the facts of a tensor's transpose or data: the sizes follow from the tensor's own."""
    if type(base) not in (torch.Tensor, torch.nn.Parameter):
        return {}
    known = facts(base) | {"kind": "Tensor"}
    shape = known["shape"]
    if shape is None or name == "data":
        return known | {"requires_grad": None, "is_leaf": None}
    turned = shape[::-1] if name == "T" else (*shape[:-2], *shape[:-3:-1])
    return known | {"shape": turned, "is_leaf": None}
