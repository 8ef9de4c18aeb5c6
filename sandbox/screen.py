"""What a terminal would show of a program's output: carriage returns overwrite, backspaces step back."""

import re
from collections.abc import Iterable
from itertools import groupby

from sandbox.wire import Stream

Chunk = tuple[Stream, str]

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|[\x80-\x9f]"
)
_MOVES = ("\r", "\b")
_C1_CONTROLS = re.compile(r"[\x80-\x9f]")


def shown(chunks: Iterable[Chunk]) -> tuple[Chunk, ...]:
    """Return `chunks` as they would stand on a screen, neighbours of one stream merged.

    Escape sequences (colours, cursor movements) are dropped.
    """
    chunks = list(chunks)
    if all(_is_plain(text) for _, text in chunks):
        return _merged(chunks)
    lines: list[list[Chunk]] = [[]]
    for stream, text in chunks:
        first, *rest = _ESCAPE.sub("", text).replace("\r\n", "\n").split("\n")
        lines[-1].append((stream, first))
        for line in rest:
            lines[-1].append((stream, "\n"))
            lines.append([(stream, line)])
    return _merged(piece for line in lines for piece in _settled(line))


def _is_plain(text: str) -> bool:
    """Tell whether a screen shows `text` as it is; a flood of it is told in no time, too."""
    if "\x1b" in text or any(move in text for move in _MOVES):
        return False
    return text.isascii() or not _C1_CONTROLS.search(text)


def _settled(line: list[Chunk]) -> list[Chunk]:
    """Apply the cursor movements within one line."""
    if not any(move in text for _, text in line for move in _MOVES):
        return line
    cells: list[tuple[Stream, str]] = []
    column = 0
    for stream, text in line:
        for character in text:
            if character == "\r":
                column = 0
            elif character == "\b":
                column = max(0, column - 1)
            elif character == "\n":
                cells.append((stream, character))
            else:
                cells[column : column + 1] = [(stream, character)]
                column += 1
    return cells


def _merged(chunks: Iterable[Chunk]) -> tuple[Chunk, ...]:
    groups = groupby((c for c in chunks if c[1]), key=lambda chunk: chunk[0])
    return tuple((stream, "".join(text for _, text in group)) for stream, group in groups)
