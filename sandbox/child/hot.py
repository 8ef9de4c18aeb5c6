"""The pages that every run writes to: copied before the next one comes, which would wait for each of them."""

import ctypes
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

Pages = tuple[tuple[int, int], ...]
"""Where they lie: an address and a length in bytes, for each that has others right behind it."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_POPULATE_WRITE = 23
_ENTRY_BYTES = 8
_PRESENT, _OF_A_FILE, _MAPPED_ONCE = 1 << 63, 1 << 61, 1 << 56
_LOOK_UP_EVERY = 16

_madvise = ctypes.CDLL(None).madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def find(rehearse: Callable[[], None]) -> Pages:
    """Return which pages `rehearse` writes to when it is done a second time; none where that fails.

    A fork of this process does it, and then a fork of that: there, what is mapped once was written
    to. Children of this process have everything at the same addresses.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            rehearse()
            if os.fork():
                os.wait()
            else:
                before = _own()
                rehearse()
                _tell(writing, _own() - before)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as told:
        found = told.read()
    os.waitpid(child, 0)
    return tuple(struct.iter_unpack("QQ", found))


def copy(pages: Pages, is_awaited: Callable[[], bool]) -> None:
    """Make `pages` this process's own, as a write would (madvise(2), since Linux 5.14).

    Nothing in them changes. It ends early when somebody waits.
    """
    for number, (start, length) in enumerate(pages):
        if number % _LOOK_UP_EVERY == 0 and is_awaited():
            return
        _madvise(start, length, _POPULATE_WRITE)


def _own() -> set[int]:
    """Return the numbers of the pages that this process shares with no other."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        areas = [line.split(maxsplit=2) for line in maps]
    own: set[int] = set()
    with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
        for where, rights, _ in areas:
            if rights.startswith("rw") and rights.endswith("p"):
                first, end = (int(address, 16) // _PAGE for address in where.split("-"))
                pagemap.seek(first * _ENTRY_BYTES)
                entries = np.frombuffer(pagemap.read((end - first) * _ENTRY_BYTES), np.uint64)
                known = np.uint64(_PRESENT | _OF_A_FILE | _MAPPED_ONCE)
                is_own = (entries & known) == np.uint64(_PRESENT | _MAPPED_ONCE)
                own.update((np.flatnonzero(is_own) + first).tolist())
    return own


def _tell(pipe: int, pages: Iterable[int]) -> None:
    with open(pipe, "wb") as told:
        runs = _runs(sorted(pages))
        told.writelines(struct.pack("QQ", at * _PAGE, count * _PAGE) for at, count in runs)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first number and the length of each run of successive `numbers`, which are sorted."""
    start = 0
    for position in range(1, len(numbers) + 1):
        if position == len(numbers) or numbers[position] != numbers[position - 1] + 1:
            yield numbers[start], position - start
            start = position
