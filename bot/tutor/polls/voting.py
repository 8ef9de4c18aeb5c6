"""Takes a vote by button, and tells whoever voted, alone, what is kept of it."""

import re

from bot.tutor.buttons import continue_button, stale
from bot.tutor.places import Polls
from bot.tutor.polls.asked import from_json
from bot.tutor.polls.view import WHEN
from bot.tutor.records import Poll
from bot.tutor.reply import Moment, Note, Reply
from bot.tutor.turn import Turn

_ID = re.compile(r"[0-9]{1,18}")


async def vote(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Keep the option that a button names as the answer of whoever pressed it."""
    polls, actor = turn.services.polls, turn.event.actor
    poll = await poll_in(polls, args[0]) if polls else None
    if polls is None or poll is None or not _is_here(turn, poll):
        return stale(turn)
    letter = from_json(poll.own).letter(args[1])
    if letter is None:
        return stale(turn)
    now = turn.services.clock.now()
    if not await polls.vote(poll.id, actor.user_id, args[1], now):
        text = turn.say("This question is closed: the answers are in its message. Learn on here:")
        return Reply((Note("info", text),), (continue_button(turn),))
    turn.meanwhile.board.voted(poll.id)
    text = turn.say(
        "Your answer: {letter}. You can change it until {when}.", letter=letter, when=WHEN
    )
    return Reply((Moment(text, poll.closes),))


async def poll_in(polls: Polls, poll_id: str) -> Poll | None:
    """Return the poll with that id, which may be anything that has travelled through a chat."""
    return await polls.poll(int(poll_id)) if _ID.fullmatch(poll_id) else None


def _is_here(turn: Turn, poll: Poll) -> bool:
    """Tell whether the poll is answered by buttons, in the server in which one was pressed."""
    here = turn.event.actor.platform, turn.event.place.server_id
    return poll.how == "buttons" and (poll.platform, poll.server_id) == here
