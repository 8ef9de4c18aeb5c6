"""Read the files of a session's folder that are new, following no link: done by a helper under its uid."""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.record import WireRecord

MOST_FILES = 10
MOST_FILE_BYTES = 1024 * 1024
MOST_BYTES = 4 * 1024 * 1024
MOST_DEPTH = 3
MOST_ENTRIES = 4000
_SKIPPED = "__pycache__"

Stamp = tuple[int, int, int]
"""Inode, change time in ns, size in bytes. The change time cannot be set by the one who owns the file."""


class Gathered(WireRecord, frozen=True):
    """New files as path below the folder and content; `stamps` are of all files there are."""

    files: tuple[tuple[bytes, bytes], ...]
    more: int
    stamps: tuple[Stamp, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    parts: tuple[bytes, ...]
    stamp: Stamp
    modified: int


def gather(folder: str, known: frozenset[Stamp]) -> Gathered:
    """Return what is new in `folder`, oldest first, within the limits above. Raises OSError."""
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    found = sorted(_below(root, (), [MOST_ENTRIES]), key=lambda file: (file.modified, file.parts))
    new = [file for file in found if file.stamp not in known]
    taken: list[tuple[bytes, bytes]] = []
    room = MOST_BYTES
    for file in new:
        if len(taken) == MOST_FILES:
            break
        content = _content(root, file.parts, min(room, MOST_FILE_BYTES))
        if content is not None:
            taken.append((b"/".join(file.parts), content))
            room -= len(content)
    return Gathered(tuple(taken), len(new) - len(taken), tuple(file.stamp for file in found))


def _below(folder: int, above: tuple[bytes, ...], left: list[int]) -> Iterator[_Found]:
    """Yield the plain, visible files below an open folder; `left` counts entries down to none."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            left[0] -= 1
            if left[0] < 0:
                return
            name = os.fsencode(entry.name)
            with contextlib.suppress(OSError):
                yield from _look(folder, (*above, name), left)


def _look(folder: int, parts: tuple[bytes, ...], left: list[int]) -> Iterator[_Found]:
    name = parts[-1]
    if name.startswith(b".") or name == _SKIPPED.encode():
        return
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if _is_own(status):
        yield _Found(parts, _stamp(status), status.st_mtime_ns)
    elif stat.S_ISDIR(status.st_mode) and len(parts) <= MOST_DEPTH:
        inner = _enter(folder, name)
        try:
            yield from _below(inner, parts, left)
        finally:
            os.close(inner)


def _content(root: int, parts: tuple[bytes, ...], most: int) -> bytes | None:
    """Return the content of a file of at most `most` bytes, None when it is no such file any more."""
    opened = []
    try:
        folder = root
        for part in parts[:-1]:
            folder = _enter(folder, part)
            opened.append(folder)
        # O_NONBLOCK: a FIFO that took the file's place, or a lease on it, holds nobody up.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(parts[-1], flags, dir_fd=folder)
        opened.append(file)
        status = os.fstat(file)
        if not _is_own(status) or status.st_size > most:
            return None
        return _read(file, most)
    except OSError:
        return None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _read(file: int, most: int) -> bytes | None:
    """Read to the end; a file that grows beyond `most` meanwhile is left out."""
    content = bytearray()
    while chunk := os.read(file, most + 1 - len(content)):
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)


def _enter(folder: int, name: bytes) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, dir_fd=folder)


def _is_own(status: os.stat_result) -> bool:
    """A plain file of the session's own user with no second name, which could lie anywhere."""
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid()


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_ino, status.st_ctime_ns, status.st_size)
