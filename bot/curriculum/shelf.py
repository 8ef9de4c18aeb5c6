"""Lessons that can be read again while the program runs: all of them at once, or none."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.curriculum.lesson_file import LessonError
from bot.curriculum.merge import LoadedCurriculum, load_curriculum
from bot.tutor.lesson import Lesson


class LessonShelf:
    """A `Curriculum` (bot.tutor.ports) that is the present one, and its `Shelf` (bot.tutor.host).

    Raises `LessonError` when the lessons cannot be used at first.
    """

    def __init__(self, lesson_dirs: Sequence[Path], *, shipped: Path | None = None) -> None:
        self._lesson_dirs = tuple(lesson_dirs)
        self._shipped = shipped
        self._present = self._load()
        self._reloading = asyncio.Lock()

    @property
    def present(self) -> LoadedCurriculum:
        return self._present

    async def reload(self) -> tuple[str, ...]:
        """Read all lessons again, off the event loop; return what is wrong if the old ones stay."""
        async with self._reloading:
            try:
                self._present = await asyncio.to_thread(self._load)
            except LessonError as error:
                return error.problems
        return ()

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return self._present.lessons

    def lesson(self, lesson_id: str) -> Lesson | None:
        return self._present.lesson(lesson_id)

    def image(self, lesson_id: str, file: str) -> bytes:
        return self._present.image(lesson_id, file)

    def _load(self) -> LoadedCurriculum:
        return load_curriculum(self._lesson_dirs, shipped=self._shipped)
