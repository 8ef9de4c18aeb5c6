"""How much a session keeps on disk: in its folder, in /dev/shm, and in files it unlinked but holds open."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from sandbox.jail import kernel
from sandbox.jail.sight import sight_of
from sandbox.supervisor.usage import Tree

_BLOCK = 512
_BUFFERS = {stat.S_IFSOCK: 212_992, stat.S_IFIFO: 65_536}
"""Bytes that one may hold: net.core.wmem_default, and pipe(7)."""

_TOO_MUCH = 1 << 62
_LOOKS = 3
"""Looks at a folder that is closed while one looks: once may be chance, each time is hiding."""

_LONG_PATH = 3000
"""From here on a folder is taken for a new top: the kernel takes no path longer than 4,095 bytes."""

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
        return _looked(lambda: _sum(_below(folder), most_files))


def tree_holds(tree: Tree, folder: str, most_files: int) -> Held:
    """Return all that a session's processes keep, counting no further than just over `most_files`."""
    with sight_of(tree.uid):
        return _looked(lambda: _all_of(tree, folder, most_files))


def _looked(look: Callable[[], Held]) -> Held:
    """Return what `look` finds, once it finds nothing closed; what always is counts as too much."""
    held = look()
    for _ in range(_LOOKS - 1):
        if held.bytes < _TOO_MUCH:
            break
        held = look()
    return held


def _all_of(tree: Tree, folder: str, most_files: int) -> Held:
    private = _private_shared_memory(tree)
    if private is None:
        return _sum(chain(_below(folder), _shared(tree), _unlinked(tree, None)), most_files)
    device, shared = private
    rest = _sum(chain(_below(folder), _unlinked(tree, device)), most_files)
    return Held(rest.bytes + shared.bytes, rest.files + shared.files)


def _private_shared_memory(tree: Tree) -> tuple[int, Held] | None:
    """Return the device number of the tree's own /dev/shm and what it holds, if it has its own.

    The file system itself knows what it holds, names or none, mapped or not.
    """
    if tree.uid is not None:
        return None
    for pid in tree.recent_pids():
        path = f"/proc/{pid}/root{_SHARED_MEMORY}"
        with contextlib.suppress(OSError):
            device = os.stat(path).st_dev
            if device == os.stat(_SHARED_MEMORY).st_dev:
                return None
            size = os.statvfs(path)
            used = (size.f_blocks - size.f_bfree) * size.f_frsize
            return device, Held(used, size.f_files - size.f_ffree - 1)
    return None


def _sum(sizes: Iterable[int], most: int) -> Held:
    total, count = 0, 0
    for size in sizes:
        total, count = total + size, count + 1
        if count > most:
            break
    return Held(total, count)


def _below(folder: str) -> Iterator[int]:
    """Yield the sizes of what lies below `folder`, no faster than asked; links are never followed.

    What its owner has closed is opened first. What is closed again by then was put there to hide,
    and counts as more than anyone may keep.
    """
    try:
        top = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        _let_in(top)
        yield from _beneath(top)
    finally:
        os.close(top)


def _beneath(top: int) -> Iterator[int]:
    waiting = ["."]
    while waiting:
        path = waiting.pop()
        try:
            with _opened(top, path) as folder:
                if len(path) > _LONG_PATH:
                    yield from _beneath(folder)
                    continue
                with os.scandir(f"/proc/self/fd/{folder}") as entries:
                    for entry in entries:
                        try:
                            status = entry.stat(follow_symlinks=False)
                        except FileNotFoundError:
                            continue
                        yield status.st_blocks * _BLOCK
                        if stat.S_ISDIR(status.st_mode):
                            waiting.append(f"{path}/{entry.name}")
        except PermissionError:
            yield _TOO_MUCH
        except OSError:
            continue


@contextlib.contextmanager
def _opened(top: int, path: str) -> Iterator[int]:
    """Hold the folder `path` below `top` open, where no link can lead out, and let its owner in."""
    held = kernel.open_beneath(top, path, os.O_PATH | os.O_DIRECTORY)
    try:
        _let_in(held)
        yield held
    finally:
        os.close(held)


def _let_in(folder: int) -> None:
    if os.fstat(folder).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(f"/proc/self/fd/{folder}", stat.S_IRWXU)


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


def _unlinked(tree: Tree, counted: int | None) -> Iterator[int]:
    """Yield the sizes of regular files that have no name any more but are still open.

    What lies on the device `counted` is left out. Sockets and pipes count with what the kernel may
    keep in them for a reader who never comes: memory that is nobody's otherwise.
    """
    seen: set[tuple[int, int]] = set()
    for pid in tree.recent_pids():
        for path in _open_in(pid):
            try:
                status = os.stat(path)
            except OSError:
                continue
            known = (status.st_dev, status.st_ino) in seen
            buffered = _BUFFERS.get(stat.S_IFMT(status.st_mode))
            if buffered and not known:
                seen.add((status.st_dev, status.st_ino))
                yield buffered
            elsewhere = status.st_dev != counted
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0 and elsewhere and not known:
                seen.add((status.st_dev, status.st_ino))
                yield status.st_blocks * _BLOCK
