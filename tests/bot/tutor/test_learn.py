from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.curriculum import LoadedCurriculum
from bot.storage.sqlite import SqliteStore
from bot.tutor.records import Position
from bot.tutor.reply import Code, Image, Ref
from bot.tutor.route import stops
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.visitor import Visitor

Restarted = Callable[[], Visitor]


async def test_learn_starts_with_the_first_section_of_the_first_lesson(ada: Visitor) -> None:
    shown = await ada.says("learn")
    assert shown.startswith("Why tensors matter")
    assert "Section 1 of 6 · PyTorch and its tensors" in shown
    assert any(isinstance(part, Code) and part.lang == "python" for part in ada.seen.parts)
    assert ada.labels == ["Run", "Next"]


@pytest.mark.parametrize(
    "wanted", ["every-question", "2", "Every kind of question", "kind of", "모든 종류의 문제"]
)
async def test_a_lesson_is_found_by_id_number_or_title(ada: Visitor, wanted: str) -> None:
    assert "Two axes" in await ada.says("learn", *wanted.split())


async def test_an_unknown_lesson_gets_those_that_are_there(ada: Visitor) -> None:
    shown = await ada.says("learn", "haskell\u202e`101`")
    assert "There is no lesson “haskell'101'”" in shown
    assert "Every kind of question" in ada.labels
    assert "Two axes" in await ada.presses("Every kind of question")


async def test_a_section_with_a_picture_shows_it_with_its_words(ada: Visitor) -> None:
    await ada.says("learn", "every-question")
    (image,) = [p for p in ada.seen.parts if isinstance(p, Image) and p.drawing is None]
    assert image.png.startswith(b"\x89PNG")
    assert image.alt.startswith("A table of two rows")


async def test_next_and_back_walk_the_same_way_across_all_stages(
    ada: Visitor, curriculum: LoadedCurriculum
) -> None:
    lesson = curriculum.lessons[0]
    far = len(stops(lesson)) - 1
    start = _place(await ada.says("learn"))
    forward = [start, *[_place(await ada.says("next")) for _ in range(far)]]
    backward = [forward[-1], *[_place(await ada.says("back")) for _ in range(far)]]
    assert len(set(forward)) == len(stops(lesson))
    assert backward[::-1] == forward


def _place(shown: str) -> str:
    """Return the line that says where this is."""
    signs = ("Section ", "Question ", "Step ", "End of the lesson")
    return next(line for line in shown.splitlines() if line.startswith(signs))


async def test_there_is_nothing_before_the_first_section(ada: Visitor) -> None:
    await ada.says("learn")
    shown = await ada.says("back")
    assert "there is nothing before it" in shown
    assert "Section 1 of 6" in shown


async def test_the_place_is_stored_before_the_reply_is_shown(
    tutor: Tutor, store: SqliteStore, ada: Visitor
) -> None:
    await ada.says("learn")
    await ada.presses("Next")
    assert await store.position(1) == Position(lesson="tensors-101", stage="section", item="shape")


async def test_learn_goes_on_where_the_learner_left_off(ada: Visitor, restarted: Restarted) -> None:
    await ada.says("learn")
    await ada.presses("Next")
    await ada.presses("Next")
    assert "Section 3 of 6" in await restarted().says("learn")
    assert "Section 3 of 6" in await restarted().says("learn", "tensors-101")


async def test_each_lesson_goes_on_at_its_own_place(ada: Visitor, restarted: Restarted) -> None:
    await ada.says("learn", "tensors-101")
    await ada.says("next")
    await ada.says("next")
    await ada.says("learn", "every-question")
    await ada.says("next")
    assert "Section 3 of 6" in await restarted().says("learn", "tensors-101")
    shown = await restarted().says("learn", "every-question")
    assert "Section 2 of 2" in shown
    assert "builds on" not in shown, "that is for who comes the first time"
    assert "Section 2 of 2" in await restarted().says("learn"), "where the learner was last"


async def test_the_questions_of_each_lesson_go_on_at_their_own_place(
    ada: Visitor, restarted: Restarted
) -> None:
    await ada.says("quiz", "tensors-101")
    await ada.says("next")
    await ada.says("learn", "every-question")
    assert "Question 2 of 3" in await restarted().says("quiz", "tensors-101")


async def test_what_was_never_shown_comes_before_what_is_done(
    ada: Visitor, restarted: Restarted
) -> None:
    await ada.says("learn", "tensors-101")
    await ada.says("next")
    await _skip_all(ada, "tensors-101")
    assert "Section 3 of 6" in await restarted().says("learn", "tensors-101")


async def test_a_lesson_without_exercises_is_finished_once_all_of_it_was_read(
    services: Services, curriculum: LoadedCurriculum
) -> None:
    first, *files = curriculum.files
    reading = first.lesson.model_copy(update={"questions": (), "challenge": None})
    changed = LoadedCurriculum([replace(first, lesson=reading), *files])
    ada = Visitor(Tutor(replace(services, curriculum=changed)))
    await ada.says("learn")
    await ada.sends(Ref("go", ("tensors-101", "d")))
    assert "Section 2 of 6" in await ada.says("learn")
    for _ in range(4):
        await ada.says("next")
    assert "Lesson complete" in await ada.says("next")
    assert "Two axes" in await ada.says("learn")
    assert "Section 1 of 6" in await ada.says("learn", "tensors-101")
    await ada.sends(Ref("go", ("every-question", "d")))
    assert "Section 2 of 2" in await ada.says("learn"), "reading it again leaves it finished"


