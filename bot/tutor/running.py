"""Runs cells in a learner's session one after the other, and tells how each of them went."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from bot.tutor import run_view
from bot.tutor.account import Account, Instead
from bot.tutor.cells import step_key, successful
from bot.tutor.explained import explained, warned
from bot.tutor.inputs import first_cell
from bot.tutor.inspector import choosing, known
from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.panel import is_open, one_line, refreshed
from bot.tutor.inspector.telling import MOST_AFTER_A_RUN, illustrated, telling
from bot.tutor.offers import offer, onward, repeat_buttons, to_tensors
from bot.tutor.ports import Ended, Lost, NotSaved, Queued, Refused, Running
from bot.tutor.records import RanCell
from bot.tutor.reply import Button, Heading, Note, Part, Ref, Reply
from bot.tutor.route import Stop
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from bot.tutor.unsaved import run_not_saved
from bot.tutor.visibility import slot_of, visibility_of
from sandbox.wire import Cell

Replies = AsyncGenerator[Reply, None]


async def run_cells(
    turn: Turn,
    cells: Sequence[Cell],
    stop: Stop | None,
    *,
    looked_at: Sequence[str] = (),
    before: Sequence[Part] = (),
    instead: Instead | None = None,
) -> Replies:
    """Run `cells` at `stop` up to the first that fails; the last reply says what came of them.

    Once the message with the code is deleted, nothing is said any more.
    """
    account = Account(list(before))
    with turn.meanwhile.in_flight.running(turn.learner.id, turn.event.key.message_id):
        for number, cell in enumerate(cells, 1):
            account.count = number
            if len(cells) > 1:
                heading = turn.say("Block {n} of {total}", n=number, total=len(cells))
                account.parts.append(Heading(heading))
            run = _run_and_keep(turn, cell, stop, account, looked_at, instead)
            async with closing(run) as replies:
                async for reply in replies:
                    yield reply
            instead = None
            if not account.ok or _is_gone(turn):
                break
        actions = (*account.offers, *await onward(turn, stop, account))
        more = (*repeat_buttons(turn, account), *to_tensors(turn, account))
        reply = Reply(tuple(account.parts), (*actions, *more))
        async with closing(answered(turn, reply, account)) as replies:
            async for reply in replies:
                yield reply


async def _run_and_keep(
    turn: Turn,
    cell: Cell,
    stop: Stop | None,
    account: Account,
    looked_at: Sequence[str],
    instead: Instead | None,
) -> Replies:
    """Run one cell, store it, and leave in `account` what is to be said and offered."""
    earlier = len(successful(await turn.store.cells(turn.learner.id)))
    run = run_one(
        turn,
        cell,
        account,
        await first_cell(turn, stop),
        nothing_to_lose=not earlier,
        instead_of=instead.undoes if instead else None,
    )
    async with closing(run) as replies:
        async for reply in replies:
            yield reply
    status, *rest = await told(turn, account, looked_at)
    is_edit = instead is not None and instead.edited
    remark = [run_view.variables_of_now(turn.say)] if is_edit and account.went_on else []
    account.parts += [status, *remark, *rest]
    await _keep(turn, cell, stop, account, instead.of if instead else ())
    await offer(turn, account, earlier)


async def answered(turn: Turn, reply: Reply, account: Account) -> Replies:
    """Answer a run with `reply`: at once in words, then with its picture and the open inspector."""
    reply = replace(reply, visibility=visibility_of(turn), slot=slot_of(turn))
    if not _is_gone(turn):
        yield reply
    drawn = await illustrated(turn.say, turn.services.pictures, reply, account.telling)
    if drawn and not _is_gone(turn):
        yield drawn
    if not account.is_elsewhere:
        async with closing(refreshed(turn)) as replies:
            async for reply in replies:
                yield reply


def _is_gone(turn: Turn) -> bool:
    """Tell whether the message that is being answered was deleted meanwhile."""
    return turn.meanwhile.in_flight.is_gone(turn.learner.id, turn.event.key.message_id)


async def run_one(
    turn: Turn,
    cell: Cell,
    account: Account,
    first: Cell | None = None,
    *,
    nothing_to_lose: bool = False,
    instead_of: str | None = None,
) -> Replies:
    """Run `cell`, yield how it goes, and leave in `account` how it ended.

    When the session was gone but had held nothing, there is nothing to ask: it runs in a new one.
    """
    runner = turn.services.runner
    account.code, account.final = cell.code, Refused(None)
    turn.meanwhile.in_flight.asked(turn.learner.id, turn.event.key.message_id, cell)
    if _is_gone(turn):
        return
    for _ in range(2 if nothing_to_lose else 1):
        run = runner.run(
            turn.learner.id,
            cell,
            first,
            gpu=account.gpu,
            instead_of=instead_of,
            aside=account.aside,
        )
        async with closing(run) as events:
            async for event in events:
                if not isinstance(event, Queued | Running):
                    account.final = event
                elif _is_gone(turn):
                    return
                else:
                    yield _so_far(turn, account, event)
        if not (isinstance(account.final, Lost) and account.final.ran == "no"):
            return


def _so_far(turn: Turn, account: Account, event: Queued | Running) -> Reply:
    halt = Button(turn.say("Stop"), Ref("stop"), "danger")
    parts = (*account.parts, *run_view.waiting(turn.say, event))
    return Reply(parts, (halt,), visibility_of(turn), slot_of(turn))


async def _keep(
    turn: Turn, cell: Cell, stop: Stop | None, account: Account, instead_of: Sequence[RanCell]
) -> None:
    """Store the cell, and remember what its tensors look like."""
    lesson, step = step_key(stop)
    ran = RanCell(
        code=cell.code,
        stdin=cell.stdin,
        ok=account.stays,
        source=turn.event.key.message_id,
        lesson=lesson,
        step=step,
        at=turn.services.clock.now(),
        server=turn.event.place.server_id,
    )
    try:
        await turn.store.add_cell(turn.learner.id, ran, instead_of, undone=account.rewound)
    except NotSaved as unsaved:
        account.parts.append(Note("bad", run_not_saved(turn.say, unsaved)))
    match account.final:
        case Ended(result=result):
            turn.remember(known.after_run(turn.known, result, account.seen))
        case Lost():
            turn.remember(None)
        case Refused():
            pass  # the variables are as they were


async def told(turn: Turn, account: Account, looked_at: Sequence[str] = ()) -> list[Part]:
    """Return what is said of how the last cell ended, and of the tensors that matter to it."""
    account.seen = account.telling = None
    match account.final:
        case Ended(result=result, fresh=fresh):
            if fresh:
                turn.meanwhile.traps.put(turn.learner.id, frozenset(), 1)
            account.seen = checked(result.inspection) if result.inspection else None
            said = await explained(turn, result, account.code)
            return [
                *run_view.finished(turn.say, result, said),
                *warned(turn, result, account.code),
                *_of_tensors(turn, account, looked_at),
            ]
        case Lost():
            own = not account.aside
            return [run_view.lost(turn.say, account.final, gpu=account.gpu, own=own)]
        case Refused():
            return [run_view.refused(turn.say, account.final, gpu=account.gpu)]


def _of_tensors(turn: Turn, account: Account, looked_at: Sequence[str]) -> list[Part]:
    """Return the words on the tensors of the last cell; one line where the inspector is open."""
    seen = account.seen
    if seen is None or (seen.is_empty and not seen.deleted):
        return []
    if is_open(turn) and not account.is_elsewhere:
        return [one_line(turn, seen)]
    shown = choosing.after_run(seen, account.code, looked_at)
    if account.is_elsewhere:  # nothing of what is not shown can be looked at later
        shown = replace(shown, more=0)
    account.telling = telling(turn.say, seen, shown, MOST_AFTER_A_RUN, only_news=True)
    return [account.telling.words] if account.telling else []
