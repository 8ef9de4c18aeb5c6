"""How much a session keeps on disk: in its folder, in /dev/shm, and in files it unlinked but holds open."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from sandbox.supervisor.usage import Tree

_BLOCK = 512
_TOO_MUCH = 1 << 62
_SHARED_MEMORY = "/dev/shm"  # noqa: S108


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes and files; what this process may not look at is not counted."""

    bytes: int
    files: int


def folder_holds(folder: str, most_files: int) -> Held:
    """Return what lies in `folder`, counting no further than just over `most_files`."""
    return _sum(_below(folder), most_files)


def tree_holds(tree: Tree, folder: str, most_files: int) -> Held:
    """Return all that a session's processes keep, counting no further than just over `most_files`."""
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

    What lies too deep for a path to name it is taken for too much: else it could hide anything.
    """
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    yield status.st_blocks * _BLOCK
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                yield _TOO_MUCH


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


def _unlinked(tree: Tree) -> Iterator[int]:
    """Yield the sizes of regular files that have no name any more but are still open."""
    seen: set[tuple[int, int]] = set()
    for pid in tree.pids():
        try:
            names = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            continue
        for name in names:
            try:
                status = os.stat(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue
            known = (status.st_dev, status.st_ino) in seen
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0 and not known:
                seen.add((status.st_dev, status.st_ino))
                yield status.st_blocks * _BLOCK
