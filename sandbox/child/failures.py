"""Tells what the frames of an uncaught exception say about it, without running anything again."""

import ast
import types
from collections import deque
from collections.abc import Iterator, Sequence

import torch

from sandbox.child import frames
from sandbox.child.lookup import Scope
from sandbox.child.nearest import attributes_of, names_in, nearest
from sandbox.child.readable import (
    MISSING,
    children,
    class_name,
    clipped,
    facts,
    is_module,
    is_of_torch,
    sizes,
)
from sandbox.child.sites import called, failing_node, operand_of, site
from sandbox.failure import MOST_NAME, MOST_SIZES, Failure, Item, ModuleAtFault

_MOST_MODULES = 500
_NAME = vars(NameError)["name"]
_ATTRIBUTE = vars(AttributeError)["name"]
_OWNER = vars(AttributeError)["obj"]
_ARGS = vars(BaseException)["args"]


def failure_of(error: BaseException, folder: str) -> Failure | None:
    """Return what is known of `error`; None where it is not Python's or torch's to explain."""
    try:
        return _failure_of(error, folder) if frames.is_builtin(error) else None
    except BaseException:  # nothing about an error is worth another one
        return None


def _failure_of(error: BaseException, folder: str) -> Failure | None:
    entries = frames.chain(error)
    origin = frames.origin(error, entries, folder) if entries else None
    if origin is None or origin == "compile":
        return Failure(origin) if origin else None
    own = [n for n, entry in enumerate(entries) if frames.is_own(entry, folder)]
    if not own:
        return Failure(origin)
    last = entries[own[-1]]
    node = failing_node(last) if own[-1] == len(entries) - 1 or origin == "torch" else None
    theirs = [entry for entry in entries[own[-1] + 1 :] if frames.is_torchs(entry)]
    missing, owner, close = _not_there(error, last, node)
    return Failure(
        origin=origin,
        site=site(last, node) if node is not None else None,
        module=_module(theirs, *called(last, node)),
        function=clipped(theirs[-1].tb_frame.f_code.co_name, MOST_NAME) if theirs else "",
        missing=clipped(missing, MOST_NAME),
        owner=None if owner is MISSING else operand_of(_owner_text(node), owner),
        nearest=close,
    )


def _not_there(
    error: BaseException, last: types.TracebackType, node: ast.AST | None
) -> tuple[str, object, tuple[str, ...]]:
    """Return the name, attribute or key that was missing, from what, and what is like it."""
    if isinstance(error, NameError):
        name = _NAME.__get__(error)
        if type(name) is str:
            return name, MISSING, nearest(name, names_in(last.tb_frame))
    if isinstance(error, AttributeError):
        name, owner = _ATTRIBUTE.__get__(error), _OWNER.__get__(error)
        if type(name) is str and name:
            return name, owner, nearest(name, attributes_of(owner))
        return _unnamed(last, node)
    if isinstance(error, KeyError):
        return _key(error, last, node)
    return "", MISSING, ()


def _unnamed(
    last: types.TracebackType, node: ast.AST | None
) -> tuple[str, object, tuple[str, ...]]:
    """An `nn.Module` raises without saying for which attribute: the code does."""
    if isinstance(node, ast.Attribute):
        scope = _scope(last)
        owner = scope.find(node.value)
        if owner is not MISSING:
            return node.attr, owner, nearest(node.attr, attributes_of(owner))
    return "", MISSING, ()


def _key(
    error: BaseException, last: types.TracebackType, node: ast.AST | None
) -> tuple[str, object, tuple[str, ...]]:
    arguments = _ARGS.__get__(error)
    if not (isinstance(node, ast.Subscript) and len(arguments) == 1):
        return "", MISSING, ()
    (key,), owner = arguments, _scope(last).find(node.value)
    if type(key) is not str or type(owner) is not dict:
        return "", MISSING, ()
    return key, owner, nearest(key, list(owner)[:1000])


def _scope(last: types.TracebackType) -> Scope:
    return Scope.of(last.tb_frame)


def _owner_text(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute | ast.Subscript):
        return ast.unparse(node.value)
    return ""


# Modules ----------------------------------------------------------------------------------------


def _module(theirs: Sequence[types.TracebackType], text: str, root: object) -> ModuleAtFault | None:
    """Return the innermost module of torch's own among the frames, reached from `root`."""
    running = [
        (entry.tb_frame, module)
        for entry in theirs
        if (module := entry.tb_frame.f_locals.get("self")) is not None
        and is_module(module)
        and is_of_torch(module)
    ]
    if not running:
        return None
    innermost = running[-1][1]
    path = next((way for way, one in _below(text, root) if one is innermost), "")
    forward = [frame for frame, module in running if module is innermost]
    return ModuleAtFault(
        path=clipped(path),
        kind=class_name(type(innermost)),
        sizes=sizes(innermost),
        inputs=next((found for frame in forward if (found := _inputs(frame))), ()),
    )


def _below(text: str, root: object) -> Iterator[tuple[str, object]]:
    """Yield a module and everything in it, each with how code would reach it."""
    waiting = deque([(text, root)] if is_module(root) else [])
    for _ in range(_MOST_MODULES):
        if not waiting:
            return
        way, module = waiting.popleft()
        yield way, module
        counted = issubclass(type(module), torch.nn.Sequential | torch.nn.ModuleList)
        for name, child in children(module).items():
            if is_module(child):
                step = f"[{name}]" if counted and name.isdecimal() else f".{name}"
                waiting.append((way + step, child))


def _inputs(frame: types.FrameType) -> tuple[Item, ...]:
    """Return the tensors that a frame named `forward` was given."""
    code = frame.f_code
    if code.co_name != "forward":
        return ()
    names = code.co_varnames[1 : code.co_argcount]
    known = [(name, frame.f_locals.get(name, MISSING)) for name in names]
    found = [(name, one) for name, one in known if issubclass(type(one), torch.Tensor)]
    return tuple(Item(text=clipped(name), **facts(one)) for name, one in found[:MOST_SIZES])
