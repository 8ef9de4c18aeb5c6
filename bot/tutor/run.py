"""The use cases of running: posted code, the code of a section, stopping, and a clean slate."""

from collections.abc import Sequence

from bot.tutor.account import Instead
from bot.tutor.aside import run_aside
from bot.tutor.buttons import continue_button, lesson_button, stale
from bot.tutor.event import CodeEdited, CodePosted
from bot.tutor.inspector.panel import refreshed
from bot.tutor.learn import here_of
from bot.tutor.lesson import Section
from bot.tutor.replay import place_of
from bot.tutor.reply import Note, Reply
from bot.tutor.route import Stop, stop_of
from bot.tutor.running import Replies, run_cells
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from bot.tutor.visibility import slot_of, visibility_of
from bot.tutor.writing import MOST_PAST
from sandbox.wire import MAX_CODE_CHARS, Cell

MOST_CELLS = 20


async def run_posted(turn: Turn, event: CodePosted) -> Replies:
    """Run the posted cells in order and stop at the first that fails; then what an edit changed."""
    if not event.own:
        async with closing(_run_aside(turn, event)) as replies:
            async for reply in replies:
                yield reply
        return
    run = run_code(turn, event.cells, event.stdin, here_of(turn))
    async with closing(with_edits(turn, run)) as replies:
        async for reply in replies:
            yield reply


async def with_edits(turn: Turn, run: Replies) -> Replies:
    """Pass on what `run` says, and then run what its message was edited to meanwhile."""
    learner, source, in_flight = (
        turn.learner.id,
        turn.event.key.message_id,
        turn.meanwhile.in_flight,
    )
    with in_flight.running(learner, source):
        async with closing(run) as replies:
            async for reply in replies:
                yield reply
        while (cells := in_flight.take_edit(learner, source)) is not None:
            async with closing(_run_changed(turn, source, cells)) as replies:
                async for reply in replies:
                    yield reply


async def run_code(turn: Turn, codes: Sequence[str], stdin: str, stop: Stop | None) -> Replies:
    """Run `codes` as cells at `stop`, or say why that cannot be done."""
    cells = [Cell(code=code, stdin=stdin) for code in codes if code.strip()]
    why_not = refusal(turn, cells, stdin)
    if why_not:
        yield _not_run(turn, why_not, stop)
        return
    async with closing(run_cells(turn, cells, stop)) as replies:
        async for reply in replies:
            yield reply


async def _run_aside(turn: Turn, event: CodePosted) -> Replies:
    """Run somebody else's message in a session of its own."""
    cells = [Cell(code=code, stdin=event.stdin) for code in event.cells if code.strip()]
    why_not = refusal(turn, cells, event.stdin)
    if why_not:
        yield _not_run(turn, why_not, here_of(turn))
        return
    async with closing(run_aside(turn, cells, here_of(turn))) as replies:
        async for reply in replies:
            yield reply


def _not_run(turn: Turn, why: str, stop: Stop | None) -> Reply:
    way_on = (lesson_button(turn, stop),)
    return Reply((Note("info", why),), way_on, visibility_of(turn), slot_of(turn))


def refusal(turn: Turn, cells: Sequence[Cell], stdin: str) -> str | None:
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
    """Run what an edit changed; where the message is still being run, whoever runs it goes on."""
    source = event.key.message_id
    if turn.meanwhile.in_flight.edit(turn.learner.id, source, event.cells):
        return
    run = _run_changed(turn, source, event.cells)
    async with closing(with_edits(turn, run)) as replies:
        async for reply in replies:
            yield reply


async def _run_changed(turn: Turn, source: str, codes: Sequence[str]) -> Replies:
    """Run what differs from what the message held: instead of the latest cell, else on what is there."""
    stored = await turn.store.cells(turn.learner.id)
    old = [ran for ran in stored if ran.source == source]
    codes = [code for code in codes if code.strip()]
    if not old:
        async with closing(_run_anew(turn, source, codes)) as replies:
            async for reply in replies:
                yield reply
        return
    same = _same([ran.code for ran in old], codes)
    ended_there = same == len(old) and not old[-1].ok
    if same == len(codes) or ended_there:
        return  # nothing of it has run, or nothing else would come of it
    cells = [Cell(code=code, stdin=old[0].stdin) for code in codes[same:]]
    stop = place_of(turn, old[-1])
    why_not = refusal(turn, cells, old[0].stdin)
    if why_not:
        yield _not_run(turn, why_not, stop)
        return
    instead = Instead(old[same:], is_latest=stored[-1] == old[-1])
    async with closing(run_cells(turn, cells, stop, instead=instead)) as replies:
        async for reply in replies:
            yield reply


async def _run_anew(turn: Turn, source: str, codes: Sequence[str]) -> Replies:
    """Run a message of which nothing has run in this session: it was refused, cut short or no code.

    What ran in an earlier session runs again only if it has changed since.
    """
    past = await turn.store.past_cells(turn.learner.id, MOST_PAST)
    if codes and codes != [ran.code for ran in past if ran.source == source]:
        async with closing(run_code(turn, codes, "", here_of(turn))) as replies:
            async for reply in replies:
                yield reply


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many blocks at the start of `old` and `new` are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(old), len(new)))


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
