"""Reads one `lesson.yaml`: bounded, validated, checked by the rules, its math turned into Unicode."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bot.curriculum.rules import lesson_problems
from bot.curriculum.texts import with_texts
from bot.tutor.lesson import Lesson
from bot.tutor.math import with_blocks_fenced
from bot.yaml_source import Document, KeyPath, YamlError, explain_validation, load_yaml

LESSON_FILE = "lesson.yaml"

MAX_LESSON_BYTES = 256 * 1024
MAX_IMAGE_BYTES = 2 * 1024 * 1024

_SIGNATURES = {
    "png": (b"\x89PNG\r\n\x1a\n", b""),
    "jpg": (b"\xff\xd8\xff", b""),
    "jpeg": (b"\xff\xd8\xff", b""),
    "webp": (b"RIFF", b"WEBP"),
}
"""How a file of each kind begins, and what it has at its eighth byte."""


class LessonError(Exception):
    """Lessons cannot be used; each of `problems` is one line that names file, line, key and fix."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class LessonFile:
    """A lesson that passed every check, and the document it was read from."""

    lesson: Lesson
    document: Document
    folder: Path

    @property
    def name(self) -> str:
        """What the file is called in messages."""
        return self.document.name

    def image(self, file: str) -> bytes:
        """Return an image beside the lesson. Raises `LessonError` when there is none to show."""
        try:
            return _image_bytes(self.folder, file)
        except _BadImage as error:
            raise LessonError([f"{self.name}: the image `{file}` {error}"]) from error


def read_lesson(path: Path, name: str | None = None) -> LessonFile:
    """Return the lesson file at `path`, called `name` in messages. Raises `LessonError`."""
    name = name or str(path)
    try:
        document = _document(path, name)
    except YamlError as error:
        raise LessonError(list(error.problems)) from error
    try:
        lesson = Lesson.model_validate(document.data)
    except ValidationError as error:
        raise LessonError(explain_validation(error, document, Lesson)) from error
    found = [*lesson_problems(lesson), *_image_problems(lesson, path.parent)]
    if found:
        found.sort(key=lambda problem: document.line_of(problem[0]))
        raise LessonError([document.problem(path, what) for path, what in found])
    shown = with_texts(lesson, lambda text: with_blocks_fenced(text).strip())
    return LessonFile(shown, document, path.parent)


def _document(path: Path, name: str) -> Document:
    if not _stays_inside(path, path.parent):
        raise YamlError([f"{name}: leads out of its folder; put the file itself there"])
    try:
        size = path.stat().st_size
    except OSError:
        size = 0  # opening it says why
    if size > MAX_LESSON_BYTES:
        raise YamlError([f"{name}: longer than {MAX_LESSON_BYTES} bytes; split the lesson in two"])
    return load_yaml(path, name)


def _stays_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


# Images -----------------------------------------------------------------------------------------


class _BadImage(Exception):  # noqa: N818  (never leaves this module)
    """An image that cannot be shown; the message continues "the image …"."""


def _image_problems(lesson: Lesson, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    for index, section in enumerate(lesson.sections):
        if section.image is None:
            continue
        try:
            _image_bytes(folder, section.image.file)
        except _BadImage as error:
            yield ("sections", index, "image", "file"), f"`{section.image.file}` {error}"


def _image_bytes(folder: Path, file: str) -> bytes:
    path = folder / file
    if not _stays_inside(path, folder):
        raise _BadImage("leads out of the lesson's folder; put the image itself there")
    try:
        if not path.is_file():
            raise _BadImage("is no file in the lesson's folder; put it beside lesson.yaml")
        with path.open("rb") as opened:
            data = opened.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise _BadImage(f"cannot be read ({error.strerror}); check its permissions") from error
    if len(data) > MAX_IMAGE_BYTES:
        raise _BadImage(f"is larger than {MAX_IMAGE_BYTES} bytes; make it smaller")
    kind = path.suffix.removeprefix(".").lower()
    start, later = _SIGNATURES.get(kind, (b"", b""))
    if not start or not data.startswith(start) or data[8 : 8 + len(later)] != later:
        raise _BadImage(f"is not a {kind.upper()} image; save it again in that format")
    return data
