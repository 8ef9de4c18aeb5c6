"""Lays out source and program output as bordered blocks that nothing inside can leave."""

import re
from collections.abc import Iterator
from keyword import kwlist

from bot.platforms.console.cells import Line, Span, cut, safe_lines

SOURCE_BORDER = "┃ "
OUTPUT_BORDER = "│ "
GOES_ON = "┊ "
"""Border of a line that was too long for the terminal and goes on."""

_PYTHON = re.compile(
    r"(?P<comment>\#.*)"
    r"|(?P<string>[rRbBfFuU]{0,2}(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"))"
    r"|(?P<number>\b\d[\w.]*)"
    rf"|(?P<keyword>\b(?:{'|'.join(kwlist)})\b)"
)


def block(text: str, lang: str, width: int | None, margin: str = "  ") -> list[Line]:
    """Return `text` line by line behind a border; Python source is lightly highlighted."""
    python = lang == "python"
    border = SOURCE_BORDER if python else OUTPUT_BORDER
    room = None if width is None else width - len(margin) - len(border)
    lines: list[Line] = []
    for source in safe_lines(text.removesuffix("\n")):
        pieces = cut(_highlighted(source) if python else [Span(source)], room)
        edges = [border] + [GOES_ON] * (len(pieces) - 1)
        lines.extend(
            (Span(margin), Span(edge, "dim"), *piece)
            for edge, piece in zip(edges, pieces, strict=True)
        )
    return lines


def _highlighted(source: str) -> Iterator[Span]:
    end = 0
    for match in _PYTHON.finditer(source):
        if match.start() > end:
            yield Span(source[end : match.start()])
        yield Span(match[0], match.lastgroup or "")
        end = match.end()
    yield Span(source[end:])
