"""Brings variables back after a session was lost, by running its successful cells again."""

from collections.abc import Sequence

from bot.tutor.account import Account
from bot.tutor.buttons import stale
from bot.tutor.cells import find, step_key, successful
from bot.tutor.inputs import given_at, placed
from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.known import Known
from bot.tutor.learn import here_of
from bot.tutor.offers import onward
from bot.tutor.ports import Ended
from bot.tutor.records import RanCell
from bot.tutor.reply import Note, Reply
from bot.tutor.route import Stop, stops
from bot.tutor.running import Replies, answered, run_cells, run_one, told
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from sandbox.wire import Cell


async def replay(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Run the session's successful cells again in order, and then the one that `args` name."""
    stored = await turn.store.cells(turn.learner.id)
    then = find(stored, args[0]) if args else None
    if args and then is None:
        yield stale(turn)
        return
    account = Account()
    async with closing(_all_again(turn, successful(stored), account)) as replies:
        async for reply in replies:
            yield reply
    here = here_of(turn)
    if then is None or not account.ok:
        actions = await onward(turn, here, Account())
        reply = Reply(tuple(account.parts), actions)
        async with closing(answered(turn, reply, account)) as replies:
            async for reply in replies:
                yield reply
        return
    cells = [Cell(code=then.code, stdin=then.stdin)]
    async with closing(run_cells(turn, cells, here, before=account.parts)) as replies:
        async for reply in replies:
            yield reply


async def _all_again(turn: Turn, cells: Sequence[RanCell], account: Account) -> Replies:
    """Run `cells`, each step's with the values it starts from; stop at the first that fails."""
    total, before = len(cells), None
    for number, ran in enumerate(cells, 1):
        account.parts = [runs_again(turn, number, total)]
        cell, before = await cell_after(turn, before, ran), ran
        async with closing(run_one(turn, cell, account, nothing_to_lose=number == 1)) as replies:
            async for reply in replies:
                yield reply
        if isinstance(account.final, Ended):
            report = account.final.result.inspection
            turn.remember(Known(checked(report)) if report else None)
        if not account.ok:
            account.parts = [broke_off(turn, number, total), *await told(turn, account)]
            return
    here = here_of(turn)
    if before is None or step_key(here) != (before.lesson, before.step):
        await placed(turn, await given_at(turn, here))
    account.parts = [_done(turn, total)]


async def cell_after(turn: Turn, before: RanCell | None, ran: RanCell) -> Cell:
    """Return `ran` to run again after `before`, with its step's values where it enters the step."""
    is_there = before is not None and (before.lesson, before.step) == (ran.lesson, ran.step)
    given = {} if is_there else await given_at(turn, step_of(turn, ran))
    return Cell(code=ran.code, stdin=ran.stdin, given=dict(given))


def runs_again(turn: Turn, number: int, total: int) -> Note:
    text = turn.say("Block {n} of {total} runs again.", n=number, total=total)
    return Note("info", text)


def step_of(turn: Turn, ran: RanCell) -> Stop | None:
    """Return the graded part in which `ran` was run, if there is one and it is still there."""
    lesson = turn.services.curriculum.lesson(ran.lesson) if ran.lesson else None
    here = stops(lesson) if lesson else ()
    return next((stop for stop in here if stop.graded and stop.item == ran.step), None)


def place_of(turn: Turn, ran: RanCell) -> Stop | None:
    """Return where a cell belongs: where the learner is, or the step it was run in."""
    here = here_of(turn)
    return here if step_key(here) == (ran.lesson, ran.step) else step_of(turn, ran)


def _done(turn: Turn, total: int) -> Note:
    if not total:
        return Note("info", turn.say("There is nothing to replay."))
    text = turn.say.plural(
        "{n} block ran again: its variables are back.",
        "{n} blocks ran again: their variables are back.",
        total,
    )
    return Note("good", text)


def broke_off(turn: Turn, number: int, total: int) -> Note:
    text = turn.say(
        "Block {n} of {total} did not run as it did before, so the replay ends here.",
        n=number,
        total=total,
    )
    return Note("warn", text)
