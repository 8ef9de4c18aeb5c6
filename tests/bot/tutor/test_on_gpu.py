import asyncio
from dataclasses import replace

import pytest

from bot.admission import Admission, Limits
from bot.storage.sqlite import SqliteStore
from bot.tutor.cells import digest
from bot.tutor.event import Pressed
from bot.tutor.ports import Ended, Lost, Queued, Refused, Running
from bot.tutor.reply import Button, Note, Ref
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from sandbox.wire import CellError, Hint, RunResult
from tests.bot.tutor.test_run import Restarted
from tests.doubles.fake_executor import FakeExecutor
from tests.doubles.fake_runner import FakeRunner, failure, result, tensors
from tests.doubles.visitor import Visitor

CUDA = "y = x.cuda()"
BUTTON = "Run on GPU"


def needs_gpu() -> RunResult:
    hint = Hint("needs_gpu")
    error = CellError(type="AssertionError", message="", line=1, traceback="…", hint=hint)
    return result("error", error=error)


@pytest.fixture
def runner(runner: FakeRunner) -> FakeRunner:
    runner.gpus = 1
    return runner


def on_gpu(runner: FakeRunner) -> list[str]:
    return [cell.code for cell in runner.on_gpu]


async def asked_for_a_gpu(ada: Visitor, runner: FakeRunner, *before: str) -> None:
    """Run `before`, then code that ends with the offer of a GPU."""
    for code in before:
        await ada.posts(code)
    runner.will(needs_gpu())
    await ada.posts(CUDA)


async def test_code_that_needs_a_gpu_is_offered_one_where_there_is_one(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner)
    assert "This code asks for a GPU" in ada.text
    assert ada.labels == [BUTTON, "Start"]
    runner.gpus = 0
    await asked_for_a_gpu(ada, runner)
    assert ada.labels == ["Start"]
    runner.gpus = 1
    runner.will(failure())
    await ada.posts("y")
    assert ada.labels == ["Start"]


