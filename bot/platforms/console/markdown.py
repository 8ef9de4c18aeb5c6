"""Turns the Markdown that lessons use into styled lines for a terminal."""

import re

from bot.platforms.console.blocks import block
from bot.platforms.console.cells import Line, Span, own, width_of, wrap
from bot.tutor.markdown import INLINE, Block, blocks

MOST_NESTED = 4


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


def inline(text: str, style: str = "", depth: int = MOST_NESTED) -> list[Span]:
    """Return one line of Markdown as styled spans; code keeps its backticks, as colour may be off.

    Only so many marks may stand in one another; further ones are shown as they are.
    """
    spans: list[Span] = []
    end = 0
    text = own(text)
    if not depth:
        return [Span(text, style)] if text else []
    for match in INLINE.finditer(text):
        spans.append(Span(text[end : match.start()], style))
        spans.extend(_marked(match, style, depth - 1))
        end = match.end()
    spans.append(Span(text[end:], style))
    return [span for span in spans if span.text]


def _marked(match: re.Match[str], style: str, depth: int) -> list[Span]:
    kind, inner = next((k, t) for k, t in match.groupdict().items() if t and k != "ticks")
    match kind:
        case "code":
            return [Span(f"`{inner}`", "code")]
        case "bold":
            return inline(inner, "bold", depth)
        case "italic" | "slanted":
            return inline(inner, "italic", depth)
        case "label":
            return [Span(f"{inner} ({match['url']})", style)]
        case _:
            return [Span(inner, style)]
