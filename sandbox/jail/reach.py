"""Make an interpreter that lies below a closed folder reachable for processes of another user.

With Python under `/root` (0700), lazy imports fail once the uid is dropped. In a private mount
namespace the closed folder is covered by an empty one, and only the interpreter's own folders are
bound back into it, read-only, at the paths they always had.
"""

import os
import stat
from collections.abc import Iterable, Sequence

from sandbox.jail import kernel

_READ_ONLY, _NOSUID, _NODEV = 1, 2, 4
_REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 32, 4096, 16384, 1 << 18


class Unreachable(Exception):  # noqa: N818
    """Other users cannot reach the interpreter and the kernel does not let us help; names the path."""


def closed_ancestor(path: str) -> str | None:
    """Return the first folder on the way to `path` that other users may not enter, if there is one."""
    parts = os.path.realpath(path).split("/")
    for end in range(2, len(parts) + 1):
        folder = "/".join(parts[:end])
        try:
            mode = os.stat(folder).st_mode
        except OSError:
            return folder
        if stat.S_ISDIR(mode) and not mode & stat.S_IXOTH:
            return folder
    return None


def open_up(paths: Iterable[str]) -> None:
    """Make `paths` reachable for everybody in this process and all it starts.

    Does nothing where they already are. Raises Unreachable.
    """
    closed: dict[str, list[str]] = {}
    for path in _outermost({os.path.realpath(p) for p in paths if os.path.isdir(p)}):
        ancestor = closed_ancestor(path)
        if ancestor is not None:
            closed.setdefault(ancestor, []).append(path)
    if not closed:
        return
    try:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", "", _RECURSIVE | _PRIVATE)
        for ancestor, inside in closed.items():
            _cover(ancestor, inside)
    except OSError as error:
        raise Unreachable(
            f"{min(closed)} is closed to other users and holds the Python interpreter "
            f"({error.strerror}); use a Python outside it, or `chmod o+x {min(closed)}`"
        ) from error


def _cover(ancestor: str, inside: Sequence[str]) -> None:
    if ancestor in inside:
        raise OSError(0, f"{ancestor} itself is not readable for other users", ancestor)
    held = [(path, os.open(path, os.O_PATH | os.O_DIRECTORY)) for path in inside]
    kernel.mount("tmpfs", ancestor, "tmpfs", _NOSUID | _NODEV, "mode=0711,size=64k")
    for path, descriptor in held:
        os.makedirs(path, mode=0o755)
        kernel.mount(f"/proc/self/fd/{descriptor}", path, "", _BIND | _RECURSIVE)
        kernel.mount("none", path, "", _BIND | _REMOUNT | _READ_ONLY | _NOSUID | _NODEV)
        os.close(descriptor)
    kernel.mount("none", ancestor, "", _BIND | _REMOUNT | _READ_ONLY | _NOSUID | _NODEV)


def _outermost(paths: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for path in sorted(paths):
        if not any(path.startswith(outer + "/") for outer in kept):
            kept.append(path)
    return kept
