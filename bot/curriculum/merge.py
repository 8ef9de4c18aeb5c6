"""Puts the shipped lessons and the teacher's own into one curriculum, in the order of their folders."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.curriculum.lesson_file import LESSON_FILE, LessonError, LessonFile, read_lesson
from bot.tutor.lesson import Lesson

_NUMBERED = re.compile(r"[0-9]+-")


class LoadedCurriculum:
    """The lessons by folder name, and the files they came from."""

    def __init__(self, files: Sequence[LessonFile]) -> None:
        self.files = tuple(files)
        self._by_id = {file.lesson.id: file for file in files}

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return tuple(file.lesson for file in self.files)

    def lesson(self, lesson_id: str) -> Lesson | None:
        file = self._by_id.get(lesson_id)
        return file.lesson if file else None

    def image(self, lesson_id: str, file: str) -> bytes:
        """Return an image that a section names. Raises `LessonError` when there is none such."""
        lesson = self.lesson(lesson_id)
        named = [part.image.file for part in lesson.sections if part.image] if lesson else []
        if file not in named:
            raise LessonError([f"no section of the lesson `{lesson_id}` names an image `{file}`"])
        return self._by_id[lesson_id].image(file)


def shipped_lessons() -> Path:
    """Return the folder of the lessons that come along: beside `bot`, in a checkout as in a wheel."""
    return Path(__file__).resolve().parents[2] / "lessons"


def load_curriculum(
    lesson_dirs: Sequence[Path], *, shipped: Path | None = None
) -> LoadedCurriculum:
    """Return the shipped lessons merged with those in `lesson_dirs`.

    Each folder in a lesson directory, such as `NN-topic`, is a lesson if it holds a `lesson.yaml`.
    Raises `LessonError` with a line for everything that is wrong in any of the files.
    """
    shipped = shipped or shipped_lessons()
    problems: list[str] = []
    files: list[LessonFile] = []
    for path, name in _lesson_files(shipped, lesson_dirs, problems):
        try:
            files.append(read_lesson(path, name))
        except LessonError as error:
            problems.extend(error.problems)
    problems.extend(_twice(files))
    if not problems:
        problems.extend(_unmet(files))
    if problems:
        raise LessonError(problems)
    return LoadedCurriculum(files)


def _lesson_files(
    shipped: Path, lesson_dirs: Sequence[Path], problems: list[str]
) -> list[tuple[Path, str]]:
    """Return every lesson file with its name for messages, in teaching order."""
    found: list[tuple[Path, str]] = []
    seen: set[Path] = set()
    for directory, label in ((shipped, "lessons"), *((path, str(path)) for path in lesson_dirs)):
        here = directory.resolve()
        if here in seen:
            continue
        seen.add(here)
        try:
            folders = sorted(path for path in directory.iterdir() if path.is_dir())
        except OSError as error:
            problems.append(
                f"{label}: no lessons can be read here ({error.strerror}); give a folder of lessons"
            )
            continue
        found.extend(_in_directory(directory, folders, label, problems))
    return sorted(found, key=lambda one: one[0].parent.name)


def _in_directory(
    directory: Path, folders: Sequence[Path], label: str, problems: list[str]
) -> Iterator[tuple[Path, str]]:
    count = 0
    for folder in folders:
        name = f"{label}/{folder.name}/{LESSON_FILE}"
        if not (folder / LESSON_FILE).is_file():
            if _NUMBERED.match(folder.name):
                problems.append(f"{name}: there is no such file; write it, or rename the folder")
            continue
        count += 1
        if folder.resolve().parent == directory.resolve():
            yield folder / LESSON_FILE, name
        else:
            problems.append(f"{name}: its folder is a link to elsewhere; copy the folder here")
    if not count:
        hint = "give the folder above it" if (directory / LESSON_FILE).exists() else "add one"
        problems.append(f"{label}: no folder in here holds a {LESSON_FILE}; {hint}")


# Rules for all lessons together -----------------------------------------------------------------


def _twice(files: Sequence[LessonFile]) -> Iterator[str]:
    first: dict[str, LessonFile] = {}
    for file in files:
        other = first.setdefault(file.lesson.id, file)
        if other is not file:
            what = f"`{file.lesson.id}` is already the id of {other.name}; give one of them another"
            yield file.document.problem(("id",), what)


def _unmet(files: Sequence[LessonFile]) -> Iterator[str]:
    by_id = {file.lesson.id: file for file in files}
    known = ", ".join(f"`{lesson_id}`" for lesson_id in by_id)
    needs = {file.lesson.id: set(file.lesson.requires) & set(by_id) for file in files}
    for file in files:
        for index, wanted in enumerate(file.lesson.requires):
            if wanted not in by_id:
                what = f"no lesson has the id `{wanted}`; write one of {known}"
                yield file.document.problem(("requires", index), what)
    for lesson_id in _in_circles(needs):
        what = "these lessons require each other in a circle; remove one of them"
        yield by_id[lesson_id].document.problem(("requires",), what)


def _in_circles(needs: Mapping[str, set[str]]) -> list[str]:
    """Return the lessons that require each other, in whatever number of steps."""
    left = dict(needs)
    while left:
        wanted = set[str]().union(*left.values())
        free = [one for one in left if one not in wanted or not left[one] & left.keys()]
        if not free:
            break
        for lesson_id in free:
            del left[lesson_id]
    return list(left)
