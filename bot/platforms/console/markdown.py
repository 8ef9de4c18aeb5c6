"""Turns the Markdown that lessons use into styled lines for a terminal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.platforms.console.blocks import block
from bot.platforms.console.cells import Line, Span, own, width_of, wrap

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(?P<text>.*?)\s*#*$")
_ITEM = re.compile(r"(?P<indent>\s*)(?P<marker>[-*+]|\d{1,3}[.)])\s+(?P<text>.*)$")
_QUOTE = re.compile(r" {0,3}>\s?(?P<text>.*)$")
_KEPT = re.compile(r"(?: {4}|\t)(?P<text>.*)$")
_TABLE = re.compile(r" {0,3}(?P<text>\|.*)$")
_HARD_BREAK = re.compile(r"(\\| {2,})$")
_Kept = Literal["heading", "quote", "table"]
_LINE_KINDS: tuple[tuple[_Kept, re.Pattern[str]], ...] = (
    ("heading", _HEADING),
    ("quote", _QUOTE),
    ("table", _TABLE),
)

_INLINE = re.compile(
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


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of Markdown; `parted` tells that a blank line came before it."""

    kind: Literal["text", "heading", "item", "quote", "table", "kept", "fenced"]
    text: str
    marker: str = ""
    parted: bool = False


def prose(markdown: str, width: int | None) -> list[Line]:
    """Return `markdown` wrapped to `width`."""
    lines: list[Line] = []
    before: Block | None = None
    for found in blocks(markdown):
        if before is not None and before.kind != "heading" and _apart(before, found):
            lines.append(())
        lines.extend(_laid_out(found, width))
        before = found
    return lines


def _apart(before: Block, found: Block) -> bool:
    return found.parted or found.kind != before.kind


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
        end = "\n" if _HARD_BREAK.search(before.text) else " "
        return replace(before, text=_HARD_BREAK.sub("", before.text) + end + new.text.lstrip())
    return None


def _laid_out(found: Block, width: int | None) -> list[Line]:
    match found.kind:
        case "fenced":
            lang = "python" if found.marker in ("python", "py") else "text"
            return block(found.text, lang, width)
        case "kept" | "table":
            return block(found.text, "text", width)
        case "heading":
            return wrap([Span(own(found.text), "heading")], width)
        case "item":
            first, rest = found.marker, " " * width_of(found.marker)
        case "quote":
            first = rest = "  │ "
        case _:
            first = rest = ""
    lines: list[Line] = []
    for text in found.text.split("\n"):
        lines.extend(wrap(inline(text), width, first if not lines else rest, rest))
    return lines


def inline(text: str, style: str = "") -> list[Span]:
    """Return one line of Markdown as styled spans; code keeps its backticks, as colour may be off."""
    spans: list[Span] = []
    end = 0
    text = own(text)
    for match in _INLINE.finditer(text):
        spans.append(Span(text[end : match.start()], style))
        spans.extend(_marked(match, style))
        end = match.end()
    spans.append(Span(text[end:], style))
    return [span for span in spans if span.text]


def _marked(match: re.Match[str], style: str) -> list[Span]:
    kind, inner = next((k, t) for k, t in match.groupdict().items() if t and k != "ticks")
    match kind:
        case "code":
            return [Span(f"`{inner}`", "code")]
        case "bold":
            return inline(inner, "bold")
        case "italic" | "slanted":
            return inline(inner, "italic")
        case "label":
            return [Span(f"{inner} ({match['url']})", style)]
        case _:
            return [Span(inner, style)]
