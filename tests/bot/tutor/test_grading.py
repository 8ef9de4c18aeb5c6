import asyncio
from functools import cache
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.grading import grade
from bot.tutor.records import Outcome
from bot.tutor.references import References
from bot.tutor.rounds import Round
from sandbox.wire import Exports, PlainValue, TensorValue
from tests.bot.tutor.graded_lesson import question, step
from tests.bot.tutor.hostile import exports
from tests.doubles.inprocess import InProcess

TASKS = {task.item: task for task in (step("row"), step("product"), step("flat"), question())}
KEYS = ["X_row", "output", "flat(M)", "flat(M.T)", "w", "w.grad", "=X[None]"]


async def rounds_of(name: str) -> tuple[Round, ...]:
    return await References(InProcess(), b"secret").rounds(1, TASKS[name], 1)


@cache
def prepared(name: str) -> tuple[Round, ...]:
    return asyncio.run(rounds_of(name))


@pytest.mark.parametrize("name", sorted(TASKS))
@given(found=st.lists(exports(*KEYS), min_size=3, max_size=3))
def test_whatever_a_process_sends_gets_a_verdict_and_no_pass(
    name: str, found: list[Exports]
) -> None:
    rounds = prepared(name)
    verdict = grade(TASKS[name], rounds, found, ["x = 1"])
    assert verdict.outcome in get_args(Outcome)
    assert verdict.outcome != "passed"
    assert 0 <= verdict.points <= verdict.max_points
    assert all(one.found is None or len(one.found) <= 160 for one in verdict.checks)
    assert all(one.found is None for one in verdict.checks if one.where == "hidden")


async def forged(metadata: bool, **changes: object) -> Exports:
    public = (await rounds_of("row"))[0]
    right = public.reference.values["X_row"]
    assert isinstance(right, TensorValue)
    value = TensorValue(
        **{
            "dtype": right.dtype,
            "shape": right.shape,
            "data": right.data if not metadata else b"\x00" * len(right.data),
            **changes,
        }  # type: ignore[arg-type]
    )
    return Exports(
        status="ok", values={"X_row": value}, state={}, error=None, failed_cell=None, exited=False,
        stdout="", seconds=0.0,
    )  # fmt: skip


async def test_metadata_alone_earns_the_points_of_metadata_alone() -> None:
    rounds = await rounds_of("row")
    verdict = grade(TASKS["row"], rounds[:1], [await forged(metadata=True)], ["x = 1"])
    assert [one.passed for one in verdict.checks] == [True, False]
    assert verdict.outcome == "wrong"


@pytest.mark.parametrize("changes", [{"data": b""}, {"shape": (10, 1)}, {"dtype": "int32"}])
async def test_claims_that_bytes_belie_earn_nothing(changes: dict[str, object]) -> None:
    rounds = await rounds_of("row")
    verdict = grade(TASKS["row"], rounds[:1], [await forged(metadata=False, **changes)], ["x = 1"])
    assert not verdict.checks[1].passed
    assert verdict.outcome == "wrong"


async def test_status_error_without_an_error_does_not_pass() -> None:
    rounds = await rounds_of("row")
    honest = [one.reference for one in rounds]
    assert grade(TASKS["row"], rounds, honest, ["x = 1"]).outcome == "passed"
    public = honest[0]
    odd = Exports(
        status="error", values=public.values, state={}, error=None, failed_cell=None, exited=False,
        stdout="", seconds=0.0,
    )  # fmt: skip
    assert grade(TASKS["row"], rounds, [odd, *honest[1:]], ["x = 1"]).outcome == "wrong"


async def test_expected_values_sent_back_by_name_are_ignored() -> None:
    rounds = await rounds_of("row")
    only_keys = [
        Exports(
            status="ok", values={"=X[None]": PlainValue(1)}, state={}, error=None, failed_cell=None,
            exited=False, stdout="", seconds=0.0,
        )
    ] * 3  # fmt: skip
    verdict = grade(TASKS["row"], rounds, only_keys, ["x = 1"])
    assert [one.found for one in verdict.checks] == ["missing", "missing"]
