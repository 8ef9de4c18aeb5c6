"""Takes `tutor` and its sub-verbs to what they do, for those who may."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

from bot.tutor.admin.block import block
from bot.tutor.admin.export import export
from bot.tutor.admin.reload import reload
from bot.tutor.admin.setup import setup
from bot.tutor.admin.status import status
from bot.tutor.admin.verbs import ADMIN_VERBS, allowed, elsewhere, may
from bot.tutor.event import Command
from bot.tutor.polls.posting import post_quiz
from bot.tutor.reply import Fields, Heading, Note, Reply
from bot.tutor.running import Replies
from bot.tutor.staff import turned_away
from bot.tutor.turn import Turn

Options = Mapping[str, str]

MOST_VALUE = 4000
"""Characters of an option; a teacher's question may be as long as a form's field."""

_ONE_REPLY: Mapping[str, Callable[[Turn, Options], Awaitable[Reply]]] = {
    "setup": setup,
    "status": status,
    "reload": reload,
    "export": export,
    "block": block,
}
_FIRST: Mapping[str, str] = {"export": "format", "block": "user", "post-quiz": "question"}
"""What a word without a name is, where commands are typed."""


async def administer(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Do what the first of `args` names, with the options that come with the command or follow it."""
    name = args[0].strip().casefold() if args else ""
    names = [verb.name for verb in ADMIN_VERBS]
    if name not in names or not may(turn.services, turn.event, name):
        yield _not_so(turn, name if name in names else "")
        return
    options = _options(turn, name, args[1:])
    if name == "post-quiz":
        replies: AsyncGenerator[Reply, None] = post_quiz(turn, options)
        async for reply in replies:
            yield reply
    else:
        yield await _ONE_REPLY[name](turn, options)


def _options(turn: Turn, name: str, words: tuple[str, ...]) -> Options:
    found: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        found |= {key: value} if sign else {_FIRST.get(name, ""): word}
    given = turn.event.options if isinstance(turn.event, Command) else {}
    return {key: value[:MOST_VALUE] for key, value in (found | dict(given)).items()}


def _not_so(turn: Turn, name: str) -> Reply:
    """Say what there is instead, to whoever may use any of it, or that it is for others."""
    say, verbs = turn.say, allowed(turn.services, turn.event)
    if name and elsewhere(turn.services, turn.event, name):
        return Reply((Note("info", say("That belongs to a server. Use it in one.")),))
    if not verbs:
        return turned_away(turn)
    pairs = tuple(
        (f"tutor {verb.name} {say(verb.argument)}".strip(), say(verb.summary)) for verb in verbs
    )
    return Reply((Heading(say("What you can look after here")), Fields(pairs)))
