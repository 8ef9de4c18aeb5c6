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
    for line in ("Sections read: 6/6", "Questions solved: 1/3", "Steps solved: 1/3", "Points: 3"):
        assert line in shown


async def test_a_complete_lesson_says_so(ada: Visitor) -> None:
    await ada.says("learn", "korean-only")
    await ada.says("quiz")
    await ada.presses("1차원")
    assert "한국어로만 쓴 수업 · complete" in await ada.says("progress")


async def test_progress_opens_lessons(ada: Visitor) -> None:
    await ada.says("progress")
    assert "Two axes" in await ada.presses("Every kind of question")
