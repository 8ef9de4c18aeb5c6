"""Suggests lessons and questions while somebody types."""

from collections.abc import Iterable, Iterator, Sequence

from discord import app_commands

from bot.platforms.discord.limits import cut
from bot.tutor.clean import clean
from bot.tutor.lesson import Lesson

MOST = 25
NAME = 100


def lessons_like(
    lessons: Sequence[Lesson], locale: str, typed: str
) -> list[app_commands.Choice[str]]:
    """Return lessons whose title or id holds what was typed, in teaching order."""
    found = ((lesson.title.in_(locale), lesson.id) for lesson in lessons)
    return _chosen(found, typed)


def questions_like(
    lessons: Sequence[Lesson], locale: str, typed: str
) -> list[app_commands.Choice[str]]:
    """Return questions like what was typed, as "lesson/question"; only those with options."""
    return _chosen(_questions(lessons, locale), typed)


def _questions(lessons: Sequence[Lesson], locale: str) -> Iterator[tuple[str, str]]:
    for lesson in lessons:
        for question in lesson.questions:
            if question.type in ("single", "multi"):
                asked = question.ask.in_(locale).partition("\n")[0]
                yield f"{lesson.title.in_(locale)}: {asked}", f"{lesson.id}/{question.id}"


def _chosen(found: Iterable[tuple[str, str]], typed: str) -> list[app_commands.Choice[str]]:
    words = typed.casefold().split()
    like = [
        (name, value)
        for name, value in found
        if all(word in f"{name} {value}".casefold() for word in words)
    ]
    return [
        app_commands.Choice(name=cut(clean(name, NAME), NAME), value=value)
        for name, value in like[:MOST]
        if len(value) <= NAME
    ]
