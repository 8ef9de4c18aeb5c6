import pytest

from bot.platforms.console.reader import Verb, read_verb


@pytest.mark.parametrize("line", ["/next", "next", "NEXT", "다음", "/다음"])
def test_a_verb_is_read_in_both_languages(line: str) -> None:
    verb = read_verb(line)
    assert isinstance(verb, Verb)
    assert verb.name == "next"


def test_a_command_takes_arguments() -> None:
    assert read_verb("/learn  tensors-101 ") == Verb("learn", ("tensors-101",))


def test_an_unknown_command_is_left_to_the_tutor() -> None:
    verb = read_verb("/frobnicate now")
    assert verb == Verb("frobnicate", ("now",))
    assert not Verb("frobnicate").is_known


@pytest.mark.parametrize("line", ["next please", "import torch", "x = 1", "", "hello"])
def test_other_words_are_no_command(line: str) -> None:
    assert read_verb(line) is None


@pytest.mark.parametrize("line", ["/quit", "exit", "종료"])
def test_there_are_words_for_leaving(line: str) -> None:
    assert read_verb(line) == "leave"
