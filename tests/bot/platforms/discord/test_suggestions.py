"""What is suggested while somebody types."""

from bot.curriculum import load_curriculum
from bot.platforms.discord.suggestions import lessons_like, questions_like

LESSONS = load_curriculum(()).lessons


def test_lessons_are_found_by_title_in_either_language_and_by_id() -> None:
    assert lessons_like(LESSONS, "en", "TENSOR")[0].value == "tensors-101"
    assert "텐서" in lessons_like(LESSONS, "ko", "텐서")[0].name
    assert [one.value for one in lessons_like(LESSONS, "en", "tensors-101")] == ["tensors-101"]
    assert lessons_like(LESSONS, "en", "no such lesson") == []


def test_questions_with_options_are_found_by_what_they_ask() -> None:
    found = questions_like(LESSONS, "en", "tensor random")
    assert found
    assert all(one.value.startswith("tensors-101/") for one in found)
    assert all(len(one.name) <= 100 and len(one.value) <= 100 for one in found)


def test_no_more_than_discord_takes_are_suggested() -> None:
    assert len(questions_like(LESSONS * 9, "ko", "")) == 25
