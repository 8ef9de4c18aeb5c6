"""A session's folder, looked through again only if something can have come into it since the last look."""

import os
import time

from sandbox.supervisor.disk import Held, folder_holds

_NOTHING = Held(0, 0)
_SETTLED_NS = 1_000_000_000
"""A second, many times the step of the clock that changes are stamped with: whatever comes into a folder
whose last change is so long ago gets another stamp, and nobody but that clock can set it."""


class Folder:
    """What of a session's disk has a name there; for the arguments see `disk.folder_holds`."""

    def __init__(self, path: str, most_files: int, owner: int | None) -> None:
        self._path = path
        self._most_files = most_files
        self._owner = owner
        self._empty_since: int | None = None

    def holds(self) -> Held:
        """Return what lies in it, counting no further than just over its limit of files."""
        now, changed = time.time_ns(), self._changed()
        if changed is not None and changed == self._empty_since:
            return _NOTHING
        held = folder_holds(self._path, self._most_files, self._owner)
        settled = changed is not None and now - changed > _SETTLED_NS
        self._empty_since = changed if settled and held.files == 0 else None
        return held

    def _changed(self) -> int | None:
        """Return when an entry of it came or went, in ns as the file system tells it."""
        try:
            return os.stat(self._path, follow_symlinks=False).st_ctime_ns
        except OSError:
            return None
