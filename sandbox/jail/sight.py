"""See files with another user's eyes for a moment: no more and no less than that user may see."""

import contextlib
import ctypes
import os
from collections.abc import Iterator

from sandbox.jail import kernel


@contextlib.contextmanager
def sight_of(uid: int | None) -> Iterator[None]:
    """Look files up as `uid` within the block; with None nothing changes. Raises OSError.

    This is what uid 0 needs without DAC_OVERRIDE and SYS_PTRACE, as in a container: a learner's
    folder and the list of what a learner's process has open are closed to it, but SETUID allows to
    look as the learner does. Only file access changes (setfsuid(2)), and only this thread's:
    nobody new can signal or trace it meanwhile. With every right there is it is no worse: whoever
    looks as the learner cannot be led anywhere by a link either.
    """
    if uid is None:
        yield
        return
    with _parent_watched():
        kernel.set_file_ids(uid)
        try:
            yield
        finally:
            kernel.set_file_ids(os.geteuid())


@contextlib.contextmanager
def _parent_watched() -> Iterator[None]:
    """Keep what `die_with_parent` asked for: the kernel drops it when any id of a process changes."""
    asked, parent = ctypes.c_int(), os.getppid()
    kernel.prctl(kernel.PR_GET_PDEATHSIG, ctypes.byref(asked))
    try:
        yield
    finally:
        if asked.value:
            kernel.die_with_parent(asked.value)
            if os.getppid() != parent:  # it died just now, and nobody was told
                os.kill(os.getpid(), asked.value)
