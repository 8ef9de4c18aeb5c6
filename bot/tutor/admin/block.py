"""Keeps somebody from using the tutor, and lets them in again."""

import re
from collections.abc import Mapping

from bot.tutor.clean import quoted
from bot.tutor.reply import Note, Reply
from bot.tutor.staff import account
from bot.tutor.turn import Turn

_ACCOUNT = re.compile(r"(?:(console|discord|slack):)?([^\s:<>@]{1,64})")
_UNDO = frozenset({"yes", "true", "1"})


async def block(turn: Turn, options: Mapping[str, str]) -> Reply:
    """Block the user named, or with `undo` unblock them. Operators cannot be blocked."""
    say, places = turn.say, turn.services.places
    found = _ACCOUNT.fullmatch(options.get("user", "").strip())
    if found is None:
        text = say("Name somebody by their id, as in `tutor block discord:80351110224678912`.")
        return Reply((Note("info", text),))
    platform, user = found[1] or turn.event.actor.platform, found[2]
    name = quoted(f"{platform}:{user}", 80)
    if options.get("undo", "").strip().casefold() in _UNDO:
        if await places.unblock(platform, user):
            return Reply((Note("good", say("`{name}` may use the tutor again.", name=name)),))
        return Reply((Note("info", say("`{name}` was not blocked.", name=name)),))
    if f"{platform}:{user}" in turn.services.operators:
        text = say(
            "`{name}` is an operator. Take them off the list in the configuration first.", name=name
        )
        return Reply((Note("info", text),))
    await places.block(platform, user, account(turn.event.actor), turn.services.clock.now())
    text = say(
        "`{name}` cannot use the tutor any more; what they did is kept. Undo it with `undo=yes`.",
        name=name,
    )
    return Reply((Note("good", text),))
