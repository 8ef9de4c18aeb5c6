"""No explanation is better than a wrong one: what only looks like a known error is shown as it is."""

import asyncio
from pathlib import Path

import pytest

from bot.locales import load_catalogues
from bot.tutor.explain import explain
from sandbox.wire import RunResult
from tests.bot.tutor.explain.in_the_sandbox import results
from tests.bot.tutor.explain.near_misses import EVERY, SETUP
from tests.bot.tutor.explain.real_errors import SETUP as REAL_SETUP
from tests.bot.tutor.explain.real_errors import TORCH

pytestmark = pytest.mark.jail

SAY = load_catalogues().in_locale("en")


@pytest.fixture(scope="module")
def missed(sandbox_socket: Path) -> dict[str, RunResult]:
    return asyncio.run(results(sandbox_socket, SETUP, EVERY))


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_said_of_what_only_looks_alike(missed: dict[str, RunResult], name: str) -> None:
    error = missed[name].error
    assert error is not None
    assert explain(SAY, error, EVERY[name]) is None


@pytest.fixture(scope="module")
def repeated(sandbox_socket: Path) -> dict[str, RunResult]:
    """Every error of PyTorch's, caught, and its text raised again by the learner's own code."""
    cells = {
        name: f"code = {case.code!r}\ntry:\n    exec(code)\nexcept Exception as error:\n"
        "    again = type(error)(str(error))\nraise again"
        for name, case in TORCH.items()
    }
    return asyncio.run(results(sandbox_socket, REAL_SETUP, cells))


@pytest.mark.parametrize("name", TORCH)
def test_nothing_is_said_of_pytorchs_words_in_somebody_elses_mouth(
    repeated: dict[str, RunResult], name: str
) -> None:
    error = repeated[name].error
    assert error is not None
    assert error.message.startswith(TORCH[name].message)
    assert error.failure is None
    assert explain(SAY, error) is None


def test_a_cuda_device_that_is_not_there_is_the_sandboxs_matter(sandbox_socket: Path) -> None:
    cells = {"cuda": "torch.rand(3).cuda()", "module": "import pandas"}
    for result in asyncio.run(results(sandbox_socket, REAL_SETUP, cells)).values():
        assert result.error is not None
        assert result.error.hint is not None
        assert explain(SAY, result.error) is None
