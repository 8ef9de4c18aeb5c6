"""Lets a learner choose the language of everything the tutor says."""

from dataclasses import replace

from bot.tutor.buttons import continue_button
from bot.tutor.clean import quoted
from bot.tutor.reply import Choice, Heading, Note, Ref, Reply
from bot.tutor.turn import Turn

OWN_NAMES = {"en": "English", "ko": "한국어"}
_ALSO = {"english": "en", "영어": "en", "korean": "ko", "한국어": "ko", "한글": "ko"}


async def language(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Switch to the language that `args` name, or show which there are."""
    wordings = turn.services.wordings
    wanted = args[0].strip().casefold() if args else ""
    code = _ALSO.get(wanted, wanted.replace("_", "-").partition("-")[0])
    if code not in wordings.locales:
        return _choices(turn, wanted)
    await turn.store.set_locale(turn.learner.id, code)
    changed = replace(turn, say=wordings.in_locale(code))
    text = changed.say("From now on everything is in English.")
    return Reply((Note("good", text),), (continue_button(changed),))


def _choices(turn: Turn, wanted: str) -> Reply:
    options = tuple(
        (OWN_NAMES.get(code, code), Ref("language", (code,)))
        for code in turn.services.wordings.locales
    )
    choice = Choice(turn.say("Choose a language:"), options)
    if not wanted:
        return Reply((Heading(turn.say("Language")),), (choice,))
    text = turn.say("There is no language “{name}” here.", name=quoted(wanted))
    return Reply((Note("info", text),), (choice,))
