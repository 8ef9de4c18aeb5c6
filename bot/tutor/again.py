"""Runs code once more that has run before, and edits the answer that it had."""

from collections.abc import Sequence
from dataclasses import replace

from bot.tutor.account import Instead
from bot.tutor.buttons import stale
from bot.tutor.cells import digest
from bot.tutor.offers import ALL
from bot.tutor.records import RanCell
from bot.tutor.replay import place_of
from bot.tutor.run import with_edits
from bot.tutor.running import Replies, run_cells
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from bot.tutor.writing import MOST_PAST
from sandbox.wire import Cell


async def again(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Run the stored cell that a button names, or with `ALL` every cell of its message."""
    name, origin, how = (*args, "", "")[:3]
    past = await turn.store.past_cells(turn.learner.id, MOST_PAST)
    ran = _find(past, name, origin)
    if ran is None:
        yield stale(turn)
        return
    olds = [cell for cell in past if cell.source == ran.source] if ALL in how else [ran]
    cells = [Cell(code=old.code, stdin=old.stdin) for old in olds]
    instead = Instead(olds, edited=False)
    answering = _answering(turn, ran.source)
    run = run_cells(answering, cells, place_of(turn, ran), instead=instead)
    async with closing(with_edits(answering, run)) as replies:
        async for reply in replies:
            yield reply


def _find(past: Sequence[RanCell], name: str, origin: str) -> RanCell | None:
    """Return the latest cell with that digest, of the message with the digest `origin` if given."""
    found = (cell for cell in reversed(past) if cell.source and digest(cell.code) == name)
    return next((cell for cell in found if origin in ("", digest(cell.source))), None)


def _answering(turn: Turn, source: str) -> Turn:
    """Return `turn` as one about the message with the code, whose answer is edited."""
    key = replace(turn.event.key, message_id=source)
    return replace(turn, event=replace(turn.event, key=key))
