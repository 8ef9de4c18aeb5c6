"""Forks the session beside itself: a copy that waits to become the session when a cell was killed."""

import ctypes
import os
import platform
import random
import signal
import threading
from collections.abc import Callable

from sandbox.childwire import WAKE, NoSnapshot, Snapshotted
from sandbox.jail import kernel

_CLONE_PARENT = 0x00008000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000
_FLAGS = _CLONE_PARENT | _CLONE_CHILD_CLEARTID | _CLONE_CHILD_SETTID | signal.SIGCHLD

_CLONE_NUMBER = {"x86_64": 56, "aarch64": 220}
_THREAD_ID_IS_FOURTH = platform.machine() == "x86_64"
"""clone(2): on most architectures the thread pointer comes before the child's thread id."""

_EVERY_SIGNAL = signal.valid_signals()

Announce = Callable[[Snapshotted | NoSnapshot], None]


def keep(announce: Announce) -> bool:
    """Fork a snapshot of this process; False in the one that goes on, True in a woken copy.

    The snapshot announces itself and then only waits. Each WAKE makes it fork a copy, which returns
    from here with every object, and every random state, as it was. So a snapshot can be returned
    to more than once.
    """
    drawn = random.getstate()  # Python reseeds it in every fork
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _EVERY_SIGNAL)
    try:
        if threading.active_count() > 1 or not _fork_quietly(announce):
            return False
        random.setstate(drawn)
        return True
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _fork_quietly(announce: Announce) -> bool:
    try:
        if _fork_beside():
            return False
    except OSError:
        announce(NoSnapshot())
        return False
    announce(Snapshotted())
    while True:
        signal.sigwait({WAKE})
        try:
            if not _fork_beside():
                return True
        except OSError:
            announce(NoSnapshot())


def _fork_beside() -> int:
    """Fork a sibling: a child of this process's parent, so that the learner's `os.wait` knows
    nothing of it and it outlives this process. Returns 0 in the sibling; raises OSError.

    It does what the C library's fork does: the thread id that the library keeps is set in the
    sibling. What that fork does besides, holding the locks of other threads, needs other threads.
    """
    thread_id = ctypes.c_void_p()
    kernel.prctl(kernel.PR_GET_TID_ADDRESS, ctypes.addressof(thread_id))
    pointers = (0, thread_id) if _THREAD_ID_IS_FOURTH else (0, 0, thread_id)
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    pid = _clone(pointers)
    if pid == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return pid


_libc = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock: a fork needs it


def _clone(pointers: tuple[object, ...]) -> int:
    arguments = [_FLAGS, 0, *pointers, 0][:5]
    converted = [ctypes.c_void_p(a) if isinstance(a, int) else a for a in arguments]
    return int(_libc.syscall(ctypes.c_long(_CLONE_NUMBER[platform.machine()]), *converted))
