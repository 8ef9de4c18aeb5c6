from collections.abc import Callable

import pytest

from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.visitor import Visitor

Restarted = Callable[[], Visitor]


async def test_the_choice_of_a_language_lasts(ada: Visitor, restarted: Restarted) -> None:
    await ada.says("language")
    assert ada.labels == ["English", "한국어"]
    await ada.presses("한국어")
    assert "텐서가 중요한 이유" in await restarted().says("learn")


@pytest.mark.parametrize("word", ["ko", "KO", "ko-KR", "ko_KR", "Korean", "한국어"])
async def test_a_language_is_known_by_many_names(ada: Visitor, word: str) -> None:
    await ada.says("language", word)
    assert "텐서가 중요한 이유" in await ada.says("learn")


async def test_an_unknown_language_gets_those_that_are_there(ada: Visitor) -> None:
    assert "There is no language “tlh” here." in await ada.says("language", "tlh")
    assert "한국어" in ada.labels


async def test_a_stored_choice_wins_over_what_the_platform_says(tutor: Tutor) -> None:
    minji = Visitor(tutor, "minji", locale="ko")
    await minji.says("language", "en")
    assert "Why tensors matter" in await minji.says("learn")


async def test_a_platforms_language_that_there_is_not_falls_back(tutor: Tutor) -> None:
    assert "Why tensors matter" in await Visitor(tutor, "anna", locale="de").says("learn")


async def test_what_the_platform_once_said_is_remembered_where_it_says_nothing(
    tutor: Tutor, services: Services
) -> None:
    assert "텐서가 중요한 이유" in await Visitor(tutor, "minji", locale="ko-KR").says("learn")
    silent = Visitor(Tutor(services), "minji")
    assert "텐서가 중요한 이유" in await silent.says("learn")
    assert "Why tensors matter" in await Visitor(tutor, "minji", locale="en-GB").says("learn")
    assert "Why tensors matter" in await silent.says("learn")
