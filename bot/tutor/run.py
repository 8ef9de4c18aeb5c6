"""The use cases of running: posted code, the code of a section, stopping, and a clean slate."""

from collections.abc import Sequence

from bot.tutor.buttons import continue_button, lesson_button, stale
from bot.tutor.cells import step_key
from bot.tutor.event import CodeEdited, CodePosted
from bot.tutor.inspector.panel import refreshed
from bot.tutor.learn import here_of
from bot.tutor.lesson import Section
from bot.tutor.records import RanCell
from bot.tutor.replay import step_of
from bot.tutor.reply import Note, Reply
from bot.tutor.route import Stop, stop_of
from bot.tutor.running import Edit, Replies, run_cells, slot_of
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


async def run_edited(turn: Turn, event: CodeEdited) -> Replies:
    """Run what an edit changed: instead of the latest cell, else on the variables as they are."""
    stored = await turn.store.cells(turn.learner.id)
    old = [ran for ran in stored if ran.source == event.key.message_id]
    codes = [code for code in event.cells if code.strip()]
    same = _same([ran.code for ran in old], codes)
    ended_there = same == len(old) and not (old and old[-1].ok)
    if same == len(codes) or ended_there:
        return  # nothing of it has run, or nothing else would come of it
    cells = [Cell(code=code, stdin=old[0].stdin) for code in codes[same:]]
    refusal = _refusal(turn, cells, old[0].stdin)
    if refusal:
        yield Reply((Note("info", refusal),), slot=slot_of(turn))
        return
    edit = Edit(old[same:], is_latest=stored[-1] == old[-1])
    async with closing(run_cells(turn, cells, _stop_of(turn, old[-1]), edit=edit)) as replies:
        async for reply in replies:
            yield reply


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many blocks at the start of `old` and `new` are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(old), len(new)))


def _stop_of(turn: Turn, ran: RanCell) -> Stop | None:
    """Return where a cell belongs: where the learner is, or the step it was run in."""
    here = here_of(turn)
    return here if step_key(here) == (ran.lesson, ran.step) else step_of(turn, ran)


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


async def reset(turn: Turn, _args: tuple[str, ...]) -> Replies:
    """Clear the learner's variables, and nothing else."""
    await turn.services.runner.reset(turn.learner.id)
    await turn.store.forget_cells(turn.learner.id)
    turn.remember(None)
    text = turn.say("Your variables are cleared. Your progress is kept.")
    yield Reply((Note("good", text),), (continue_button(turn),))
    async with closing(refreshed(turn)) as replies:
        async for reply in replies:
            yield reply
