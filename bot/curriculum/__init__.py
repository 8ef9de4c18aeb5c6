"""The lessons that are taught: read from YAML, checked to the last key, and put in order."""

from bot.curriculum.lesson_file import LessonError, LessonFile, read_lesson
from bot.curriculum.merge import LoadedCurriculum, load_curriculum, shipped_lessons
from bot.curriculum.schema import lesson_schema
from bot.curriculum.shelf import LessonShelf

__all__ = [
    "LessonError",
    "LessonFile",
    "LessonShelf",
    "LoadedCurriculum",
    "lesson_schema",
    "load_curriculum",
    "read_lesson",
    "shipped_lessons",
]
