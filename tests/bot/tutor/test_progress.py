from dataclasses import replace

from bot.curriculum import LoadedCurriculum
from bot.tutor.drawing import Progress
from bot.tutor.reply import Image
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import Visitor


async def test_a_newcomer_has_everything_ahead(ada: Visitor) -> None:
    assert "everything is still ahead of you" in await ada.says("progress")


async def test_progress_counts_sections_questions_steps_and_points(ada: Visitor) -> None:
    await ada.says("learn")
    await ada.says("next")
    assert "Sections read: 2/6" in await ada.says("progress")
    await ada.says("quiz")
    await ada.presses("`torch.rand(5, 5)`")
    await ada.says("challenge")
    await ada.posts("F_new = F[None]")
    await ada.presses("Submit")
    shown = await ada.says("progress")
    assert "Why tensors matter" in shown
    assert "Every kind of question" not in shown
    for line in ("Sections read: 2/6", "Questions solved: 1/3", "Steps solved: 1/3", "Points: 3"):
        assert line in shown


async def test_progress_is_drawn_as_well(ada: Visitor, pictures: RecordedPictures) -> None:
    await ada.says("progress")
    assert pictures.drawn == []
    await ada.says("challenge")
    await ada.posts("F_new = F[None]")
    await ada.presses("Submit")
    await ada.says("next")
    await ada.says("skip")
    await ada.says("progress")
    drawing = pictures.drawn[-1]
    assert isinstance(drawing, Progress)
    (row,) = drawing.rows
    assert (row.read, row.sections, row.steps) == (0, 6, ("done", "shown", "current"))
    (image,) = [part for part in ada.seen.parts if isinstance(part, Image)]
    assert image.alt == ("Why tensors matter: 0 of 6 sections read, 1 of 3 steps solved")


async def test_sections_that_were_jumped_over_are_not_read(ada: Visitor) -> None:
    await ada.says("quiz", "tensors-101")
    assert "Sections read: 0/6" in await ada.says("progress")
    await ada.says("learn", "every-question")
    shown = await ada.says("progress")
    assert "Sections read: 0/6" in shown
    assert "Sections read: 1/2" in shown


async def test_a_section_that_is_seen_again_counts_once(ada: Visitor) -> None:
    await ada.says("learn")
    await ada.says("next")
    await ada.says("back")
    assert "Sections read: 2/6" in await ada.says("progress")


async def test_a_section_that_is_gone_does_not_count(
    ada: Visitor, services: Services, curriculum: LoadedCurriculum
) -> None:
    await ada.says("learn")
    await ada.says("next")
    first, *files = curriculum.files
    shorter = first.lesson.model_copy(update={"sections": first.lesson.sections[1:]})
    changed = LoadedCurriculum([replace(first, lesson=shorter), *files])
    ada = Visitor(Tutor(replace(services, curriculum=changed)))
    assert "Sections read: 1/5" in await ada.says("progress")


async def test_a_complete_lesson_says_so(ada: Visitor) -> None:
    await ada.says("learn", "korean-only")
    await ada.says("quiz")
    await ada.presses("1차원")
    assert "한국어로만 쓴 수업 · complete" in await ada.says("progress")


async def test_progress_opens_lessons(ada: Visitor) -> None:
    await ada.says("progress")
    assert "Two axes" in await ada.presses("Every kind of question")
