"""The live inspector: one message that is brought up to date after each of a learner's runs.

A terminal cannot edit what it has printed. There a run prints what changed, and nothing else.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace

from bot.tutor.buttons import continue_button
from bot.tutor.inspector.card import MOST_PANELS
from bot.tutor.inspector.choosing import after_run, newest_first
from bot.tutor.inspector.naming import origin_of
from bot.tutor.inspector.pages import all_tensors_button, nothing_yet
from bot.tutor.inspector.seen import Seen
from bot.tutor.inspector.telling import Telling, illustrated, telling
from bot.tutor.inspector.text import Shown
from bot.tutor.reply import Button, Note, Part, Prose, Ref, Reply
from bot.tutor.turn import Turn

MOST_MODULES = 2

Replies = AsyncGenerator[Reply, None]


def is_open(turn: Turn) -> bool:
    return turn.learner.id in turn.meanwhile.panels


async def open_panel(turn: Turn) -> Replies:
    """Open the learner's inspector here; where one was open elsewhere, that one is left behind."""
    turn.meanwhile.panels[turn.learner.id] = f"inspect:{turn.learner.id}:{origin_of(turn)}"
    async for reply in _panel(turn, only_news=False):
        yield reply


async def close_panel(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Close the learner's inspector, so that runs show a card of their own again."""
    slot = turn.meanwhile.panels.pop(turn.learner.id, None)
    text = turn.say("The tensor inspector is closed. `/inspect` opens it again.")
    return Reply((Note("info", text),), (continue_button(turn),), slot=slot)


async def refreshed(turn: Turn) -> Replies:
    """Bring the learner's inspector up to date, if it is open."""
    if is_open(turn):
        async for reply in _panel(turn, only_news=turn.event.place.kind == "terminal"):
            yield reply


def panel_buttons(turn: Turn) -> tuple[Button, ...]:
    """Return the ways out of an open inspector."""
    seen = turn.known.now if turn.known else Seen()
    close = Button(turn.say("Close the inspector"), Ref("close"))
    return (close,) if seen.is_empty else (all_tensors_button(turn), close)


async def _panel(turn: Turn, *, only_news: bool) -> Replies:
    """Show what is known now: at once in words, and then with a picture."""
    slot = turn.meanwhile.panels[turn.learner.id]
    seen = turn.known.now if turn.known else Seen()
    told = _told(turn, seen, only_news=only_news)
    if told is None and only_news and not seen.is_empty:
        return
    title = Prose(f"**{turn.say('Tensor inspector')}**")
    body: Part = Note("info", nothing_yet(turn))
    actions = () if only_news and told else panel_buttons(turn)
    reply = Reply((title, told.words if told else body), actions, slot=slot)
    yield reply
    drawn = await illustrated(turn.say, turn.services.pictures, reply, told)
    if drawn and turn.meanwhile.panels.get(turn.learner.id) == slot:
        yield drawn


def _told(turn: Turn, seen: Seen, *, only_news: bool) -> Telling | None:
    if only_news:
        shown = after_run(seen, "")
        shown = replace(shown, tensors=shown.tensors[:MOST_PANELS])
    else:
        tensors = tuple(newest_first(seen)[:MOST_PANELS])
        modules, optimizers = seen.modules[:MOST_MODULES], seen.optimizers[:MOST_MODULES]
        shown = Shown(tensors, modules, optimizers, seen.deleted)
    left = len(seen.tensors) - len(shown.tensors) + seen.omitted
    shown = replace(shown, more=left, with_rows=frozenset())
    return telling(turn.say, seen, shown, MOST_PANELS, only_news=False)


def one_line(turn: Turn, seen: Seen) -> Note:
    """Return what a run's reply says while the inspector is open."""
    changes = seen.changes
    if not changes:
        return Note("info", turn.say("Tensor inspector: nothing changed"))
    text = turn.say.plural(
        "Tensor inspector: {n} changed", "Tensor inspector: {n} changed", changes
    )
    return Note("info", text)
