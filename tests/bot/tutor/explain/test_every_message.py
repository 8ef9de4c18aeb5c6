"""Every error that is explained comes from real code in the real sandbox, in every language."""

import asyncio
from pathlib import Path

import pytest

from bot.locales import load_catalogues
from bot.tutor.explain import explain
from bot.tutor.explain.explain import RULES
from bot.tutor.explain.operations import in_words
from sandbox.wire import RunResult
from tests.bot.tutor.explain.in_the_sandbox import results
from tests.bot.tutor.explain.real_errors import EVERY, SETUP, TORCH

pytestmark = pytest.mark.jail

CATALOGUES = load_catalogues()
NOT_FROM_HERE = {"numpy-device"}
"""What only a GPU brings about; invented in test_rules.py."""


@pytest.fixture(scope="module")
def ended(sandbox_socket: Path) -> dict[str, RunResult]:
    cells = {name: case.code for name, case in EVERY.items()}
    return asyncio.run(results(sandbox_socket, SETUP, cells))


@pytest.mark.parametrize("locale", CATALOGUES.locales)
@pytest.mark.parametrize("name", EVERY)
def test_an_error_is_explained_with_the_learners_own_names_and_sizes(
    ended: dict[str, RunResult], name: str, locale: str
) -> None:
    case, error = EVERY[name], ended[name].error
    assert error is not None
    assert error.message.startswith(case.message)
    explanation = explain(CATALOGUES.in_locale(locale), error, case.code)
    assert explanation is not None
    assert explanation.rule == case.rule
    said = f"{explanation.meaning} {explanation.cause} {explanation.fix}"
    assert [word for word in case.names if word not in said] == []
    if case.fix:
        assert explanation.code == case.fix
    assert (explanation.picture is not None) == case.picture
    if explanation.picture:
        assert "`" not in in_words(explanation.picture)


@pytest.mark.parametrize("name", EVERY)
def test_korean_is_korean(ended: dict[str, RunResult], name: str) -> None:
    error = ended[name].error
    assert error is not None
    english, korean = (
        explain(CATALOGUES.in_locale(locale), error, EVERY[name].code) for locale in ("en", "ko")
    )
    assert english is not None
    assert korean is not None
    for one, other in zip(
        (english.meaning, english.cause, english.fix),
        (korean.meaning, korean.cause, korean.fix),
        strict=True,
    ):
        assert one != other
        assert any("가" <= char <= "힣" for char in other)


def test_every_rule_is_brought_about_by_some_code() -> None:
    assert {rule.id for rule in RULES} - NOT_FROM_HERE == {case.rule for case in EVERY.values()}


def test_the_list_of_pytorchs_messages_is_whole() -> None:
    assert len(TORCH) == 68
