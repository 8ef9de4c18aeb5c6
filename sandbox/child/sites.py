"""Names the expression that failed in a frame, and what is known of its operands."""

import ast
import dis
import itertools
import types
from collections.abc import Iterator
from typing import Any

import torch
from executing import Source

from sandbox.child.lookup import Scope
from sandbox.child.readable import MISSING, clipped, facts, is_module, items
from sandbox.failure import MOST_ITEMS, MOST_NAME, MOST_OPERANDS, Item, Operand, Site, SiteKind

_SIGNS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_TESTING = ("POP_JUMP", "JUMP_IF", "TO_BOOL", "UNARY_NOT")
_SEQUENCES = (ast.List, ast.Tuple)
_C_FUNCTIONS = "_VariableFunctionsClass."

Part = tuple[str, ast.expr]


def failing_node(entry: types.TracebackType) -> ast.AST | None:
    """Return the expression that the frame of `entry` was at, if that can be told for sure.

    Where a value was taken for true or false, that is a `Test` around what was tested.
    """
    try:
        tested = _tested(entry)
        return tested or Source.executing(entry).node
    except Exception:
        return None


class Test(ast.AST):
    """A value that was taken for true or false."""

    def __init__(self, value: ast.expr) -> None:
        super().__init__()
        self.value = value


def _tested(entry: types.TracebackType) -> Test | None:
    """Return what a jump depended on: `executing` knows only what computes something."""
    code, at = entry.tb_frame.f_code, entry.tb_lasti
    if not dis.opname[code.co_code[at]].startswith(_TESTING):
        return None
    place = next(itertools.islice(code.co_positions(), at // 2, None))
    tree = Source.for_frame(entry.tb_frame).tree
    for node in ast.walk(tree) if tree is not None and None not in place else ():
        if isinstance(node, ast.BoolOp):
            continue  # the jump is about one part of it, and nothing tells which
        if isinstance(node, ast.expr) and _place(node) == place:
            return Test(node.operand) if isinstance(node, ast.UnaryOp) else Test(node)
    return None


def _place(node: ast.expr) -> tuple[int | None, ...]:
    """Return where it stands, in the order of `co_positions`."""
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def site(entry: types.TracebackType, node: ast.AST) -> Site:
    """Describe `node`, at which the frame of `entry` failed."""
    scope = Scope.of(entry.tb_frame)
    shown = node.value if isinstance(node, Test) else node
    kind, operator, parts = _parts(shown, scope)
    if isinstance(node, Test):
        compares = kind == "binary"
        parts = parts if compares else [("self", node.value)]
        kind, operator = "test", operator if compares else ""
    return Site(
        line=entry.tb_lineno,
        kind=kind,
        source=clipped(ast.unparse(shown)),
        operator=clipped(operator, MOST_NAME),
        callee=clipped(_callee(node, scope), MOST_NAME),
        operands=tuple(_operand(role, part, scope) for role, part in parts[:MOST_OPERANDS]),
    )


def called(entry: types.TracebackType, node: ast.AST | None) -> tuple[str, object]:
    """Return how the code writes what it called at `node`, and that object where it is known."""
    if not isinstance(node, ast.Call):
        return "", MISSING
    return clipped(ast.unparse(node.func)), Scope.of(entry.tb_frame).find(node.func)


def operand_of(text: str, thing: object, role: str = "") -> Operand:
    """Describe an object that is known already."""
    inside = tuple(Item(text=clipped(f"{text}{way}"), **facts(one)) for way, one in items(thing))
    return Operand(text=clipped(text), role=clipped(role, MOST_NAME), items=inside, **facts(thing))


def _parts(  # noqa: PLR0911  (one for each kind of node)
    node: ast.AST, scope: Scope
) -> tuple[SiteKind, str, list[Part]]:
    match node:
        case ast.BinOp(left=left, op=sign, right=right):
            return "binary", _SIGNS[type(sign)], [("left", left), ("right", right)]
        case ast.AugAssign(target=left, op=sign, value=right):
            return "binary", f"{_SIGNS[type(sign)]}=", [("left", left), ("right", right)]
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return "binary", _SIGNS.get(type(sign), ""), [("left", left), ("right", right)]
        case ast.Call():
            return "call", _last_name(node.func), list(_arguments(node, scope))
        case ast.Subscript(value=value, slice=index):
            return "subscript", "[]", [("self", value), *_indices(index)]
        case ast.Attribute(value=value, attr=name):
            return "attribute", name, [("self", value)]
        case ast.Name(id=name):
            return "name", name, [("self", node)]
        case _:
            return "other", "", []


def _indices(index: ast.expr) -> list[Part]:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return [("index", part) for part in parts]


def _arguments(node: ast.Call, scope: Scope) -> Iterator[Part]:
    """Yield what a call works on: the object before the dot, unless it is a module of Python's."""
    if isinstance(node.func, ast.Attribute):
        base = scope.find(node.func.value)
        if type(base) is not types.ModuleType:
            yield "self", node.func.value
    else:
        yield "function", node.func
    for place, argument in enumerate(node.args):
        yield str(place), argument
    for keyword in node.keywords:
        yield keyword.arg or "**", keyword.value


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _operand(role: str, node: ast.expr, scope: Scope) -> Operand:
    text, role = clipped(ast.unparse(node)), clipped(role, MOST_NAME)
    found = scope.find(node)
    if found is not MISSING:
        return operand_of(text, found, role)
    if isinstance(node, _SEQUENCES):
        inside = tuple(_item(one, scope) for one in node.elts[:MOST_ITEMS])
        kind = "list" if isinstance(node, ast.List) else "tuple"
        return Operand(text=text, role=role, kind=kind, length=len(node.elts), items=inside)
    known: dict[str, Any] = scope.facts(node)
    return Operand(text=text, role=role, **known)


def _item(node: ast.expr, scope: Scope) -> Item:
    return Item(text=clipped(ast.unparse(node)), **scope.facts(node))


def _callee(node: ast.AST, scope: Scope) -> str:
    """Return what was called, where its real type leaves no doubt."""
    if not isinstance(node, ast.Call):
        return ""
    found = scope.find(node.func)
    if found is not MISSING:
        return _name_of(found)
    if isinstance(node.func, ast.Attribute):
        kind = type(scope.find(node.func.value))
        if issubclass(kind, torch.Tensor):
            return f"Tensor.{node.func.attr}"
        if issubclass(kind, torch.nn.Module) and node.func.attr in vars(torch.nn.Module):
            return f"Module.{node.func.attr}"
    return ""


def _name_of(found: object) -> str:
    kind = type(found)
    if is_module(found):
        return "module"
    if issubclass(kind, type):
        return "class"
    if kind is types.FunctionType:
        home = found.__module__
        from_torch = type(home) is str and home.partition(".")[0] == "torch"
        return f"torch.{found.__name__}" if from_torch else "function"  # type: ignore[attr-defined]
    if kind is types.BuiltinFunctionType:
        name: str = found.__qualname__  # type: ignore[attr-defined]
        if name.startswith(_C_FUNCTIONS):
            return f"torch.{name.removeprefix(_C_FUNCTIONS)}"
        home = found.__module__
        from_torch = type(home) is str and home.partition(".")[0] == "torch"
        return f"torch.{name}" if from_torch else "builtin"
    return ""
