from collections.abc import Callable

import pytest

from bot.tutor.event import Place
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


async def test_who_writes_korean_is_answered_in_it_until_another_language_is_known(
    tutor: Tutor,
) -> None:
    sumin = Visitor(tutor, "sumin", place=Place(kind="dm"))
    assert "PyTorch를 가르치고" in await sumin.writes("안녕하세요, 처음이에요")
    assert "텐서가 중요한 이유" in await sumin.writes("next")
    in_english = Visitor(tutor, "sumin", locale="en", place=Place(kind="dm"))
    await in_english.says("help")
    assert "I teach PyTorch" in await sumin.writes("안녕하세요")


async def test_a_newcomer_who_writes_korean_is_told_in_it_what_is_stored(tutor: Tutor) -> None:
    sumin = Visitor(tutor, "sumin", place=Place(kind="dm"))
    assert "`mydata delete`로 지울 수 있어요" in await sumin.writes("안녕하세요")
