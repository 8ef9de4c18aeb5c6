"""A session's folder, looked through again only if something can have come into it since the last look."""

from sandbox.emptiness import Emptiness
from sandbox.supervisor.disk import Held, folder_holds

_NOTHING = Held(0, 0)


class Folder:
    """What of a session's disk has a name there; for the arguments see `disk.folder_holds`."""

    def __init__(self, path: str, most_files: int, owner: int | None) -> None:
        self._path = path
        self._most_files = most_files
        self._owner = owner
        self._emptiness = Emptiness(path)

    def holds(self) -> Held:
        """Return what lies in it, counting no further than just over its limit of files."""
        if self._emptiness.stands():
            return _NOTHING
        held = folder_holds(self._path, self._most_files, self._owner)
        self._emptiness.note(empty=held.files == 0)
        return held