async def test_it_runs_on_a_gpu_after_what_had_succeeded_and_the_learner_hears_what_stays_there(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await ada.posts("x = torch.ones(2, 3)")
    runner.will(failure())
    await ada.posts("broken")
    await asked_for_a_gpu(ada, runner)
    before = await store.cells(1)
    runner.will(result(), result(value="6.0", inspection=tensors("y")))
    shown = await ada.presses(BUTTON)
    assert on_gpu(runner) == ["x = torch.ones(2, 3)", CUDA]
    assert shown.startswith("It ran in 12 ms.\n6.0\n[y  new · [2, 3]")
    assert "This ran on a GPU. It is given back after a minute without code, sooner if" in shown
    assert "Your session on the CPU is as it was." in shown
    assert ada.labels == ["Start"]
    assert await store.cells(1) == before
    await ada.posts("x + 1")
    assert runner.code[-1] == "x + 1"
    assert len(runner.on_gpu) == 2


async def test_a_session_on_a_gpu_runs_again_only_what_it_has_not_run(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner, "a = 1", "b = 2")
    await ada.presses(BUTTON)
    await asked_for_a_gpu(ada, runner, "c = 3")
    await ada.presses(BUTTON)
    assert on_gpu(runner) == ["a = 1", "b = 2", CUDA, "c = 3", CUDA]


async def test_after_a_reset_the_gpu_starts_anew_as_well(ada: Visitor, runner: FakeRunner) -> None:
    await asked_for_a_gpu(ada, runner, "a = 1")
    await ada.presses(BUTTON)
    await ada.says("reset")
    await asked_for_a_gpu(ada, runner, "a = 2", "b = 3")
    runner.gpu_session = True  # a run of before the reset has opened it again
    await ada.presses(BUTTON)
    assert on_gpu(runner)[2:] == ["a = 2", "b = 3", CUDA]


async def test_a_gpu_that_was_given_back_is_asked_for_anew(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner, "a = 1")
    await ada.presses(BUTTON)
    await asked_for_a_gpu(ada, runner)
    runner.will([Lost("its GPU was given back", "no")])
    shown = await ada.presses(BUTTON)
    assert on_gpu(runner)[2:] == [CUDA, "a = 1", CUDA]
    assert shown.startswith("It ran in 12 ms.")


async def test_code_that_may_have_run_on_a_gpu_is_not_run_twice_unasked(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner)
    runner.will([Lost("gone", "unknown")])
    shown = await ada.presses(BUTTON)
    assert (
        "The GPU was taken back before this was done.\nYour session on the CPU is as it was."
        in shown
    )
    assert on_gpu(runner) == [CUDA]
    assert ada.labels == [BUTTON, "Start"]


async def test_who_waits_for_a_gpu_sees_their_place_and_can_stop(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner, "a = 1")
    stopped = Ended(result("interrupted", alive=False), fresh=False)
    runner.will([Queued(2, gpu=True), Queued(1, gpu=True), Running(1.0, ()), stopped])
    shown = await ada.presses(BUTTON)
    said = ["\n".join(p.text for p in r.parts if isinstance(p, Note)) for r in ada.replies]
    assert said[:2] == [
        "Block 1 of 1 runs again.\nWaiting for a GPU: you are number 2.",
        "Block 1 of 1 runs again.\nWaiting for a GPU: you are next.",
    ]
    for reply in ada.replies[:3]:
        assert [a.ref for a in reply.actions if isinstance(a, Button)] == [Ref("stop")]
    assert shown == "Stopped by you, after 12 ms.\nYour session on the CPU is as it was."
    assert len({reply.slot for reply in ada.replies}) == 1
    assert ada.labels == [BUTTON, "Start"]


async def test_no_free_gpu_is_told_with_a_time_to_come_back(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner)
    runner.will([Refused(8.0)])
    assert "Every GPU is taken just now. Try again in 8 seconds." in await ada.presses(BUTTON)
    await ada.presses(BUTTON)
    assert on_gpu(runner) == [CUDA, CUDA]


async def test_a_block_that_fails_on_the_gpu_ends_the_replay_there(
    ada: Visitor, runner: FakeRunner
) -> None:
    await asked_for_a_gpu(ada, runner, "a = 1", "b = 2")
    runner.will(result(), failure())
    shown = await ada.presses(BUTTON)
    assert "Block 2 of 2 did not run as it did before, so the replay ends here." in shown
    assert "NameError" in shown
    await ada.sends(Ref("gpu", (digest(CUDA),)))
    assert on_gpu(runner) == ["a = 1", "b = 2", "b = 2", CUDA]


async def test_a_step_has_its_values_on_the_gpu_too(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("challenge")
    await asked_for_a_gpu(ada, runner, "G = F")
    assert ada.labels[0] == BUTTON
    await ada.presses(BUTTON)
    assert [set(cell.given) for cell in runner.on_gpu] == [{"n", "F", "W", "M"}, set()]
    assert "Submit" not in ada.labels


async def test_the_button_outlives_a_restart(
    ada: Visitor, runner: FakeRunner, restarted: Restarted
) -> None:
    await asked_for_a_gpu(ada, runner, "a = 1")
    ada = restarted()
    await ada.sends(Ref("gpu", (digest(CUDA),)))
    assert on_gpu(runner) == ["a = 1", CUDA]


@pytest.mark.parametrize("args", [(), ("00000000",), ("x" * 500,), ("a", "b")])
async def test_a_forged_button_runs_nothing(
    ada: Visitor, runner: FakeRunner, args: tuple[str, ...]
) -> None:
    await asked_for_a_gpu(ada, runner)
    assert "no longer there" in await ada.sends(Ref("gpu", args))
    assert runner.on_gpu == []


async def test_nobody_runs_somebody_elses_code_on_a_gpu(tutor: Tutor, runner: FakeRunner) -> None:
    await asked_for_a_gpu(Visitor(tutor), runner)
    assert "no longer there" in await Visitor(tutor, "bob").sends(Ref("gpu", (digest(CUDA),)))
    assert runner.on_gpu == []


async def test_where_the_gpus_are_gone_the_button_says_so(ada: Visitor, runner: FakeRunner) -> None:
    await asked_for_a_gpu(ada, runner)
    runner.gpus = 0
    assert "There is no GPU here now." in await ada.presses(BUTTON)
    assert runner.on_gpu == []


async def test_a_second_press_waits_for_the_first(ada: Visitor, runner: FakeRunner) -> None:
    await asked_for_a_gpu(ada, runner)
    runner.will([Queued(1, gpu=True), Ended(result(), fresh=True)])
    first = ada.tutor.handle(Pressed(ref=Ref("gpu", (digest(CUDA),)), **ada._where()))
    await anext(first)
    assert "on a GPU, or waits for one, already" in await ada.presses(BUTTON)
    await first.aclose()
    assert on_gpu(runner) == [CUDA]
    await ada.sends(Ref("gpu", (digest(CUDA),)))
    assert on_gpu(runner) == [CUDA, CUDA]


async def test_two_learners_share_one_gpu_by_turns(services: Services) -> None:
    executor = FakeExecutor()
    executor.gpu_slots = 1
    executor.results[CUDA] = needs_gpu()
    admission = Admission(executor, Limits(first_sign=0.01, every_sign=0.01))
    tutor = Tutor(replace(services, runner=admission))
    ada, bob = Visitor(tutor), Visitor(tutor, "bob")
    for visitor in (ada, bob):
        await visitor.posts("a = 1")
        await visitor.posts(CUDA)
    executor.results[CUDA] = result()
    assert "This ran on a GPU." in await ada.presses(BUTTON)

    button = Pressed(ref=Ref("gpu", (digest(CUDA),)), **bob._where())
    async with asyncio.timeout(10):
        async for reply in tutor.handle(button):
            if "you are next" in str(reply.parts):
                await bob.sends(Ref("stop"))
    assert "Stopped by you" in str(reply.parts)

    for visitor in (bob, ada):
        executor.take_back_gpus()
        shown = await visitor.sends(Ref("gpu", (digest(CUDA),)))
        assert "This ran on a GPU." in shown
    assert [call for call in executor.calls if call.startswith("run 1 on GPU")] == [
        "run 1 on GPU a = 1",
        f"run 1 on GPU {CUDA}",
        f"run 1 on GPU {CUDA}",
        "run 1 on GPU a = 1",
        f"run 1 on GPU {CUDA}",
    ]
    await admission.aclose()
