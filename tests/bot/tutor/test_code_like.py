import pytest

from bot.tutor.code_like import is_code


@pytest.mark.parametrize(
    "text",
    [
        "x = 1", "x += 1", "x: int = 3", "import torch", "from torch import nn", "print(x)",
        "x.shape", "x[0]", "[1, 2]", "{'a': 1}", "2 + 2", "x @ y", "a * b", "x == y", "x < 3",
        "lambda x: x", "for i in range(3):\n    print(i)", "def f():\n    pass", "del x",
        "await f", "f'{x}'", "x if y else z", "(y := 3)", "if x: y", "x = '\\d'", "-x.sum()",
        "assert x", "with f: pass", "raise E", "x - 1", "torch.ones",
    ],
)  # fmt: skip
def test_code_is_recognised(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "시작", "yes, please", "ok", "note: later", "not sure", "a or b", "this is good",
        "x in y", "it is not", "thanks - bye", "yes / no", "42", "'quoted'", "what is a tensor?",
        "print(x", "I do not get it", "hello; hi", "True", "...", "# a heading", "-", "pass",
        "너무 어려워요", "x = ", "no\nyes",
    ],
)  # fmt: skip
def test_words_are_not_taken_for_code(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "-" * 60_000 + "x",
        "x" * 70_000,
        "a\x00b = 1",
        "x = '\ud800'",
        "[" * 90 + "]" * 89,
    ],
)
def test_hostile_text_is_no_code_and_no_error(text: str) -> None:
    assert not is_code(text)
