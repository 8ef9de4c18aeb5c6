"""The sandbox is tried for real, and what is told of it says what to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.operations.sandbox_check import Tried, Walls, sandbox_check, try_sandbox
from sandbox.client import connect
from sandbox.wire import BackendUnavailable, Busy, Capacity, SessionSpec
from tests.doubles.fake_executor import FakeExecutor
from tests.doubles.fake_runner import result

ROOM = Capacity("A", 3, 200, 4, 1)
SOME: Mapping[str, Any] = {
    "layers": [
        {"name": "Landlock", "on": True, "why": ""},
        {"name": "doors", "on": False, "why": ""},
    ],
    "better": ["for tier A, start the sandbox as root"],
}


async def test_a_real_sandbox_runs_a_line_and_keeps_nothing_of_it(sandbox_socket: Path) -> None:
    async with connect(sandbox_socket) as executor:
        before = (await executor.capacity()).sessions
        tried = await try_sandbox(executor, SessionSpec())
        assert tried.trouble == ""
        assert tried.capacity
        assert tried.capacity.tier in {"A", "B", "C"}
        assert tried.capacity.sessions == before


async def test_a_sandbox_that_cannot_be_reached_says_why() -> None:
    executor = FakeExecutor()
    executor.trouble("open", BackendUnavailable("nobody listens at nobody.sock"))
    tried = await try_sandbox(executor, SessionSpec())
    assert tried == Tried(None, "nobody listens at nobody.sock")
    found = sandbox_check(Path("nobody.sock"), tried, Walls())
    assert found.state == "wrong"
    assert found.found == "at nobody.sock not ready: nobody listens at nobody.sock"
    assert "--socket nobody.sock" in found.advice[0]
    assert "python -m sandbox doctor" in sandbox_check(None, tried, Walls()).advice[0]


async def test_code_that_does_not_run_as_it_should_is_trouble() -> None:
    executor = FakeExecutor()
    executor.results["import torch\nprint(int(torch.ones(2, 3).sum()))"] = result("error")
    tried = await try_sandbox(executor, SessionSpec())
    assert tried.capacity is None
    assert "ended with error" in tried.trouble


async def test_a_full_sandbox_is_not_a_broken_one() -> None:
    executor = FakeExecutor()
    executor.trouble("open", Busy(5.0))
    tried = await try_sandbox(executor, SessionSpec())
    assert tried.capacity
    found = sandbox_check(None, Tried(Capacity("A", 200, 200, 0, 9)), Walls())
    assert found.state == "note"
    assert found.found.startswith("full: ")
    assert "max_sessions" in found.advice[0]


@pytest.mark.parametrize(("tier", "state"), [("A", "well"), ("B", "well"), ("C", "note")])
def test_the_tier_is_told_and_how_to_get_a_better_one(tier: str, state: str) -> None:
    found = sandbox_check(None, Tried(Capacity(tier, 3, 200, 4, 1)), Walls(SOME))
    assert found.state == state
    assert f"tier {tier}, 3 of 200 sessions" in found.found
    assert found.advice == (() if tier == "A" else ("for tier A, start the sandbox as root",))
    assert ("without: doors" in found.found) == (tier != "A")
    assert found.facts["walls"] == {"Landlock": True, "doors": False}


def test_where_the_walls_are_not_known_it_is_told_whom_to_ask() -> None:
    found = sandbox_check(Path("s.sock"), Tried(Capacity("C", 0, 200, 4, 0)), Walls())
    assert found.facts["walls"] == {}
    assert "python -m sandbox doctor" in found.advice[0]
