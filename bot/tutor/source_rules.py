"""Reads a learner's source outside the sandbox: which names it uses, and whether it is an attempt."""

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from types import EllipsisType

from bot.tutor.lesson import AvoidsCheck, Check, UsesCheck
from sandbox.wire import MAX_CODE_CHARS

MAX_CHARS = MAX_CODE_CHARS
"""Source longer than one cell may be is not read; its rules count as broken."""

MAX_DOTS = 4
"""Dots of the longest name that a rule can give, as in `torch.nn.functional.relu`."""

_SPELLINGS: dict[type[ast.AST], str] = {
    # statements and expressions with a keyword
    ast.For: "for", ast.AsyncFor: "for", ast.comprehension: "for", ast.While: "while",
    ast.If: "if", ast.IfExp: "if", ast.Match: "match", ast.Break: "break", ast.Continue: "continue",
    ast.Import: "import", ast.ImportFrom: "import", ast.With: "with", ast.AsyncWith: "with",
    ast.Try: "try", ast.TryStar: "try", ast.Raise: "raise", ast.Assert: "assert",
    ast.FunctionDef: "def", ast.AsyncFunctionDef: "def", ast.ClassDef: "class",
    ast.Lambda: "lambda", ast.Return: "return", ast.Yield: "yield", ast.YieldFrom: "yield",
    ast.Await: "await", ast.Delete: "del", ast.Global: "global", ast.Nonlocal: "nonlocal",
    # operators
    ast.MatMult: "@", ast.Mult: "*", ast.Add: "+", ast.Sub: "-", ast.Div: "/",
    ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.USub: "-", ast.Invert: "~",
    ast.Not: "not", ast.And: "and", ast.Or: "or", ast.In: "in", ast.NotIn: "in",
    ast.Is: "is", ast.IsNot: "is", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Subscript: "[]",
}  # fmt: skip


def used_names(cells: Sequence[str]) -> frozenset[str] | None:
    """Return the names, attributes, keywords and operators in `cells`; None where they do not parse.

    A dotted name counts under each of its ends: `torch.nn.relu` is also `nn.relu` and `relu`.
    """
    if sum(map(len, cells)) > MAX_CHARS:
        return None
    found: set[str] = set()
    for cell in cells:
        body = parse(cell)
        if body is None:
            return None
        for node in ast.walk(body):
            found.update(_names_of(node))
    return frozenset(found)


def broken_rules(checks: Iterable[Check], cells: Sequence[str]) -> dict[int, str]:
    """Return, by index in `checks`, the source rules that `cells` break, with the names at fault."""
    rules = [
        (n, check) for n, check in enumerate(checks) if isinstance(check, UsesCheck | AvoidsCheck)
    ]
    if not rules:
        return {}
    used = used_names(cells)
    broken: dict[int, str] = {}
    for index, rule in rules:
        wanted = isinstance(rule, UsesCheck)
        names = rule.uses if isinstance(rule, UsesCheck) else rule.avoids
        at_fault = [name for name in names if used is None or (name in used) != wanted]
        if at_fault:
            broken[index] = ", ".join(at_fault)
    return broken


def is_attempt(cells: Sequence[str], starter: str) -> bool:
    """Tell whether something was written: more than comments, and not the starter as it was given.

    Code that does not parse is an attempt; what is wrong with it shows when it runs.
    """
    for cell in reversed(cells):
        body = parse(cell)
        if body is None:
            return True
        if not _is_empty(body):
            given = parse(starter)
            return given is None or not _same(body, given)
    return False


def parse(code: str) -> ast.Module | None:
    """Return what a cell says, or None where Python cannot read it; nothing is run."""
    if len(code) > MAX_CHARS:
        return None
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as for "\d": the learner's business
            tree = compile(code, "<cell>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if isinstance(tree, ast.Module) else None


def _is_empty(body: ast.Module) -> bool:
    return all(_says_nothing(node) for node in body.body)


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant(value=str() | EllipsisType())):
            return True
        case _:
            return False


def _same(one: ast.Module, other: ast.Module) -> bool:
    if len(one.body) != len(other.body):
        return False
    try:
        return ast.dump(one) == ast.dump(other)
    except RecursionError:
        return False


def _names_of(node: ast.AST) -> Iterator[str]:
    if type(node) in _SPELLINGS:
        yield _SPELLINGS[type(node)]
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Attribute():
            yield from _dotted(node)
        case ast.keyword(arg=str(name)):
            yield name
        case ast.alias(name=name) if name != "*":
            yield from name.split(".")
            yield name


def _dotted(node: ast.Attribute) -> Iterator[str]:
    name, base = node.attr, node.value
    yield name
    for _ in range(MAX_DOTS):
        match base:
            case ast.Attribute(attr=attr, value=inner):
                name, base = f"{attr}.{name}", inner
                yield name
            case ast.Name(id=first):
                yield f"{first}.{name}"
                return
            case _:
                return
