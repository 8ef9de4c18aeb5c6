"""Finds texts that are too long for a place where chats show them."""

from collections.abc import Iterator

from bot.authoring.finding import Finding, finding
from bot.curriculum import LessonFile
from bot.curriculum.texts import texts_of
from bot.tutor.lesson import SOURCE
from bot.yaml_source import KeyPath

MAX_CHARS = {
    "title": 150,  # a Slack header; a Discord embed's title takes 256
    "body": 4096,  # a Discord embed's description
    "intro": 4096,
    "ask": 2000,  # a Discord message
    "explain": 2000,
    "say": 1000,  # beside the checks it speaks about, within one message
    "hints": 1000,
    "option": 75,  # a Slack option; a Discord button takes 80
    "alt": 1024,  # a Discord picture's description
}
"""Most characters of a text, by the key it is written under."""


def too_long(file: LessonFile) -> Iterator[Finding]:
    """Yield the texts that would have to be cut or split, in each language."""
    for path, text in texts_of(file.lesson):
        kind = _kind(path)
        most = MAX_CHARS.get(kind)
        for locale, words in text.by_locale.items():
            if most is not None and len(words) > most:
                place = path if locale == SOURCE else (*path, locale)
                what = f"{len(words)} characters where {most} fit; shorten it"
                yield finding(file, place, what)


def _kind(path: KeyPath) -> str:
    """Return the key that decides where the text is shown."""
    if path[-1] == "text" and "options" in path:
        return "option"
    return str(next(key for key in reversed(path) if isinstance(key, str)))
