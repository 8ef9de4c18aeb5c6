"""Tells code from words that happen to be readable as code, such as "yes, please" or "note: later"."""

import ast

from bot.tutor.source_rules import parse

_STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef,
    ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.If, ast.Try,
    ast.TryStar, ast.Raise, ast.Assert, ast.Delete, ast.Return, ast.Match, ast.Global,
)  # fmt: skip
_EXPRESSIONS = (
    ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.IfExp, ast.Await, ast.JoinedStr, ast.NamedExpr,
)  # fmt: skip
_SIGNS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_DASHES = (ast.Sub, ast.Div)
"""Operators that people write between words, too."""


def is_code(text: str) -> bool:
    """Tell whether Python can read `text` and nobody would write it otherwise."""
    tree = parse(text)
    return tree is not None and any(map(_is_telling, ast.walk(tree)))


def _is_telling(node: ast.AST) -> bool:
    match node:
        case ast.AnnAssign(value=value):
            return value is not None
        case ast.Compare(ops=ops):
            return any(isinstance(op, _SIGNS) for op in ops)
        case ast.BinOp(left=left, op=op, right=right):
            words = isinstance(left, ast.Name) and isinstance(right, ast.Name)
            return not (words and isinstance(op, _DASHES))
        case _:
            return isinstance(node, (*_STATEMENTS, *_EXPRESSIONS))
