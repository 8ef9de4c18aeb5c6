"""Forks the session beside itself: a copy that waits to become the session when a cell was killed."""

import ctypes
import platform
import random
import signal
import threading
from collections.abc import Callable

from sandbox.childwire import WAKE, NoSnapshot, Snapshotted
from sandbox.jail import kernel
from sandbox.wire import encode

_CLONE_PARENT = 0x00008000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000
_FLAGS = _CLONE_PARENT | _CLONE_CHILD_CLEARTID | _CLONE_CHILD_SETTID | signal.SIGCHLD

_CLONE_NUMBER = {"x86_64": 56, "aarch64": 220}
_THREAD_ID_IS_FOURTH = platform.machine() == "x86_64"
"""clone(2): on most architectures the thread pointer comes before the child's thread id."""

_EVERY_SIGNAL = signal.valid_signals()
_SNAPSHOTTED, _NO_SNAPSHOT = encode(Snapshotted()), encode(NoSnapshot())

_before_fork = ctypes.pythonapi.PyOS_BeforeFork
_after_fork_here = ctypes.pythonapi.PyOS_AfterFork_Parent
_after_fork_there = ctypes.pythonapi.PyOS_AfterFork_Child
_libc = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock: a fork needs it


def keep(send: Callable[[bytes], None]) -> bool:
    """Fork a snapshot of this process; False in the one that goes on, True in a woken copy.

    The snapshot announces itself and then only waits. Each WAKE makes it fork a copy, which returns
    from here with every object, and every random state, as it was. So a snapshot can be returned
    to more than once.
    """
    drawn = random.getstate()  # Python reseeds it in every fork
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _EVERY_SIGNAL)
    try:
        if threading.active_count() > 1:
            send(_NO_SNAPSHOT)
            return False
        woken = _split(send, _clone_arguments())
        if woken:
            random.setstate(drawn)
        return woken
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _split(send: Callable[[bytes], None], clone: tuple[object, ...]) -> bool:
    """Fork the snapshot, and in it a copy at each WAKE.

    A page that either side writes to after a fork is held twice. So between its fork and a WAKE the
    snapshot does next to nothing: what Python does after a fork, it does in the copy.
    """
    _before_fork()
    pid = _libc.syscall(*clone)
    if pid:
        _after_fork_here()
        if pid < 0:
            send(_NO_SNAPSHOT)
        return False
    send(_SNAPSHOTTED)
    while True:
        signal.sigwait((WAKE,))
        pid = _libc.syscall(*clone)
        if pid == 0:
            _after_fork_there()
            return True
        if pid < 0:
            send(_NO_SNAPSHOT)


def _clone_arguments() -> tuple[object, ...]:
    """Return what `syscall` needs to fork a sibling: a child of this process's parent.

    The learner's `os.wait` knows nothing of it, and it outlives this process. It does what the C
    library's fork does: the thread id that the library keeps is set in the sibling. What that fork
    does besides, holding the locks of other threads, needs other threads.
    """
    thread_id = ctypes.c_void_p()
    kernel.prctl(kernel.PR_GET_TID_ADDRESS, ctypes.addressof(thread_id))
    none = ctypes.c_void_p(0)
    pointers = (none, thread_id, none) if _THREAD_ID_IS_FOURTH else (none, none, thread_id)
    number = ctypes.c_long(_CLONE_NUMBER[platform.machine()])
    return (number, ctypes.c_ulong(_FLAGS), none, *pointers)
