"""Says in a run's reply what became of the tensors, at once in words and then with a picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.tutor.inspector.card import card
from bot.tutor.inspector.seen import Seen, Tensor
from bot.tutor.inspector.text import Shown, text_of
from bot.tutor.ports import Pictures, Wording
from bot.tutor.reply import Code, Image, Part, Reply

MOST_AFTER_A_RUN = 2
"""Tensors on the card after a run; a phone shows no more at once."""


@dataclass(frozen=True, slots=True)
class Telling:
    """The words on tensors in a reply, and the tensors to be drawn in the place of their words."""

    words: Code
    drawn: tuple[Tensor, ...]
    rest: str
    aside: str


def telling(
    say: Wording, seen: Seen, shown: Shown, most: int, *, only_news: bool
) -> Telling | None:
    """Return how to tell of `shown`, with a picture of at most `most` tensors; None of nothing.

    With `only_news` only what the last run made or changed is drawn.
    """
    if shown.is_empty:
        return None
    drawn = tuple(one for one in shown.tensors if one.has_news or not only_news)[:most]
    others = tuple(one for one in shown.tensors if one not in drawn)
    rest = text_of(say, replace(shown, tensors=others), besides=drawn)
    aside = say("{n} of {total}", n=len(drawn), total=len(seen.tensors) + seen.omitted)
    first = text_of(say, Shown(drawn)) if drawn else ""
    words = Code("\n".join(filter(None, (first, rest))), "text")
    return Telling(words, drawn, rest, aside)


async def illustrated(
    say: Wording, pictures: Pictures, reply: Reply, told: Telling | None
) -> Reply | None:
    """Return `reply` with a picture in the place of the words it shows; None without one."""
    if told is None or not told.drawn:
        return None
    drawing = card(say, told.drawn, told.aside)
    png = await pictures.png(drawing)
    if png is None:
        return None
    image = Image(png, text_of(say, Shown(told.drawn)), drawing)
    instead: list[Part] = [image, *([Code(told.rest, "text")] if told.rest else [])]
    return replace(reply, parts=_replaced(reply.parts, told.words, instead))


def _replaced(parts: Sequence[Part], old: Part, new: Sequence[Part]) -> tuple[Part, ...]:
    at = next(index for index in reversed(range(len(parts))) if parts[index] is old)
    return (*parts[:at], *new, *parts[at + 1 :])