async def test_an_old_next_button_still_goes_where_it_said(
    ada: Visitor, restarted: Restarted
) -> None:
    await ada.says("learn")
    old = Ref("go", ("tensors-101", "s", "shape"))
    await ada.presses("Next")
    await ada.presses("Next")
    assert "Section 2 of 6" in await restarted().sends(old)


async def test_next_leaves_an_open_exercise_and_says_so(ada: Visitor) -> None:
    await ada.says("quiz")
    shown = await ada.says("next")
    assert "You left an exercise open" in shown
    assert "Question 2 of 3" in shown


async def test_the_end_of_a_lesson_with_something_open_leads_there(ada: Visitor) -> None:
    await ada.says("learn")
    for _ in range(11):
        await ada.says("next")
    shown = await ada.says("next")
    assert "End of the lesson: Why tensors matter" in shown
    assert "6 exercises are still open." in shown
    assert "Question 1 of 3" in await ada.presses("Go to what is open")


async def _skip_all(ada: Visitor, lesson: str) -> str:
    await ada.says("quiz", lesson)
    while "Skip" in ada.labels:
        await ada.presses("Skip")
    return ada.text


async def test_a_finished_lesson_sums_up_and_offers_the_next_one(ada: Visitor) -> None:
    shown = await _skip_all(ada, "tensors-101")
    assert "End of the lesson: Why tensors matter" in shown
    assert "You have met" not in shown, "nothing was solved"
    assert "Questions solved: 0/3" in shown
    assert "Skipped: 6" in shown
    assert "Two axes" in await ada.presses("Next lesson: Every kind of question")


@pytest.mark.parametrize("locale", ["en", "ko"])
async def test_the_end_names_the_concepts_only_in_the_language_their_ids_are_in(
    tutor: Tutor, locale: str
) -> None:
    ada = Visitor(tutor, locale=locale)
    await ada.says("quiz")
    await ada.presses("`torch.rand(5, 5)`")
    await ada.says("next")
    for _ in range(5):
        await ada.says("skip")
    assert ("shape, dtype, device" in ada.text) == (locale == "en")


async def test_after_the_last_lesson_whoever_solved_it_is_praised(
    services: Services, curriculum: LoadedCurriculum
) -> None:
    only = LoadedCurriculum(curriculum.files[-1:])
    ada = Visitor(Tutor(replace(services, curriculum=only)))
    await ada.says("quiz")
    await ada.presses("1차원")
    assert "That was the last lesson there is. Well done!" in await ada.presses("Next")
    assert "You have finished every lesson there is. Well done!" in await ada.says("next")


async def test_only_what_is_solved_makes_a_lesson_complete(ada: Visitor) -> None:
    await ada.says("quiz", "korean-only")
    await ada.presses("1차원")
    shown = await ada.presses("Next")
    assert "Lesson complete: 한국어로만 쓴 수업" in shown
    assert "Skipped" not in shown


async def test_a_finished_lesson_opens_again_at_its_start_and_keeps_its_results(
    ada: Visitor,
) -> None:
    await ada.says("quiz")
    await ada.presses("`torch.rand(5, 5)`")
    await _skip_all(ada, "tensors-101")
    assert "Section 1 of 6" in await ada.says("learn", "tensors-101")
    assert "Questions solved: 1/3" in await ada.says("progress")


async def test_learn_after_a_finished_lesson_starts_the_next(ada: Visitor) -> None:
    await _skip_all(ada, "tensors-101")
    assert "Two axes" in await ada.says("learn")


async def test_after_the_last_lesson_all_of_them_can_be_read_again(ada: Visitor) -> None:
    for lesson in ("tensors-101", "every-question", "korean-only"):
        await ada.says("learn", lesson)
        await _skip_all(ada, lesson)
    for verb in ("learn", "next"):
        assert "You can still solve what you skipped." in await ada.says(verb)
        assert "Why tensors matter" in ada.labels
    await ada.says("progress")
    assert "Continue" not in ada.labels


async def test_a_lesson_names_what_it_builds_on_and_locks_nobody_out(ada: Visitor) -> None:
    shown = await ada.says("learn", "every-question")
    assert "This lesson builds on: “Why tensors matter”" in shown
    assert "Section 1 of 2" in shown
    await _skip_all(ada, "tensors-101")
    assert "builds on" not in await ada.says("learn", "every-question")


async def test_a_lesson_that_lost_a_part_leads_on_kindly(
    ada: Visitor, services: Services, curriculum: LoadedCurriculum
) -> None:
    await ada.says("learn")
    await ada.presses("Next")
    first, *files = curriculum.files
    shorter = first.lesson.model_copy(
        update={"sections": tuple(one for one in first.lesson.sections if one.id != "shape")}
    )
    changed = LoadedCurriculum([replace(first, lesson=shorter), *files])
    ada = Visitor(Tutor(replace(services, curriculum=changed)))
    shown = await ada.says("learn")
    assert "This lesson has changed since you were here" in shown
    assert "Section 2 of 5" in shown, "the first one has been read"
    assert "no longer there" in await ada.sends(Ref("go", ("tensors-101", "s", "shape")))
    assert "Section 2 of 5" in await ada.presses("Continue")


async def test_a_korean_speaker_reads_korean_from_the_first_word(tutor: Tutor) -> None:
    shown = await Visitor(tutor, "minji", locale="ko-KR").says("시작")
    assert shown.startswith("텐서가 중요한 이유")


async def test_a_lesson_in_another_language_only_is_shown_in_that(ada: Visitor) -> None:
    assert "텐서 x²를 그려 봐요." in await ada.says("learn", "korean-only")
