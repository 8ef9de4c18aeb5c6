"""Fills the holes in the template's heap, so that what its children allocate there lies close together."""

import ctypes

from sandbox.jail.limits import MIB

_LARGEST = 120 * 1024
"""Above 128 KiB glibc may map a block instead of taking it from the heap."""

_SMALLEST = 24
_FINE = 4096
_STEP = 16
_PAGE = 4096


def fill() -> int:
    """Take all that is free between what is in use, for ever; returns how many bytes that was.

    A warm template has thousands of such holes, on as many pages. A child would use them first, and
    copy each of those pages; now it takes fresh memory in one place.
    """
    libc = ctypes.CDLL(None)
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.sbrk.argtypes = [ctypes.c_ssize_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.malloc_trim(0)
    end = libc.sbrk(0) - _PAGE  # trimming leaves up to a page there
    size, filled = _LARGEST, 0
    while size >= _SMALLEST and filled < 64 * MIB:
        block = libc.malloc(size)
        if block is not None and block < end:
            filled += size
            continue
        libc.free(block)  # no hole of this size is left
        size -= _STEP if size <= _FINE else size // 32 // _STEP * _STEP
    return filled
