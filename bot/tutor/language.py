"""Lets a learner choose the language of everything the tutor says."""

import re
from dataclasses import replace

from bot.tutor.buttons import continue_button
from bot.tutor.clean import quoted
from bot.tutor.reply import Choice, Heading, Note, Ref, Reply
from bot.tutor.turn import Turn

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
OWN_NAMES = {"en": "English", "ko": "한국어"}
_ALSO = {"english": "en", "영어": "en", "korean": "ko", "한국어": "ko", "한글": "ko"}


def written_in(text: str) -> str | None:
    """Return the language that the letters of `text` give away, if they do."""
    return "ko" if _HANGUL.search(text) else None


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
