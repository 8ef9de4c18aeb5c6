"""Draws the blocks of math in a lesson's text, or writes them as Unicode where they cannot be."""

from dataclasses import dataclass, replace

from bot.tutor.drawing import Formula
from bot.tutor.math import apart, blocks_to_unicode
from bot.tutor.ports import Pictures
from bot.tutor.reply import Image, Part, Prose, Reply

MOST_DRAWN = 6
"""Formulas of one text that are drawn; a message holds only so many pictures."""


@dataclass(frozen=True, slots=True)
class Taught(Prose):
    """A lesson's own words, in which blocks of math are still LaTeX in fences."""


async def with_formulas(pictures: Pictures, reply: Reply) -> Reply:
    """Return `reply` with every formula of its lesson texts drawn, else in Unicode."""
    if not any(isinstance(part, Taught) for part in reply.parts):
        return reply
    parts: list[Part] = []
    for part in reply.parts:
        parts += await _drawn(pictures, part) if isinstance(part, Taught) else [part]
    return replace(reply, parts=tuple(parts))


async def _drawn(pictures: Pictures, part: Taught) -> list[Part]:
    """Return the text and its formulas as parts; as one text where not all can be drawn."""
    pieces = apart(part.markdown)
    formulas = [text for text, is_formula in pieces if is_formula]
    whole = Prose(blocks_to_unicode(part.markdown))
    if not formulas or len(formulas) > MOST_DRAWN:
        return [whole]
    parts: list[Part] = []
    for text, is_formula in pieces:
        if not is_formula:
            parts.append(Prose(text))
            continue
        png = await pictures.png(Formula(text))
        if png is None:
            return [whole]
        parts.append(Image(png, text, Formula(text)))
    return parts
