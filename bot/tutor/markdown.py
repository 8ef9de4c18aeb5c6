"""Reads the Markdown that lessons are written in into blocks, which every platform lays out itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(?P<text>.*?)\s*#*$")
_ITEM = re.compile(r"(?P<indent>\s*)(?P<marker>[-*+]|\d{1,3}[.)])\s+(?P<text>.*)$")
_QUOTE = re.compile(r" {0,3}>\s?(?P<text>.*)$")
_KEPT = re.compile(r"(?: {4}|\t)(?P<text>.*)$")
_TABLE = re.compile(r" {0,3}(?P<text>\|.*)$")
_Kept = Literal["heading", "quote", "table"]
_LINE_KINDS: tuple[tuple[_Kept, re.Pattern[str]], ...] = (
    ("heading", _HEADING),
    ("quote", _QUOTE),
    ("table", _TABLE),
)

INLINE = re.compile(
    r"""
      (?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)
    | (?<![A-Za-z0-9*])\*\*(?=\S)(?P<bold>.+?)(?<=\S)\*\*(?![A-Za-z0-9*])
    | (?<![A-Za-z0-9*])\*(?=[^\s*])(?P<italic>[^*]+?)(?<=[^\s*])\*(?![A-Za-z0-9*])
    | (?<!\w)_(?=[^\s_])(?P<slanted>[^_]+?)(?<=[^\s_])_(?!\w)
    | \[(?P<label>[^\[\]]+)\]\((?P<url>https?://[^\s()]+)\)
    | \\(?P<escaped>[\\`*_\[\](){}\#+\-.!~|>])
    """,
    re.VERBOSE,
)
"""What stands within a line: code, bold, italic, a link, an escaped sign."""

Kind = Literal["text", "heading", "item", "quote", "table", "kept", "fenced"]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of Markdown; `parted` tells that a blank line came before it.

    `marker` is the language of a fence, or of an item its sign, two spaces deeper at each level.
    """

    kind: Kind
    text: str
    marker: str = ""
    parted: bool = False


def blocks(markdown: str) -> list[Block]:
    """Return the blocks of `markdown`, each on one logical line unless its lines are kept."""
    found: list[Block] = []
    parted = False
    lines = iter(markdown.splitlines())
    for line in lines:
        if not line.strip():
            parted = True
            continue
        new = _read(line, lines, in_list=bool(found) and found[-1].kind == "item")
        joined = None if parted or not found else _joined(found[-1], new)
        if joined is None:
            found.append(replace(new, parted=parted))
        else:
            found[-1] = joined
        parted = False
    return found


def _read(line: str, lines: Iterator[str], *, in_list: bool) -> Block:
    """Return the block that `line` is; a fence takes its further lines from `lines`."""
    fence = _FENCE.match(line)
    if fence:
        return Block("fenced", "\n".join(_until(fence[1], lines)), fence[2])
    item = _ITEM.match(line)
    if item and (in_list or not _KEPT.match(line)):
        mark = "•" if item["marker"] in "-*+" else item["marker"]
        depth = len(item["indent"].expandtabs(4)) // 2
        return Block("item", item["text"], "  " * (depth + 1) + mark + " ")
    for kind, pattern in _LINE_KINDS:
        match = pattern.match(line)
        if match:
            return Block(kind, match["text"])
    kept = _KEPT.match(line)
    return Block("kept", kept["text"]) if kept else Block("text", line)


def _until(fence: str, lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            return
        yield line


def _joined(before: Block, new: Block) -> Block | None:
    """Return one block if `new` goes on with the one right `before` it."""
    if before.kind == new.kind and new.kind in ("kept", "table"):
        return replace(before, text=f"{before.text}\n{new.text}")
    if before.kind == new.kind == "quote" or (
        before.kind in ("text", "item", "quote") and new.kind in ("text", "kept")
    ):
        return replace(before, text=_with_its_end(before.text) + new.text.lstrip())
    return None


def _with_its_end(text: str) -> str:
    """Return a line with what parts it from the next: a backslash or two spaces break it there."""
    if text.endswith("\\"):
        return text[:-1] + "\n"
    return text.rstrip(" ") + "\n" if text.endswith("  ") else text + " "
