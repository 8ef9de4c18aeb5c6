"""Shows all tensors of a learner's last run, four to a card, page by page."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from bot.tutor.buttons import continue_button, stale
from bot.tutor.clean import quoted
from bot.tutor.inspector.card import MOST_PANELS
from bot.tutor.inspector.naming import in_button, origin_of
from bot.tutor.inspector.seen import Seen, Tensor
from bot.tutor.inspector.telling import illustrated, telling
from bot.tutor.inspector.text import Shown, everything
from bot.tutor.reply import Action, Button, Choice, Heading, Note, Ref, Reply
from bot.tutor.turn import Turn

Replies = AsyncGenerator[Reply, None]


def all_tensors_button(turn: Turn) -> Button:
    return Button(turn.say("All tensors"), Ref("inspect"))


async def all_tensors(turn: Turn) -> Replies:
    """Show the first page in a message of its own."""
    async for reply in _page(turn, 0, origin_of(turn)):
        yield reply


async def turn_page(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Show another page in the place of the one with the button."""
    number, origin = args[0], origin_of(turn, args[1])
    if not (number.isascii() and number.isdecimal() and len(number) <= 3):
        yield stale(turn)
        return
    async for reply in _page(turn, int(number), origin):
        yield reply


def nothing_yet(turn: Turn) -> str:
    return turn.say("There are no tensors to look at yet. Run some code that makes one.")


async def _page(turn: Turn, number: int, origin: str) -> Replies:
    seen = turn.known.now if turn.known else Seen()
    if seen.is_empty:
        yield Reply((Note("info", nothing_yet(turn)),), (continue_button(turn),))
        return
    pages = -(-len(seen.tensors) // MOST_PANELS) or 1
    number = min(number, pages - 1)
    tensors = seen.tensors[number * MOST_PANELS :][:MOST_PANELS]
    told = telling(turn.say, seen, _shown(seen, tensors, number), MOST_PANELS, only_news=False)
    heading = Heading(turn.say("The tensors of your last run"))
    parts = (heading, told.words) if told else (heading,)
    actions = (*_turning(turn, number, pages, origin), *closer(turn, tensors))
    slot = f"tensors:{turn.learner.id}:{origin}"
    reply = Reply(parts, (*actions, continue_button(turn)), slot=slot)
    yield reply
    drawn = await illustrated(turn.say, turn.services.pictures, reply, told)
    if drawn:
        yield drawn


def _shown(seen: Seen, tensors: tuple[Tensor, ...], number: int) -> Shown:
    """Return what stands on a page: modules and optimisers on the first one."""
    if number == 0:
        left = len(seen.tensors) - len(tensors) + seen.omitted
        return replace(everything(seen), tensors=tensors, more=left)
    return Shown(tensors)


def _turning(turn: Turn, number: int, pages: int, origin: str) -> list[Button]:
    beside = (
        (turn.say("Page {n} of {total}", n=one + 1, total=pages), one)
        for one in (number - 1, number + 1)
    )
    return [
        Button(label, Ref("tensors", (str(page), origin)))
        for label, page in beside
        if 0 <= page < pages
    ]


def closer(turn: Turn, tensors: tuple[Tensor, ...]) -> tuple[Action, ...]:
    """Return a choice of tensors to look at in depth, if there are any."""
    options = tuple((quoted(one.name), Ref("inspect", (in_button(one),))) for one in tensors)
    return (Choice(turn.say("Look closer at:"), options),) if options else ()
