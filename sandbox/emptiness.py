"""Remembers that a folder is empty, so that it is looked through again only if something can have come in."""

import os
import time

_SETTLED_NS = 1_000_000_000
"""A second, many times the step of the clock that changes are stamped with: whatever comes into a folder
whose last change is so long ago gets another stamp, and nobody but that clock can set it."""


class Emptiness:
    """Whether the folder at `path` still is as empty as it was found."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._empty_since: int | None = None
        self._looked: int | None = None

    def stands(self) -> bool:
        """Tell whether nothing at all can have come in; if not, look, and `note` what there was."""
        now, changed = time.time_ns(), self._changed()
        settled = changed is not None and now - changed > _SETTLED_NS
        self._looked = changed if settled else None
        return changed is not None and changed == self._empty_since

    def note(self, *, empty: bool) -> None:
        """Remember what a look has found that began after the last question whether it `stands`."""
        self._empty_since = self._looked if empty else None

    def _changed(self) -> int | None:
        """Return when an entry of it came or went, in ns as the file system tells it."""
        try:
            return os.stat(self._path, follow_symlinks=False).st_ctime_ns  # noqa: PTH116
        except OSError:
            return None
