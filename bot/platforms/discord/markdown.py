"""Turns the Markdown that lessons use into Discord's, which knows no tables and keeps line ends."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from wcwidth import wcswidth

from bot.platforms.discord.pieces import Fence, Words
from bot.platforms.discord.words import in_fence, inline, one_line, paragraph, unmarked
from bot.tutor.markdown import Block, blocks

MOST_REMEMBERED = 256
MOST_DEPTH = 4
MOST_COLUMNS = 12
MOST_CELL = 60

_ITEM = re.compile(r"(?P<indent> *)(?P<mark>\S+) ")
_RULE = re.compile(r"[-: ]+")
_LANGUAGES = {"python": "py", "py": "py", "math": "tex"}


@lru_cache(maxsize=MOST_REMEMBERED)
def prose(markdown: str) -> tuple[Words | Fence, ...]:
    """Return the paragraphs and blocks of `markdown` in order; lessons say the same to many."""
    found: list[Words | Fence] = []
    before: Block | None = None
    for block in blocks(markdown):
        if block.kind in ("fenced", "kept", "table"):
            found.append(_kept(block))
        else:
            text = _text(block)
            if text.strip():
                found.append(Words(text, close=before is not None and _is_close(before, block)))
        before = block
    return tuple(found)


def _is_close(before: Block, block: Block) -> bool:
    if block.kind == "heading":
        return False
    if before.kind == "heading":
        return True
    return not block.parted or block.kind == before.kind == "item"


def _text(block: Block) -> str:
    lines = block.text.split("\n")
    match block.kind:
        case "heading":
            return f"### {inline(one_line(block.text))}"
        case "item":
            return _item(block.marker, lines)
        case "quote":
            return "\n".join(f"> {inline(one_line(line))}" for line in lines)
        case _:
            return "\n".join(map(paragraph, lines))


def _item(marker: str, lines: Sequence[str]) -> str:
    """Return an item of a list; Discord knows "-" and "1.", two spaces deeper at each level."""
    found = _ITEM.match(marker)
    depth = min(max(len(found["indent"]) // 2 - 1, 0), MOST_DEPTH) if found else 0
    mark = found["mark"].replace("•", "-").replace(")", ".") if found else "-"
    margin = "  " * depth
    first, *others = (inline(one_line(line)) for line in lines)
    return "\n".join([f"{margin}{mark} {first}", *(f"{margin}  {line}" for line in others)])


def _kept(block: Block) -> Fence:
    if block.kind == "table":
        return Fence(in_fence(_table(block.text)))
    return Fence(in_fence(block.text), _LANGUAGES.get(block.marker.lower(), ""))


# Tables -----------------------------------------------------------------------------------------


def _table(text: str) -> str:
    """Return the rows with their columns under one another, and a line below the heads."""
    rows = [_cells(line) for line in text.split("\n")]
    is_rule = [all(map(_RULE.fullmatch, row)) for row in rows]
    shown = [row for row, rule in zip(rows, is_rule, strict=True) if not rule]
    widths = [max(map(width_of, column)) for column in _columns(shown)]
    lines = ["  ".join(_padded(row, widths)).rstrip() for row in shown]
    if any(is_rule):
        lines.insert(min(is_rule.index(True), len(lines)), "  ".join("─" * one for one in widths))
    return "\n".join(lines)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    cells = [unmarked(cell)[:MOST_CELL] for cell in re.split(r"(?<!\\)\|", inner)]
    return cells[:MOST_COLUMNS]


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for index in range(max(map(len, rows), default=0)):
        yield [row[index] for row in rows if index < len(row)]


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for cell, width in zip(row, widths, strict=False):
        yield cell + " " * (width - width_of(cell))


def width_of(text: str) -> int:
    """Return how many columns `text` takes."""
    return max(wcswidth(text), 0)
