"""Checks that the lessons can be read."""

from collections.abc import Callable

from bot.curriculum import LessonError, LoadedCurriculum
from bot.operations.report import Check


def lessons_check(load: Callable[[], LoadedCurriculum]) -> Check:
    """Check that `load` returns lessons; what is wrong with them is told line by line."""
    try:
        lessons = load().lessons
    except LessonError as error:
        count = len(error.problems)
        found = "something stands in the way" if count == 1 else f"{count} things stand in the way"
        return Check("lessons", "wrong", found, error.problems, {"problems": count})
    titles = ", ".join(lesson.id for lesson in lessons)
    what = "1 lesson" if len(lessons) == 1 else f"{len(lessons)} lessons"
    return Check("lessons", "well", f"{what}: {titles}", (), {"lessons": len(lessons)})
