import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.curriculum import LessonShelf
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.bot.tutor.conftest import FOLDERS
from tests.doubles.member import DM, Member


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    folder = tmp_path / "lessons"
    shutil.copytree(FOLDERS["tensors-101"], folder / "01-tensors")
    return folder


@pytest.fixture
def olga(services: Services, lessons: Path) -> Member:
    """The operator of a tutor whose lessons can be changed."""
    shelf = LessonShelf([], shipped=lessons)
    operators = frozenset({"discord:olga"})
    tutor = Tutor(replace(services, curriculum=shelf, shelf=shelf, operators=operators))
    return Member(tutor, "olga", DM)


def change(lessons: Path, old: str, new: str) -> None:
    file = lessons / "01-tensors/lesson.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


async def test_changed_lessons_are_taught_from_then_on(olga: Member, lessons: Path) -> None:
    await olga.commands("learn")
    change(lessons, "Why tensors matter", "Why tensors still matter")
    assert "Why tensors still matter" not in await olga.commands("learn")
    assert "1 lesson is loaded" in await olga.tutors("reload")
    assert "still matter" in str(olga.tutor._services.curriculum.lessons[0].title)
    await olga.commands("quiz", "Why tensors still matter")
    assert "There is no lesson" not in olga.text


async def test_a_mistake_keeps_the_old_lessons_and_is_named_with_file_line_and_fix(
    olga: Member, lessons: Path
) -> None:
    change(lessons, "rev: ", "rew: ")
    text = await olga.tutors("reload")
    assert "the old ones stay" in text
    assert "lessons/01-tensors/lesson.yaml:" in text
    assert "unknown key; did you mean `rev`?" in text
    assert "Why tensors matter" in await olga.commands("learn")


async def test_lessons_that_are_gone_altogether_stay_too(olga: Member, lessons: Path) -> None:
    shutil.rmtree(lessons)
    assert "the old ones stay" in await olga.tutors("reload")
    assert "Why tensors matter" in await olga.commands("learn")


async def test_an_answer_that_has_begun_goes_on_with_the_lessons_it_began_with(
    olga: Member, lessons: Path
) -> None:
    services = olga.tutor._services
    begun = services.present
    change(lessons, "Why tensors matter", "Why tensors still matter")
    await olga.tutors("reload")
    assert "Why tensors matter" in str(begun.curriculum.lessons[0].title)
    assert "still matter" in str(services.present.curriculum.lessons[0].title)


async def test_fixed_lessons_are_not_read_again(services: Services) -> None:
    tutor = Tutor(replace(services, operators=frozenset({"discord:olga"})))
    assert "cannot be read again" in await Member(tutor, "olga", DM).tutors("reload")
