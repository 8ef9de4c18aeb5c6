"""Reads the lessons again; where anything is wrong with them, the old ones stay."""

from collections.abc import Mapping

from bot.tutor.clean import clean
from bot.tutor.reply import Code, Note, Reply
from bot.tutor.turn import Turn

MOST_LINES = 40
_MOST_LINE = 400


async def reload(turn: Turn, _options: Mapping[str, str]) -> Reply:
    """Put the lessons as they are on the disk now in the place of the present ones, if they are right."""
    shelf = turn.services.shelf
    if shelf is None:
        return Reply((Note("info", turn.say("These lessons cannot be read again.")),))
    problems = await shelf.reload()
    if not problems:
        text = turn.say.plural(
            "{n} lesson is loaded. Whoever is in one goes on where they are.",
            "{n} lessons are loaded. Whoever is in one goes on where they are.",
            len(shelf.present.lessons),
        )
        return Reply((Note("good", text),))
    kept = turn.say("Something is wrong with the lessons, so the old ones stay. Mend this first:")
    lines = [clean(problem, _MOST_LINE) for problem in problems[:MOST_LINES]]
    left = len(problems) - len(lines)
    more = [Note("info", turn.say("And {n} more.", n=left))] if left else []
    return Reply((Note("warn", kept), Code("\n".join(lines), "text"), *more))
