"""Recognise the errors that come from being in a sandbox rather than from the code itself."""

import errno
import importlib.util
import socket
import urllib.error

from sandbox.wire import Hint

OFFERED = ("torch", "numpy", "matplotlib", "sympy", "networkx", "PIL")

_NETWORK_ERRNOS = (errno.EAFNOSUPPORT, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EHOSTUNREACH)

_MOST_MESSAGE = 2000
_NO_CUDA = (
    "Torch not compiled with CUDA enabled",
    "No CUDA GPUs are available",
    "Found no NVIDIA driver",
    "torch.cuda.is_available() is False",
    "requires CUDA support",
    "CUDA driver initialization failed",
    "CUDA unknown error",
    "without ATen_cuda library",
    "no CUDA-capable device is detected",
    "Cannot access accelerator device when none is available",
    "Expected a 'cuda' device type",
    "dummy base class Event",
    "dummy base class CUDAGraph",
    "has no attribute '_cuda_",
)
"""What builds without CUDA say, and builds with it where no device can be opened."""


def hint_for(error: BaseException, code: str) -> Hint | None:
    """Return what to tell about `error`, raised by the cell `code`, or None."""
    try:
        return _hint_for(error, code)
    except BaseException:  # an error that lies about its class or its cause gets no hint
        return None


def _hint_for(error: BaseException, code: str) -> Hint | None:
    if isinstance(error, SyntaxError):
        return _magic(error, code)
    if isinstance(error, ModuleNotFoundError):
        wanted = (error.name or "").partition(".")[0]
        return Hint("missing_module", (wanted, *available())) if _is_missing(wanted) else None
    if isinstance(error, EOFError):
        return Hint("no_input") if "input" in code else None
    if _is_network(error):
        return Hint("no_network")
    return Hint("needs_gpu") if _asks_for_gpu(error) else None


def available() -> tuple[str, ...]:
    """Return the packages beyond Python's own that can be imported here."""
    return tuple(name for name in OFFERED if not _is_missing(name))


def _asks_for_gpu(error: BaseException) -> bool:
    """Tell whether `error` is what torch raises when CUDA is asked for and is not there.

    In a session on a GPU it raises none of these.
    """
    if not isinstance(error, AssertionError | RuntimeError | TypeError | AttributeError):
        return False
    try:
        message = str(error)[:_MOST_MESSAGE]
    except BaseException:
        return False
    return any(words in message for words in _NO_CUDA)


def _magic(error: SyntaxError, code: str) -> Hint | None:
    lines = code.splitlines()
    number = (error.lineno or 1) - 1
    line = lines[number].lstrip() if 0 <= number < len(lines) else ""
    if line.startswith("%"):
        return Hint("magic", (line.split()[0][:40],))
    if line.startswith("!"):
        return Hint("shell", (line[1:].split()[0][:40] if line[1:].split() else "",))
    return None


def _is_missing(name: str) -> bool:
    try:
        return not name or importlib.util.find_spec(name) is None
    except (ImportError, ValueError, OSError):
        return True


def _is_network(error: BaseException) -> bool:
    seen = 0
    while seen < 5:
        if isinstance(error, socket.gaierror | urllib.error.URLError | ConnectionError):
            return not isinstance(error, BrokenPipeError)
        if isinstance(error, OSError) and error.errno in _NETWORK_ERRNOS:
            return True
        cause = error.__cause__ or error.__context__
        if cause is None:
            return False
        error, seen = cause, seen + 1
    return False
