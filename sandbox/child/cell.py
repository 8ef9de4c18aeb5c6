"""Run one cell as a notebook does: its last expression is its value, and `await` works anywhere."""

import ast
import asyncio
import builtins
import inspect
from types import CodeType
from typing import Any

from sandbox.child.tracebacks import remember_source

_MOST_VALUE_CHARS = 20_000

Namespace = dict[str, Any]


def run(code: str, name: str, namespace: Namespace) -> str | None:
    """Execute `code` in `namespace` and return its last expression's `repr`, None if it has none.

    Raises whatever the code raises, `SyntaxError` included.
    """
    remember_source(name, code)
    body, last = _compile(code, name)
    _execute(body, namespace)
    if last is None:
        return None
    value = _execute(last, namespace)
    if value is None:
        return None
    shown = _clip(_text(value))
    namespace["_"] = value
    return shown


def _compile(code: str, name: str) -> tuple[CodeType, CodeType | None]:
    tree = ast.parse(code, name)
    last = None
    ending = tree.body[-1] if tree.body else None
    if isinstance(ending, ast.Expr) and not _is_silenced(code):
        tree.body.pop()
        last = _code(ast.Expression(ending.value), name, "eval")
    return _code(tree, name, "exec"), last


def _code(tree: ast.AST, name: str, mode: str) -> CodeType:
    return builtins.compile(  # type: ignore[no-any-return, call-overload]
        tree, name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
    )


def _execute(code: CodeType, namespace: Namespace) -> Any:
    result = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:
        return _loop(namespace).run_until_complete(result)
    return result


def _loop(namespace: Namespace) -> asyncio.AbstractEventLoop:
    """Return the session's event loop: tasks that one cell starts go on in the next."""
    loop = namespace.get("__loop__")
    if not isinstance(loop, asyncio.AbstractEventLoop) or loop.is_closed():
        loop = namespace["__loop__"] = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
    return loop


def _is_silenced(code: str) -> bool:
    return code.rstrip().endswith(";")


def _text(value: object) -> str:
    return repr(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _clip(text: str) -> str:
    if len(text) <= _MOST_VALUE_CHARS:
        return text
    return f"{text[:_MOST_VALUE_CHARS]}… ({len(text)} characters)"
