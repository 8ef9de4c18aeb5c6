"""Runs a cell that needs a GPU on one, after what ran before it, beside the session on the CPU."""

from collections.abc import Sequence

from bot.tutor import gpu_quota, run_view
from bot.tutor.account import Account
from bot.tutor.buttons import lesson_button, stale
from bot.tutor.cells import find, successful
from bot.tutor.learn import here_of
from bot.tutor.offers import gpu_button, onward
from bot.tutor.ports import Ended, Lost
from bot.tutor.records import RanCell
from bot.tutor.replay import broke_off, cell_after, runs_again
from bot.tutor.reply import Note, Reply
from bot.tutor.running import Replies, answered, run_one, told
from bot.tutor.streams import closing
from bot.tutor.turn import Turn

_MOST_TRIES = 2
"""Sessions it is tried in: the GPU may have been given back since the last run there."""


async def run_on_gpu(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Run the stored cell that `args` name on a GPU. Nothing of that is kept as a cell."""
    on_gpu, learner = turn.meanwhile.on_gpu, turn.learner.id
    ran = find(await turn.store.cells(learner), args[0])
    if ran is None:
        yield stale(turn)
    elif not await turn.services.runner.offers_gpu():
        yield _said(
            turn, turn.say("There is no GPU here now. On the CPU your code runs as before.")
        )
    elif learner in on_gpu:
        text = turn.say("Code of yours is on a GPU, or waits for one, already. One moment.")
        yield _said(turn, text)
    elif (used_up := await gpu_quota.spent(turn)) is not None:
        yield used_up
    else:
        on_gpu.add(learner)
        try:
            async with closing(_run(turn, ran)) as replies:
                async for reply in replies:
                    yield reply
        finally:
            on_gpu.discard(learner)


def _said(turn: Turn, text: str) -> Reply:
    return Reply((Note("info", text),), (lesson_button(turn, here_of(turn)),))


async def _run(turn: Turn, ran: RanCell) -> Replies:
    """Run `ran` after the successful cells, as far as the session on the GPU has not run them."""
    cells = successful(await turn.store.cells(turn.learner.id))
    account = Account(gpu=True)
    for _ in range(_MOST_TRIES):
        missing = cells[await _replayed(turn, cells) :]
        async with closing(_in_order(turn, cells, missing, ran, account)) as replies:
            async for reply in replies:
                yield reply
        if not (isinstance(account.final, Lost) and account.final.ran == "no"):
            break
    is_kept = isinstance(account.final, Ended) and account.final.result.alive
    account.parts.append(run_view.behind_on_gpu(turn.say, is_kept=is_kept))
    offers = () if _has_run(account) else (gpu_button(turn, ran.code),)
    actions = (*offers, *await onward(turn, here_of(turn), Account()))
    async with closing(answered(turn, Reply(tuple(account.parts), actions), account)) as replies:
        async for reply in replies:
            yield reply


async def _replayed(turn: Turn, cells: Sequence[RanCell]) -> int:
    """Return how many of `cells` the session on the GPU has run; where it ran others, end it."""
    runner, learner = turn.services.runner, turn.learner.id
    done = turn.meanwhile.replayed_on_gpu.get(learner, ())
    if runner.has_session(learner, gpu=True) and list(done) == [c.at for c in cells[: len(done)]]:
        return len(done)
    turn.meanwhile.replayed_on_gpu.pop(learner, None)
    await runner.give_back(learner)
    return 0


async def _in_order(
    turn: Turn,
    cells: Sequence[RanCell],
    missing: Sequence[RanCell],
    ran: RanCell,
    account: Account,
) -> Replies:
    """Run `missing`, the last of `cells`, and then `ran`; stop at the first that fails."""
    done, total = len(cells) - len(missing), len(missing)
    before = cells[done - 1] if done else None
    for number, one in enumerate((*missing, ran), 1):
        is_last = number > total
        account.parts = [] if is_last else [runs_again(turn, number, total)]
        cell, before = await cell_after(turn, before, one), one
        async with closing(run_one(turn, cell, account)) as replies:
            async for reply in replies:
                yield reply
        await gpu_quota.add(turn, account.final)
        account.parts = await told(turn, account)
        if is_last:
            return
        if not account.ok:
            if _has_run(account):
                account.parts.insert(0, broke_off(turn, number, total))
            return
        turn.meanwhile.replayed_on_gpu[turn.learner.id] = [c.at for c in cells[: done + number]]


def _has_run(account: Account) -> bool:
    """Tell whether the last code ran to an end of its own: another try would come to the same."""
    return isinstance(account.final, Ended) and account.final.result.status != "interrupted"
