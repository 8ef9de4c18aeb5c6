"""Gathers the template's memory into huge pages: a fork then copies an entry for 2 MiB, not for each 4 KiB.

A page that a child writes to is still copied alone, so this costs no session any memory.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path

_COLLAPSE = 25
"""MADV_COLLAPSE of Linux 6.1, see madvise(2). Older kernels refuse it, and forks stay slower."""

_HUGE = 2 << 20


def gather() -> int:
    """Return how many bytes lie in huge pages now. Whatever the kernel does not gather stays as it is."""
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    starts = [at for area in _anonymous_areas() for at in _huge_pages_in(*area)]
    return sum(_HUGE for at in starts if libc.madvise(at, _HUGE, _COLLAPSE) == 0)


def _huge_pages_in(start: int, end: int) -> range:
    return range(-(-start // _HUGE) * _HUGE, end - _HUGE + 1, _HUGE)


def _anonymous_areas() -> Iterator[tuple[int, int]]:
    """Yield from where to where private memory lies that no file stands behind, see proc_pid_maps(5)."""
    for line in Path("/proc/self/maps").read_text(errors="replace").splitlines():
        area, access, _, _, _, *name = line.split(maxsplit=5)
        if access == "rw-p" and name in ([], ["[heap]"]):
            start, end = area.split("-")
            yield int(start, 16), int(end, 16)
