"""Notice whether a cell may have left files behind, so that nobody looks for them in vain."""

import os
from collections.abc import Iterator

from sandbox.emptiness import Emptiness

_MOST_ENTRIES = 200
_DEPTH = 3

Listing = frozenset[tuple[str, int, int]]
_NOTHING: Listing = frozenset()


class Traces:
    """Compares a session's folder with how it was at the last look. A hint: nothing rests on it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._emptiness = Emptiness(folder)
        self._last: Listing | None = _NOTHING

    def changed(self) -> bool:
        """Tell whether there is something new since the last call, or too much to tell."""
        before, self._last = self._last, self._look()
        return self._last is None or self._last != before

    def _look(self) -> Listing | None:
        if self._emptiness.stands():
            return _NOTHING
        found = _listing(self._folder)
        self._emptiness.note(empty=found == _NOTHING)
        return found


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
            if not entry.is_dir(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status.st_ctime_ns, status.st_size
                continue
            yield entry.path, 0, 0  # that it is there: what comes into it does not show further up
            if depth:
                yield from _below(entry.path, depth - 1)
