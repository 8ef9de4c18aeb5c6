import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.lesson import AvoidsCheck, UsesCheck, VarCheck
from bot.tutor.source_rules import MAX_CHARS, broken_rules, is_attempt, used_names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("output = F_new @ W", {"@", "F_new", "W", "output"}),
        ("torch.nn.functional.relu(x)", {"relu", "functional.relu", "torch.nn.functional.relu"}),
        ("x.sum(dim=0, keepdim=True)", {"sum", "x.sum", "keepdim"}),
        ("f(x).T", {"T"}),
        ("[a for a in b]", {"for"}),
        ("while True: break", {"while", "break"}),
        ("import torch.nn as nn", {"import", "torch", "torch.nn"}),
        ("from torch import matmul as mm", {"import", "matmul"}),
        (
            "y = -x // 2 if not a and b in c else d[0] <= e",
            {"-", "//", "if", "not", "and", "in", "[]", "<="},
        ),
        ("x @= y", {"@"}),
        ("await thing()", {"await"}),
        ("lambda: (yield)", {"lambda", "yield"}),
    ],
)
def test_names_keywords_and_operators_are_seen(code: str, names: set[str]) -> None:
    used = used_names([code])
    assert used is not None
    assert names <= used


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        ("x = 'for while @'  # for", {"for", "while", "@"}),
        ("from torch import *", {"*"}),
        ("transform = information", {"for", "in", "format"}),
    ],
)
def test_words_in_texts_comments_and_parts_of_names_do_not_count(
    code: str, unused: set[str]
) -> None:
    used = used_names([code])
    assert used is not None
    assert not unused & used


def test_broken_rules_name_what_is_at_fault() -> None:
    checks = (
        VarCheck(var="x"),
        UsesCheck(uses=("matmul", "@")),
        AvoidsCheck(avoids=("for", "while")),
        AvoidsCheck(avoids=("import",)),
    )
    cells = ["import math", "y = x @ w\nfor _ in y:\n    pass"]
    assert broken_rules(checks, cells) == {1: "matmul", 2: "for", 3: "import"}
    assert broken_rules(checks, ["torch.matmul(x, w @ w)"]) == {}


@pytest.mark.parametrize(
    "code",
    [
        "1" + "+1" * 30_000,
        "-" * 60_000 + "1",
        "(" * 30_000,
        "a" + ".b" * 30_000,
        "x" + "[0]" * 20_000,
        "lambda:" * 9_000 + "1",
        "if 1:\n pass\n" + "elif 1:\n pass\n" * 4_000,
        "x = '\x00'",
        "\ud800",
        "x = 1\n" * MAX_CHARS,
    ],
)
def test_code_made_to_break_the_parser_breaks_the_rules_instead(code: str) -> None:
    assert used_names([code]) is None
    assert broken_rules([AvoidsCheck(avoids=("for",))], [code]) == {0: "for"}
    assert is_attempt([code], "x = 1")


@given(st.text())
def test_reading_any_text_never_raises(code: str) -> None:
    used_names([code])
    is_attempt([code], code)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [""],
        ["# only a comment\n"],
        ["pass", '"""a docstring"""', "..."],
        ["F_new = F"],
        ["F_new   =  F  # as it was"],
        ["# first", "(F_new) = (F)"],
    ],
)
def test_nothing_written_is_no_attempt(cells: list[str]) -> None:
    assert not is_attempt(cells, "F_new = F")


@pytest.mark.parametrize(
    "cells", [["F_new = F[None]"], ["print(F)"], ["F_new ="], ["5"], ["F_new = F\nx = 1"]]
)
def test_anything_written_is_an_attempt(cells: list[str]) -> None:
    assert is_attempt(cells, "F_new = F")
