"""The use cases of running: posted code, the code of a section, stopping, and a clean slate."""

from collections.abc import Sequence

from bot.tutor.buttons import continue_button, lesson_button, stale
from bot.tutor.event import CodePosted
from bot.tutor.learn import here_of
from bot.tutor.lesson import Section
from bot.tutor.reply import Note, Reply
from bot.tutor.route import Stop, stop_of
from bot.tutor.running import Replies, run_cells, slot_of
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from sandbox.wire import MAX_CODE_CHARS, Cell

MOST_CELLS = 20


async def run_posted(turn: Turn, event: CodePosted) -> Replies:
    """Run the posted cells in order and stop at the first that fails."""
    cells = [Cell(code=code, stdin=event.stdin) for code in event.cells if code.strip()]
    refusal = _refusal(turn, cells, event.stdin)
    if refusal:
        yield Reply((Note("info", refusal),), slot=slot_of(turn))
        return
    async with closing(run_cells(turn, cells, here_of(turn))) as replies:
        async for reply in replies:
            yield reply


def _refusal(turn: Turn, cells: Sequence[Cell], stdin: str) -> str | None:
    """Say why this cannot be run, if it cannot."""
    say = turn.say
    if not cells:
        return say("There is no code in that. Post a line such as `torch.ones(2, 3)`.")
    if len(cells) > MOST_CELLS:
        return say(
            "That is {n} blocks; post at most {most} at once.", n=len(cells), most=MOST_CELLS
        )
    if max(len(stdin), *(len(cell.code) for cell in cells)) > MAX_CODE_CHARS:
        return say("That is too long: at most {most} characters a block.", most=MAX_CODE_CHARS)
    try:
        "".join([stdin, *(cell.code for cell in cells)]).encode()
    except UnicodeEncodeError:
        return say("That holds characters that are no text (lone surrogates). Remove them.")
    return None


async def run_snippet(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Run the code of a section: the one a button names, else the one being read."""
    stop = here_of(turn)
    if args:
        stop = stop_of(turn.services.curriculum, (args[0], "s", *args[1:]))
    if stop is None and args:
        yield stale(turn)
    elif stop is None or not isinstance(stop.part, Section) or stop.part.run is None:
        yield _nothing_to_run(turn, stop)
    else:
        snippet = stop.part.run
        cells = [Cell(code=snippet.code)]
        async with closing(run_cells(turn, cells, stop, looked_at=snippet.inspect)) as replies:
            async for reply in replies:
                yield reply


def _nothing_to_run(turn: Turn, stop: Stop | None) -> Reply:
    text = turn.say("There is no code of the lesson to run here. Post code of your own to run it.")
    return Reply((Note("info", text),), (lesson_button(turn, stop),))


async def stop_running(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Stop the code of whoever asks."""
    stopped = await turn.services.runner.stop(turn.learner.id)
    text = turn.say("Stopping …") if stopped else turn.say("Nothing of yours is running.")
    return Reply((Note("info", text),))


async def reset(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Clear the learner's variables, and nothing else."""
    await turn.services.runner.reset(turn.learner.id)
    await turn.store.forget_cells(turn.learner.id)
    turn.remember(None)
    text = turn.say("Your variables are cleared. Your progress is kept.")
    return Reply((Note("good", text),), (continue_button(turn),))
