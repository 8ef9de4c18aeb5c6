"""Walks the frames that an exception came through, and tells whose they are and who raised it."""

import builtins
import dis
import itertools
import os
import types
from collections.abc import Iterator

import torch

from sandbox.failure import Origin

_TORCH = os.path.dirname(os.path.realpath(torch.__file__)) + os.sep
_TORCH_AS_NAMED = os.path.dirname(torch.__file__) + os.sep
_PARSERS = (os.path.dirname(__file__) + os.sep, os.path.realpath(os.path.dirname(os.__file__)))
_NO_FILE = "<string>"
_TRACEBACK = vars(BaseException)["__traceback__"]
_MOST_FRAMES = 20_000
_RAISING = frozenset(
    {"RAISE_VARARGS", "RERAISE", "SEND", "YIELD_VALUE", "RESUME", "GET_AWAITABLE", "CLEANUP_THROW"}
)
"""Where an exception surfaces that learner code made: by `raise`, or thrown into a generator or task."""

_BUILTIN = frozenset(
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)

Traceback = types.TracebackType


def is_builtin(error: BaseException) -> bool:
    """Tell whether `error` is of one of Python's own exception types, and of no subclass."""
    return type(error) in _BUILTIN


def chain(error: BaseException) -> list[Traceback]:
    """Return the traceback's entries, outermost first."""
    first: Traceback | None = _TRACEBACK.__get__(error)
    return list(itertools.islice(_entries(first), _MOST_FRAMES))


def _entries(entry: Traceback | None) -> Iterator[Traceback]:
    while entry is not None:
        yield entry
        entry = entry.tb_next


def is_own(entry: Traceback, folder: str) -> bool:
    """Tell whether it is the learner's: a cell, or a file in their folder."""
    name = entry.tb_frame.f_code.co_filename
    return name.startswith(("<cell", f"{folder}/"))


def is_torchs(entry: Traceback) -> bool:
    """Tell whether it is a frame of torch's own Python code."""
    return entry.tb_frame.f_code.co_filename.startswith((_TORCH, _TORCH_AS_NAMED))


def origin(error: BaseException, entries: list[Traceback], folder: str) -> Origin | None:
    """Return who raised `error`, or None where that is the learner's own `raise` or another library."""
    if isinstance(error, SyntaxError):
        theirs = any(not _parses(entry) for entry in entries)
        return None if theirs else "compile"
    innermost = entries[-1]
    if is_torchs(innermost):
        return "torch"
    name = innermost.tb_frame.f_code.co_filename
    if not (is_own(innermost, folder) or name == _NO_FILE) or _raises(innermost):
        return None
    return "code"


def _parses(entry: Traceback) -> bool:
    """Tell whether it is a frame of this package or of Python's own: those that parse a cell."""
    name = entry.tb_frame.f_code.co_filename
    return os.path.realpath(name).startswith(_PARSERS)


def _raises(entry: Traceback) -> bool:
    opcode = entry.tb_frame.f_code.co_code[entry.tb_lasti]
    return dis.opname[opcode] in _RAISING
