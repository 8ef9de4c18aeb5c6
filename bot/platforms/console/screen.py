"""Writes answers to the screen or into a pipe, each at once and flushed."""

import errno
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TextIO

from bot.platforms.console.cells import own
from bot.platforms.console.filling import END
from bot.platforms.console.menu import assign_keys
from bot.platforms.console.render import Look, is_shown_whole, render
from bot.platforms.console.turn import Answer
from bot.tutor.ports import Wording
from bot.tutor.reply import File, FormField, Image, Part

END_OF_REPLY = "▸"
MOST_COLUMNS = 100
"""Wider lines are hard to read, however wide the window is."""

LEAST_COLUMNS = 20


class ScreenGone(Exception):  # noqa: N818  (a state, not a fault)
    """Nobody reads the output any more: the pipe or the window was closed."""


class Screen:
    """Where the console writes. `columns` is asked for each answer; None never breaks lines.

    `keep` puts away what no screen can show, and tells where.
    """

    def __init__(
        self,
        out: TextIO,
        columns: Callable[[], int | None],
        *,
        colour: bool,
        true_colour: bool = False,
        keep: Callable[[Iterable[Part]], Mapping[Image | File, Path]] = lambda _: {},
    ) -> None:
        self._out = out
        self._keep = keep
        self._columns = columns
        self._colour = colour
        self._true_colour = true_colour

    def show(self, answer: Answer, say: Wording) -> None:
        """Write `answer`."""
        parts = [part for reply in answer.replies for part in reply.parts]
        kept = self._keep(part for part in parts if not is_shown_whole(part))
        look = Look(self._width(), self._colour, say, kept, self._true_colour)
        keyed = assign_keys(answer.replies)
        blocks = [
            "\n".join(render(reply, look, actions))
            for reply, actions in zip(answer.replies, keyed, strict=True)
        ]
        self.write("\n\n".join(block for block in blocks if block) + "\n")

    def _width(self) -> int | None:
        columns = self._columns()
        return None if columns is None else max(min(columns, MOST_COLUMNS), LEAST_COLUMNS)

    def ask(self, field: FormField, say: Wording) -> None:
        """Write which field the next line answers."""
        self.write(f"? {field_label(field, say)}\n")

    def end(self) -> None:
        """Mark the end of a reply, for whoever writes into our pipe."""
        self.write(f"{END_OF_REPLY}\n")

    def write(self, text: str) -> None:
        """Write and flush `text`. Raises ScreenGone."""
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            if error.errno in (errno.EPIPE, errno.EIO):
                raise ScreenGone from error
            raise


def field_label(field: FormField, say: Wording) -> str:
    """Return what is asked, and how to end an answer of several lines."""
    if not field.multiline:
        return own(field.label)
    how = say("(between ``` lines, or end with a line that is just {end})", end=END)
    return own(f"{field.label} {how}")
