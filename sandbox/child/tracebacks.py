"""Tracebacks that show the learner's own lines and leave out everybody else's."""

import linecache
import traceback

import torch

from sandbox.wire import CellError

_MOST_CHARS = 8000
_MOST_MESSAGE_CHARS = 2000
_MOST_FRAMES = 20


def remember_source(name: str, code: str) -> None:
    """Let tracebacks quote the lines of the cell `name`.

    Every line ends with a newline: Python places its carets by that.
    """
    lines = [f"{line}\n" for line in code.split("\n")]
    linecache.cache[name] = (len(code), None, lines, name)


def describe(error: BaseException, folder: str) -> CellError:
    """Return `error` as the learner should see it; files in `folder` count as theirs."""
    try:
        shown = traceback.TracebackException.from_exception(error, compact=True)
        line = _keep_own_frames(shown, folder)
        if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell"):
            line = error.lineno
        text = "".join(shown.format())
    except BaseException as failure:  # a hostile exception class can raise anything here
        text, line = (
            f"{type(error).__name__} (its traceback failed: {type(failure).__name__})",
            None,
        )
    return CellError(
        type=_clean(type(error).__name__)[:200],
        message=_clip(_clean(_message(error)), _MOST_MESSAGE_CHARS),
        line=line,
        traceback=_clip(_clean(text), _MOST_CHARS),
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out: Python's own error, or those torch's allocators raise."""
    if issubclass(type(error), MemoryError | torch.OutOfMemoryError):
        return True
    return issubclass(type(error), RuntimeError) and "DefaultCPUAllocator" in _message(error)


def _keep_own_frames(shown: traceback.TracebackException, folder: str) -> int | None:
    """Drop foreign frames from `shown` and its causes; return the line of its last own frame."""
    own = [frame for frame in shown.stack if _is_own(frame.filename, folder)]
    if len(own) > _MOST_FRAMES:
        own = own[: _MOST_FRAMES // 2] + own[-_MOST_FRAMES // 2 :]
    shown.stack = traceback.StackSummary.from_list(own)
    for linked in (shown.__cause__, shown.__context__, *(shown.exceptions or ())):
        if linked is not None:
            _keep_own_frames(linked, folder)
    return own[-1].lineno if own else None


def _is_own(filename: str, folder: str) -> bool:
    return filename.startswith(("<cell", f"{folder}/"))


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as failure:
        return f"(its message failed: {type(failure).__name__})"


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _clip(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
