"""Runs somebody else's code in a session of its own, so that it touches nothing of whoever asks."""

from collections.abc import Sequence
from dataclasses import replace

from bot.tutor.account import Account
from bot.tutor.buttons import lesson_button
from bot.tutor.reply import Heading, Note, Reply
from bot.tutor.route import Stop
from bot.tutor.running import Replies, answered, run_one, told
from bot.tutor.streams import closing
from bot.tutor.turn import Meanwhile, Turn
from sandbox.wire import Cell


async def run_aside(turn: Turn, cells: Sequence[Cell], stop: Stop | None) -> Replies:
    """Run `cells` up to the first that fails, then end their session. Nothing of it is kept."""
    name, runner = turn.event.key.message_id, turn.services.runner
    apart = _apart(turn)
    account = Account(aside=name)
    try:
        for number, cell in enumerate(cells, 1):
            if len(cells) > 1:
                heading = turn.say("Block {n} of {total}", n=number, total=len(cells))
                account.parts.append(Heading(heading))
            run = run_one(apart, cell, account, nothing_to_lose=number == 1)
            async with closing(run) as replies:
                async for reply in replies:
                    yield reply
            account.parts += await told(apart, account)
            if not account.ok:
                break
    finally:
        await runner.leave(turn.learner.id, name)
    text = turn.say("This is somebody else's code. It ran apart: your variables are as they were.")
    parts = (*account.parts, Note("info", text))
    reply = Reply(parts, (lesson_button(turn, stop),))
    async with closing(answered(apart, reply, account)) as replies:
        async for reply in replies:
            yield reply


def _apart(turn: Turn) -> Turn:
    """Return `turn` with nothing remembered of the learner's own variables and warnings."""
    fresh = Meanwhile()
    apart = replace(turn.meanwhile, traps=fresh.traps, known=fresh.known, panels=fresh.panels)
    return replace(turn, meanwhile=apart)
