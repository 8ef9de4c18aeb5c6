"""Submitting: finds the code that is handed in, where it belongs, and has it graded."""

from collections.abc import Sequence

from bot.tutor.buttons import go, lesson_button, next_button, stale
from bot.tutor.cells import handed_in, step_key
from bot.tutor.learn import here_of
from bot.tutor.records import RanCell
from bot.tutor.reply import Note, Reply
from bot.tutor.route import Stop, stop_of
from bot.tutor.running import Replies
from bot.tutor.standing import standing_in
from bot.tutor.streams import closing
from bot.tutor.submission import hand_in
from bot.tutor.turn import Turn
from sandbox.wire import MAX_CODE_CHARS

MOST_CHARS = 4 * MAX_CODE_CHARS
"""Longest code of one step that is graded."""


async def submit(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Hand in the cell that a button names, else the last successful one of the present step."""
    stop, name = here_of(turn), None
    if args:
        stop, name = stop_of(turn.services.curriculum, args[:-1]), args[-1]
    if stop is None or stop.graded is None:
        yield stale(turn) if args else _nothing_here(turn, stop)
        return
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    cells = await turn.store.cells(turn.learner.id)
    code = handed_in(cells, stop, name)
    if standing.state(stop) == "solved":
        text = turn.say("You have solved this already.")
        yield Reply((Note("good", text),), (next_button(turn, stop),))
    elif not code:
        text = _no_code(turn, stop, cells)
        yield Reply((Note("info", text),), (go(turn.say("Back to the task"), stop),))
    elif sum(map(len, code)) > MOST_CHARS:
        text = turn.say(
            "Your code in this step has grown too long to hand in. `reset` clears it; then run only "
            "what the step needs."
        )
        yield Reply((Note("info", text),), (go(turn.say("Back to the task"), stop),))
    else:
        async with closing(hand_in(turn, stop, code)) as replies:
            async for reply in replies:
                yield reply


def _no_code(turn: Turn, stop: Stop, cells: Sequence[RanCell]) -> str:
    of_step = [cell.ok for cell in cells if (cell.lesson, cell.step) == step_key(stop)]
    if of_step and not any(of_step):
        return turn.say(
            "Only code that ran without an error can be submitted. Change yours and run it again."
        )
    return turn.say("There is no code of yours to submit. Run it first; then submit it.")


def _nothing_here(turn: Turn, stop: Stop | None) -> Reply:
    text = turn.say("Code is submitted in a step of a challenge. `challenge` takes you there.")
    return Reply((Note("info", text),), (lesson_button(turn, stop),))
