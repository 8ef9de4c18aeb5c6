"""Puts the pictures and files of an answer into a folder, where a terminal cannot show them."""

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from bot.tutor.reply import File, Image, Part

MOST_NAME = 60
MOST_OF_A_NAME = 1000
"""Files that may share a name, told apart by a number."""

MOST_DRAWN = 40
"""Drawings that are kept; the oldest make way, for every run can bring another."""

_DRAWN = re.compile(r"(card|operation|graph|progress)-[0-9a-f]{8}\.png")
_UNSAFE = re.compile(r"[^\w.-]+")


class Keeper:
    """A folder for what the terminal cannot show; made when there is something to put into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, parts: Iterable[Part]) -> dict[Image | File, Path]:
        """Write the pictures and files among `parts`; return where each is that could be written.

        Nothing is overwritten. What is there already with the same content is not written again.
        """
        kept: dict[Image | File, Path] = {}
        for part in parts:
            if isinstance(part, Image | File) and part not in kept:
                name, data = _of(part)
                try:
                    kept[part] = self._written(name, data)
                except OSError:
                    continue  # a full disk is no reason to show nothing
                if _DRAWN.fullmatch(name):
                    self._make_way(kept[part])
        return kept

    def _make_way(self, newest: Path) -> None:
        """Remove the drawings that were shown longest ago, of those that are too many."""
        with contextlib.suppress(OSError):
            os.utime(newest)
            drawn = [path for path in self._folder.iterdir() if _DRAWN.fullmatch(path.name)]
            drawn.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
            for path in drawn[:-MOST_DRAWN]:
                path.unlink()

    def _written(self, name: str, data: bytes) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem, dot, suffix = name.partition(".")
        for number in range(1, MOST_OF_A_NAME + 1):
            path = self._folder / (name if number == 1 else f"{stem}-{number}{dot}{suffix}")
            try:
                # O_EXCL follows no link and never touches what is there.
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                if _holds(path, data):
                    return path
                continue
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            return path
        raise FileExistsError(f"{self._folder} has too many files called {name}")


def safe_name(name: str) -> str:
    """Return `name` as the name of a plain, visible file: letters, digits, `_`, `-` and dots."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).lstrip("._-")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        return plain[:MOST_NAME] or "file"
    return f"{stem[: MOST_NAME - 10]}.{suffix[:9]}".strip(".") or "file"


def _of(part: Image | File) -> tuple[str, bytes]:
    if isinstance(part, Image) and part.drawing is not None:
        kind = type(part.drawing).__name__.lower()
        return f"{kind}-{sha256(part.png).hexdigest()[:8]}.png", part.png
    if isinstance(part, Image):
        return "figure.png", part.png
    return safe_name(part.name), part.data


def _holds(path: Path, data: bytes) -> bool:
    """Tell whether a plain file at `path` has exactly this content."""
    return (
        path.is_file()
        and not path.is_symlink()
        and path.stat().st_size == len(data)
        and path.read_bytes() == data
    )
