"""Reads from the environment what the console goes by: colour, width, language and folders."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The program's own input (a descriptor) and output, and the environment they are in."""

    descriptor: int
    out: TextIO
    interactive: bool
    environ: Mapping[str, str]

    @property
    def is_dumb(self) -> bool:
        """Whether the terminal can do no more than print."""
        return self.environ.get("TERM", "dumb") == "dumb"

    @property
    def colour(self) -> bool:
        """Whether to colour: at a terminal that can, unless told not to (no-color.org)."""
        return self.interactive and not self.is_dumb and not self.environ.get("NO_COLOR")

    @property
    def true_colour(self) -> bool:
        """Whether the terminal says that it has 24-bit colour."""
        return self.colour and self.environ.get("COLORTERM", "") in ("truecolor", "24bit")

    def columns(self) -> int | None:
        """Return how wide the terminal is; a pipe has no width unless COLUMNS gives it one."""
        wanted = self.environ.get("COLUMNS", "")
        if wanted.isascii() and wanted.isdecimal() and int(wanted) > 0:
            return int(wanted)
        return shutil.get_terminal_size().columns if self.interactive else None

    @property
    def language(self) -> str | None:
        """What is spoken here, as POSIX ranks its variables; None if nothing says so."""
        names = ("LC_ALL", "LC_MESSAGES", "LANG")
        value = next((self.environ[name] for name in names if self.environ.get(name)), "")
        language = value.partition(".")[0]
        return None if language in ("", "C", "POSIX") else language


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return where the console keeps its history and its log (XDG base directories)."""
    state = environ.get("XDG_STATE_HOME", "")
    home = environ.get("HOME") or "."
    return Path(state if state.startswith("/") else f"{home}/.local/state", "tensor-tutor")
