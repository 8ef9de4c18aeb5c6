"""Notice whether a cell may have left files behind, so that nobody looks for them in vain."""

import os
from collections.abc import Iterator

_MOST_ENTRIES = 200
_DEPTH = 3

Listing = frozenset[tuple[str, int, int]]


class Traces:
    """Compares a session's folder with how it was at the last look. A hint: nothing rests on it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._last: Listing | None = frozenset()

    def changed(self) -> bool:
        """Tell whether there is something new since the last call, or too much to tell."""
        before, self._last = self._last, _listing(self._folder)
        return self._last is None or self._last != before


def _listing(folder: str) -> Listing | None:
    try:
        found = []
        for entry in _below(folder, _DEPTH):
            found.append(entry)
            if len(found) > _MOST_ENTRIES:
                return None
        return frozenset(found)
    except Exception:
        return None


def _below(folder: str, depth: int) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path, status.st_ctime_ns, status.st_size
            elif depth:
                yield from _below(entry.path, depth - 1)
