"""Finds texts that are too long for a place where chats show them, and ids for what buttons carry."""

from collections.abc import Iterator

from bot.authoring.finding import Finding, finding
from bot.curriculum import LessonFile
from bot.curriculum.texts import texts_of
from bot.platforms.discord.limits import CUSTOM_ID, units
from bot.platforms.discord.refs import SUFFIX_UNITS, spelled
from bot.tutor.lesson import SOURCE, MultiQuestion, SingleQuestion
from bot.tutor.reply import Ref
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


def ids_too_long(file: LessonFile) -> Iterator[Finding]:
    """Yield the ids that together do not fit a button: learners could not press it in Discord."""
    for path, ref in _carried(file):
        over = units(spelled(ref)) + SUFFIX_UNITS - CUSTOM_ID
        if over > 0:
            names = (
                "the ids of lesson, question and option"
                if path[-2:-1] == ("options",)
                else ("the ids of the lesson and of this part")
            )
            what = f"{names} are {over} characters too long for a button; shorten them together"
            yield finding(file, path, what)


def _carried(file: LessonFile) -> Iterator[tuple[KeyPath, Ref]]:
    """Yield the longest that buttons have to carry about each part of the lesson."""
    lesson = file.lesson
    for index, section in enumerate(lesson.sections):
        yield ("sections", index, "id"), _longest(lesson.id, "s", section.id)
    for index, question in enumerate(lesson.questions):
        path: KeyPath = ("questions", index)
        yield (*path, "id"), _longest(lesson.id, str(lesson.rev), question.id)
        if isinstance(question, SingleQuestion | MultiQuestion):
            for option in question.options:
                args = (lesson.id, str(lesson.rev), question.id, option)
                yield (*path, "options", option), Ref("answer", args)
    for index, step in enumerate(lesson.challenge.steps if lesson.challenge else ()):
        yield ("challenge", "steps", index, "id"), _longest(lesson.id, "c", step.id)


def _longest(lesson: str, place: str, item: str) -> Ref:
    """Return what stands for all verbs: none is longer, nor what follows the part's id."""
    return Ref("solution", (lesson, place, item, "0" * 8))
