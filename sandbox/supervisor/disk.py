"""How much a session keeps on disk: in its folder, in /dev/shm, and in files it unlinked but holds open."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from sandbox.jail.sight import sight_of
from sandbox.supervisor.usage import Tree

_BLOCK = 512
_TOO_MUCH = 1 << 62
"""What lies deeper than any path can name: it was put there to hide, so it is too much."""

_SHARED_MEMORY = "/dev/shm"  # noqa: S108


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes and files; what this process may not look at is not counted."""

    bytes: int
    files: int


def folder_holds(folder: str, most_files: int, owner: int | None = None) -> Held:
    """Return what lies in `folder`, counting no further than just over `most_files`.

    With `owner`, who need not be us, what that user may see and what that user has closed.
    """
    with sight_of(owner):
        return _sum(_below(folder), most_files)


def tree_holds(tree: Tree, folder: str, most_files: int) -> Held:
    """Return all that a session's processes keep, counting no further than just over `most_files`."""
    with sight_of(tree.uid):
        return _sum(chain(_below(folder), _shared(tree), _unlinked(tree)), most_files)


def _sum(sizes: Iterable[int], most: int) -> Held:
    total, count = 0, 0
    for size in sizes:
        total, count = total + size, count + 1
        if count > most:
            break
    return Held(total, count)


def _below(folder: str) -> Iterator[int]:
    """Yield the sizes of what lies below `folder`, no faster than asked; links are never followed.

    What its owner has closed is opened first. What then still cannot be seen was put there to hide,
    and counts as more than anyone may keep.
    """
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            with _opened(path, folder) as here, os.scandir(here) as entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    yield status.st_blocks * _BLOCK
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(f"{path}/{entry.name}")
        except OSError as error:
            if error.errno in (errno.EACCES, errno.ENAMETOOLONG):
                yield _TOO_MUCH


@contextlib.contextmanager
def _opened(path: str, folder: str) -> Iterator[str]:
    """Hold the folder `path` and give a name for it that no link can be put in place of.

    Raises OSError. Rights are changed within `folder` alone: on the way here, a link may have led out.
    """
    held = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        name = f"/proc/self/fd/{held}"
        closed = os.fstat(held).st_mode & stat.S_IRWXU != stat.S_IRWXU
        if closed and f"{os.readlink(name)}/".startswith(f"{os.path.realpath(folder)}/"):
            os.chmod(name, stat.S_IRWXU)
        yield name
    finally:
        os.close(held)


def _shared(tree: Tree) -> Iterator[int]:
    """Yield the sizes of the session's files in shared memory, where its uid tells them apart."""
    if tree.uid is None:
        return
    for entry in os.scandir(_SHARED_MEMORY):
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if status.st_uid == tree.uid:
            yield status.st_blocks * _BLOCK


def _open_in(pid: int) -> list[str]:
    """Return links to what `pid` has open. Its first thread may have ended before the others."""
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            folder = f"/proc/{pid}/task/{thread}/fd"
            with contextlib.suppress(OSError):
                if names := os.listdir(folder):
                    return [f"{folder}/{name}" for name in names]
    return []


def _unlinked(tree: Tree) -> Iterator[int]:
    """Yield the sizes of regular files that have no name any more but are still open."""
    seen: set[tuple[int, int]] = set()
    for pid in tree.pids():
        for path in _open_in(pid):
            try:
                status = os.stat(path)
            except OSError:
                continue
            known = (status.st_dev, status.st_ino) in seen
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0 and not known:
                seen.add((status.st_dev, status.st_ino))
                yield status.st_blocks * _BLOCK
