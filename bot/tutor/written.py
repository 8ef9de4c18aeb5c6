"""Takes code from a form or a button that had it ready: runs it where it belongs, or hands it in."""

from collections.abc import Mapping

from bot.tutor.buttons import go, next_button, stale
from bot.tutor.cells import find
from bot.tutor.learn import here_of, show
from bot.tutor.replay import place_of
from bot.tutor.reply import Code, Note, Reply
from bot.tutor.route import Stop, stop_of
from bot.tutor.run import refusal, run_code
from bot.tutor.running import Replies
from bot.tutor.standing import standing_in
from bot.tutor.streams import closing
from bot.tutor.submission import hand_in
from bot.tutor.turn import Turn
from bot.tutor.writing import CODE, MOST_PAST, OWN_CELL, STDIN
from sandbox.wire import Cell

Args = tuple[str, ...]


async def run_written(turn: Turn, args: Args, values: Mapping[str, str]) -> Replies:
    """Run what was written; a form with four arguments names where it belongs."""
    stop = await _place(turn, args) if len(args) == 4 else here_of(turn)
    written = (values.get(CODE, ""),)
    async with closing(run_code(turn, written, values.get(STDIN, ""), stop)) as replies:
        async for reply in replies:
            yield reply


async def _place(turn: Turn, args: Args) -> Stop | None:
    """Return where the code belongs, and go there if that is where code is graded.

    Where that is gone it runs at the learner's place: what was typed is never thrown away.
    """
    if args[:2] == OWN_CELL:
        ran = find(await turn.store.past_cells(turn.learner.id, MOST_PAST), args[2])
        return place_of(turn, ran) if ran else here_of(turn)
    stop = stop_of(turn.services.curriculum, args[:3])
    if stop is not None and stop.graded and stop.position != turn.position:
        await show(turn, stop)
    return stop or here_of(turn)


async def hand_in_written(turn: Turn, args: Args, values: Mapping[str, str]) -> Replies:
    """Hand in what was written for the step or question that a form names."""
    stop, code = stop_of(turn.services.curriculum, args[:3]), values.get(CODE, "")
    if stop is None or stop.graded is None:
        gone = stale(turn)
        yield Reply((*gone.parts, *([Code(code)] if code.strip() else [])), gone.actions)
        return
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    unusable = refusal(turn, [Cell(code=code)] if code.strip() else [], "")
    if standing.state(stop) == "solved":
        text = turn.say("You have solved this already.")
        yield Reply((Note("good", text),), (next_button(turn, stop),))
    elif unusable:
        yield Reply((Note("info", unusable),), (go(turn.say("Back to the task"), stop),))
    else:
        async with closing(hand_in(turn, stop, [code])) as replies:
            async for reply in replies:
                yield reply


async def run_draft(turn: Turn, args: Args) -> Replies:
    """Run the code that a button offered."""
    code = await turn.store.draft(turn.learner.id, args[0])
    if code is None:
        yield stale(turn)
        return
    async with closing(run_code(turn, (code,), "", here_of(turn))) as replies:
        async for reply in replies:
            yield reply
