import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.admission import Admission, Limits
from bot.tutor.ports import Ended, GradingUnavailable, Lost, Queued, Refused, RunEvent, Running
from sandbox.client import Executor
from sandbox.inspection import Look
from sandbox.wire import (
    BackendUnavailable,
    Busy,
    Cell,
    Device,
    Evaluation,
    PlainValue,
    SessionLost,
    SessionSpec,
)
from tests.doubles.fake_executor import FakeExecutor, until
from tests.doubles.fake_runner import result

QUICK = Limits(first_sign=0.01, every_sign=0.01, busy_wait=0.01, closing=1.0)
PATIENT = Limits(first_sign=60.0, every_sign=0.01, busy_wait=0.01)


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
async def admission(executor: FakeExecutor) -> AsyncIterator[Admission]:
    made = Admission(executor, PATIENT)
    yield made
    await made.aclose()


def cell(code: str = "x = 1") -> Cell:
    return Cell(code=code)


async def outcome(admission: Admission, learner: int, code: str = "x = 1") -> RunEvent:
    """Run `code` and return the last event."""
    return [event async for event in admission.run(learner, cell(code))][-1]


def start(admission: Admission, learner: int, code: str) -> asyncio.Task[RunEvent]:
    return asyncio.create_task(outcome(admission, learner, code))


async def settled(task: asyncio.Task[RunEvent]) -> RunEvent:
    return await asyncio.wait_for(task, 10)


async def test_the_fake_is_an_executor(executor: FakeExecutor) -> None:
    as_executor: Executor = executor
    assert (await as_executor.capacity()).running == 0


# Sessions ---------------------------------------------------------------------------------------


async def test_the_first_run_opens_a_session_and_the_next_one_finds_it(
    admission: Admission, executor: FakeExecutor
) -> None:
    assert not admission.has_session(1)
    assert await outcome(admission, 1, "a") == Ended(result(), fresh=True)
    assert admission.has_session(1)
    assert await outcome(admission, 1, "b") == Ended(result(), fresh=False)
    assert executor.calls == ["open 1", "run 1 a", "run 1 b"]


async def test_a_new_session_runs_what_has_to_come_first(
    admission: Admission, executor: FakeExecutor
) -> None:
    first = Cell(code="", given={"F": PlainValue(1)})
    for code in ("a", "b"):
        assert [event async for event in admission.run(1, cell(code), first)]
    assert executor.calls == ["open 1", "run 1 ['F']", "run 1 a", "run 1 b"]


async def test_learners_have_sessions_of_their_own(
    admission: Admission, executor: FakeExecutor
) -> None:
    await outcome(admission, 1)
    await outcome(admission, 2)
    assert executor.calls == ["open 1", "run 1 x = 1", "open 2", "run 2 x = 1"]


async def test_a_session_that_died_is_forgotten(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.results["boom"] = result("killed", alive=False)
    await outcome(admission, 1, "boom")
    assert not admission.has_session(1)
    assert await outcome(admission, 1) == Ended(result(), fresh=True)


@pytest.mark.parametrize("ran", ["no", "unknown", "yes"])
async def test_a_lost_session_is_told_and_never_reopened_silently(
    admission: Admission, executor: FakeExecutor, ran: str
) -> None:
    await outcome(admission, 1)
    executor.trouble("run", SessionLost("evicted", ran))  # type: ignore[arg-type]
    assert await outcome(admission, 1) == Lost("evicted", ran)  # type: ignore[arg-type]
    assert executor.calls.count("open 1") == 1
    assert not admission.has_session(1)
    assert await outcome(admission, 1) == Ended(result(), fresh=True)


async def test_a_session_lost_before_the_cell_began_did_not_run_it(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("run", SessionLost("gone", "yes"))
    events = [event async for event in admission.run(1, cell(), Cell(code="first"))]
    assert events == [Lost("gone", "no")]
    assert not admission.has_session(1)


async def test_reset_closes_the_session_and_the_next_run_opens_another(
    admission: Admission, executor: FakeExecutor
) -> None:
    await admission.reset(1)
    await outcome(admission, 1)
    executor.trouble("close", BackendUnavailable("gone"))
    await admission.reset(1)
    assert not admission.has_session(1)
    assert await outcome(admission, 1) == Ended(result(), fresh=True)
    assert executor.calls[2] == "close 1"


async def test_a_look_runs_in_the_session_there_is_and_counts_as_no_code(
    admission: Admission, executor: FakeExecutor
) -> None:
    await outcome(admission, 1, "a")
    look = Cell(code="", look=Look("x", (1,)))
    (seen,) = [event async for event in admission.run(1, look)]
    assert isinstance(seen, Ended)
    assert not seen.fresh
    assert [event async for event in admission.run(1, cell("b"), instead_of="a")]
    assert executor.calls == ["open 1", "run 1 a", "run 1 look x", "run 1 b instead"]


async def test_a_look_opens_no_session(admission: Admission, executor: FakeExecutor) -> None:
    (event,) = [event async for event in admission.run(1, Cell(code="", look=Look("x")))]
    assert isinstance(event, Lost)
    assert event.ran == "no"
    assert executor.calls == []
    assert not admission.has_session(1)


async def test_a_look_waits_for_the_run_in_flight(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.hold = True
    running = start(admission, 1, "a")
    await executor.held_runs(1)
    looking = asyncio.create_task(_last(admission.run(1, Cell(code="", look=Look("x")))))
    await asyncio.sleep(0.01)
    assert executor.calls == ["open 1", "run 1 a"]
    executor.finish("a")
    await settled(running)
    assert isinstance(await settled(looking), Ended)
    assert executor.calls[-1] == "run 1 look x"


async def _last(events: AsyncIterator[RunEvent]) -> RunEvent:
    return [event async for event in events][-1]


async def test_code_runs_instead_of_other_code_only_where_that_ran_last(
    admission: Admission, executor: FakeExecutor
) -> None:
    async def edited(code: str, old: str) -> None:
        assert [event async for event in admission.run(1, cell(code), instead_of=old)]

    await outcome(admission, 1, "a")
    await edited("b", "a")
    await edited("c", "a")
    await outcome(admission, 1, "d")
    await edited("e", "c")
    await admission.reset(1)
    await edited("f", "e")
    assert [call for call in executor.calls if call.startswith("run")] == [
        "run 1 a", "run 1 b instead", "run 1 c", "run 1 d", "run 1 e", "run 1 f",
    ]  # fmt: skip


# Fairness ---------------------------------------------------------------------------------------


async def test_a_learners_runs_come_one_after_the_other(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.hold = True
    tasks = [start(admission, 1, code) for code in "abc"]
    for code in "abc":
        assert await executor.held_runs(1) == [code]
        executor.finish(code)
    assert [type(await settled(task)) for task in tasks] == [Ended] * 3


async def test_no_more_runs_are_in_flight_than_allowed(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(in_flight=3))
    await asyncio.gather(*(outcome(admission, learner) for learner in range(20)))
    assert executor.peak == 3


async def test_learners_take_turns(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(in_flight=1))
    executor.hold = True
    waiting = [start(admission, 1, code) for code in ("a1", "a2", "a3")]
    await asyncio.sleep(0)
    waiting += [start(admission, 2, "b1"), start(admission, 2, "b2"), start(admission, 3, "c1")]
    order = []
    for _ in waiting:
        (code,) = await executor.held_runs(1)
        order.append(code)
        executor.finish(code)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]
    await asyncio.gather(*waiting)


async def test_who_waits_is_told_their_place_as_it_changes(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(in_flight=1, every_sign=0.001, first_sign=60))
    executor.hold = True
    others = [start(admission, learner, f"other {learner}") for learner in (1, 2, 3)]
    await executor.held_runs(1)
    mine = admission.run(4, cell("mine"))
    for learner in (1, 2, 3):
        assert await anext(mine) == Queued(4 - learner)
        executor.finish(f"other {learner}")
        await executor.held_runs(1)
    executor.finish("mine")
    assert [event async for event in mine] == [Ended(result(), fresh=True)]
    await asyncio.gather(*others)


async def test_a_run_that_starts_at_once_is_never_called_queued(admission: Admission) -> None:
    events = [event async for event in admission.run(1, cell())]
    assert events == [Ended(result(), fresh=True)]


async def test_a_full_queue_refuses_with_a_time_to_come_back(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(in_flight=1, waiting=2, waiting_each=1))
    executor.hold = True
    running = start(admission, 1, "a")
    await executor.held_runs(1)
    waiting = start(admission, 1, "b")
    await asyncio.sleep(0)
    assert await outcome(admission, 1, "c") == Refused(5.0)
    other = start(admission, 2, "d")
    await asyncio.sleep(0)
    assert await outcome(admission, 3, "e") == Refused(5.0)
    for code in ("a", "d", "b"):
        await executor.held_runs(1)
        executor.finish(code)
    assert [type(await settled(task)) for task in (running, waiting, other)] == [Ended] * 3


# Signs of life ----------------------------------------------------------------------------------


async def test_a_long_run_shows_how_long_and_what_it_printed(executor: FakeExecutor) -> None:
    admission = Admission(executor, QUICK)
    executor.hold = True
    executor.output["x"] = ["one\n", "two\n"]
    seen: list[Running] = []
    async for event in admission.run(1, cell("x")):
        if isinstance(event, Running):
            seen.append(event)
            if len(seen) == 3:
                executor.finish("x")
    assert seen[0].output == (("stdout", "one\n"), ("stdout", "two\n"))
    assert 0.01 <= seen[0].seconds < seen[1].seconds < seen[2].seconds


async def test_a_flood_is_shown_by_its_end(executor: FakeExecutor) -> None:
    admission = Admission(executor, QUICK)
    executor.hold = True
    executor.output["x"] = [f"{number:1000}" for number in range(1000)]
    async for event in admission.run(1, cell("x")):
        if isinstance(event, Running):
            text = "".join(text for _, text in event.output)
            assert text.endswith("999")
            assert len(text) <= 64 * 1024
            if "x" in executor.held:
                executor.finish("x")


# Stopping ---------------------------------------------------------------------------------------


async def test_stop_interrupts_the_run_in_flight_before_what_waits_in_the_mailbox(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.hold = True
    tasks = [start(admission, 1, "a"), start(admission, 1, "b")]
    await executor.held_runs(1)
    assert await admission.stop(1)
    assert await settled(tasks[0]) == Ended(result("interrupted"), fresh=True)
    assert await executor.held_runs(1) == ["b"]
    executor.finish("b")
    assert await settled(tasks[1]) == Ended(result(), fresh=False)


async def test_stop_without_a_run_says_so(admission: Admission) -> None:
    assert not await admission.stop(1)
    await outcome(admission, 1)
    assert not await admission.stop(1)


async def test_stop_takes_back_what_has_not_begun(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(in_flight=1))
    executor.hold = True
    other = start(admission, 2, "other")
    await executor.held_runs(1)
    mine = start(admission, 1, "mine")
    await asyncio.sleep(0)
    assert await admission.stop(1)
    ended = await settled(mine)
    assert isinstance(ended, Ended)
    assert ended.result.status == "interrupted"
    executor.finish("other")
    await settled(other)
    assert "run 1 mine" not in executor.calls


async def test_stop_while_the_session_opens_keeps_the_code_from_running(
    admission: Admission, executor: FakeExecutor
) -> None:
    task = start(admission, 1, "mine")
    await until(lambda: "open 1" in executor.calls)
    assert await admission.stop(1)
    ended = await settled(task)
    assert isinstance(ended, Ended)
    assert ended.result.status == "interrupted"
    assert executor.calls == ["open 1"]


async def test_a_sandbox_that_is_gone_does_not_make_stop_fail(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.hold = True
    task = start(admission, 1, "a")
    await executor.held_runs(1)
    executor.trouble("interrupt", BackendUnavailable("gone"))
    assert await admission.stop(1)
    executor.finish("a", SessionLost("gone", "unknown"))
    assert await settled(task) == Lost("gone", "unknown")


async def test_a_reader_who_leaves_interrupts_the_run(executor: FakeExecutor) -> None:
    admission = Admission(executor, QUICK)
    executor.hold = True
    events = admission.run(1, cell("endless"))
    assert isinstance(await anext(events), Running)
    await events.aclose()
    assert executor.calls[-1] == "interrupt 1"
    executor.hold = False
    assert await outcome(admission, 1, "next") == Ended(result(), fresh=False)


async def test_a_reader_who_leaves_the_line_is_not_run(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(in_flight=1))
    executor.hold = True
    other = start(admission, 2, "other")
    await executor.held_runs(1)
    events = admission.run(1, cell("mine"))
    assert await anext(events) == Queued(1)
    await events.aclose()
    executor.finish("other")
    await settled(other)
    executor.hold = False
    await outcome(admission, 1, "later")
    assert "run 1 mine" not in executor.calls


async def test_a_cancelled_reader_interrupts_the_run(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.hold = True
    task = start(admission, 1, "a")
    await executor.held_runs(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert executor.calls[-1] == "interrupt 1"


async def test_stop_can_be_about_one_cell_wherever_it_is(executor: FakeExecutor) -> None:
    admission = Admission(executor, PATIENT)
    executor.hold = True
    cells = [cell(code) for code in ("a", "b", "c")]
    tasks = []
    for one in cells:
        tasks.append(asyncio.create_task(ending(admission, one)))
        await asyncio.sleep(0)
    await executor.held_runs(1)
    assert not await admission.stop(1, cell("a"))  # the same code, and yet another
    assert await admission.stop(1, cells[1])
    ended = await settled(tasks[1])
    assert isinstance(ended, Ended)
    assert ended.result.status == "interrupted"
    assert await admission.stop(1, cells[0])
    assert await settled(tasks[0]) == Ended(result("interrupted"), fresh=True)
    assert await executor.held_runs(1) == ["c"]
    executor.finish("c")
    assert await settled(tasks[2]) == Ended(result(), fresh=False)
    assert "run 1 b" not in executor.calls


async def ending(admission: Admission, one: Cell) -> RunEvent:
    return [event async for event in admission.run(1, one)][-1]


async def test_whoever_is_forgotten_has_nothing_running_waiting_or_open(
    admission: Admission, executor: FakeExecutor
) -> None:
    await outcome(admission, 2, "of another")
    executor.gpu_slots = 1
    assert [event async for event in admission.run(1, cell("on gpu"), gpu=True)]
    executor.hold = True
    tasks = [start(admission, 1, code) for code in ("a", "b")]
    await executor.held_runs(1)
    await admission.forget(1)
    for task in tasks:
        ended = await settled(task)
        assert isinstance(ended, Ended)
        assert ended.result.status == "interrupted"
    assert "run 1 b" not in executor.calls
    assert not admission.has_session(1)
    assert not admission.has_session(1, gpu=True)
    assert {"close 1", "close 1 on GPU"} <= set(executor.calls)
    assert admission.has_session(2)
    executor.hold = False
    assert await outcome(admission, 1) == Ended(result(), fresh=True)


async def test_forgetting_does_not_wait_for_ever(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(closing=0.05))
    executor.hold = True
    task = start(admission, 1, "stubborn")
    await executor.held_runs(1)
    executor.trouble("interrupt", BackendUnavailable("deaf"))
    await asyncio.wait_for(admission.forget(1), 5)
    assert executor.calls[-1] == "close 1"
    executor.finish("stubborn", SessionLost("closed", "unknown"))
    assert await settled(task) == Lost("closed", "unknown")


# Code that is not the learner's -----------------------------------------------------------------


async def aside(admission: Admission, name: str, code: str) -> RunEvent:
    return [event async for event in admission.run(1, cell(code), aside=name)][-1]


async def test_a_strangers_code_has_a_session_of_its_own_until_it_is_left(
    admission: Admission, executor: FakeExecutor
) -> None:
    await outcome(admission, 1, "mine")
    assert await aside(admission, "m", "theirs") == Ended(result(), fresh=True)
    assert await aside(admission, "m", "more") == Ended(result(), fresh=False)
    assert await outcome(admission, 1, "mine") == Ended(result(), fresh=False)
    await admission.leave(1, "m")
    await admission.leave(1, "m")
    assert executor.calls.count("close 1") == 1
    assert admission.has_session(1)
    assert await aside(admission, "m", "theirs") == Ended(result(), fresh=True)


async def test_no_name_of_a_strangers_code_means_a_session_of_the_learners(
    admission: Admission, executor: FakeExecutor
) -> None:
    await outcome(admission, 1, "mine")
    for name in ("gpu", "own", " "):
        assert await aside(admission, name, "theirs") == Ended(result(), fresh=True)
        await admission.leave(1, name)
    assert not admission.has_session(1, gpu=True)
    assert admission.has_session(1)


async def test_a_strangers_code_takes_the_turn_of_whoever_asked_for_it(
    executor: FakeExecutor,
) -> None:
    admission = Admission(executor, Limits(waiting_each=1))
    executor.hold = True
    theirs = asyncio.create_task(aside(admission, "m", "theirs"))
    await executor.held_runs(1)
    mine = start(admission, 1, "mine")
    await asyncio.sleep(0)
    assert isinstance(await aside(admission, "n", "too much"), Refused)
    assert await admission.stop(1)
    assert await settled(theirs) == Ended(result("interrupted"), fresh=True)
    await executor.held_runs(1)
    executor.finish("mine")
    assert await settled(mine) == Ended(result(), fresh=True)


async def test_a_strangers_session_that_was_left_while_it_opened_ends_all_the_same(
    executor: FakeExecutor,
) -> None:
    admission = Admission(executor, PATIENT)
    task = asyncio.create_task(aside(admission, "m", "theirs"))
    await until(lambda: "open 1" in executor.calls)
    assert await admission.stop(1)
    await admission.leave(1, "m")
    await settled(task)
    await until(lambda: "close 1" in executor.calls)
    assert executor.calls == ["open 1", "close 1"]


# Trouble ----------------------------------------------------------------------------------------


async def test_a_busy_sandbox_is_waited_for_with_a_place_shown(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("open", Busy(0.05))
    executor.trouble("run", Busy(0.05))
    events = [event async for event in admission.run(1, cell())]
    assert events[-1] == Ended(result(), fresh=True)
    assert set(events[:-1]) <= {Queued(1)}
    assert executor.calls == ["open 1", "open 1", "run 1 x = 1", "run 1 x = 1"]


async def test_a_sandbox_that_stays_busy_refuses(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("open", *(Busy(7.0) for _ in range(3)))
    assert await outcome(admission, 1) == Refused(7.0)
    assert await outcome(admission, 1) == Ended(result(), fresh=True)


async def test_who_waits_for_a_session_keeps_nobody_waiting_who_has_one(
    executor: FakeExecutor,
) -> None:
    limits = Limits(in_flight=1, first_sign=60.0, busy_wait=60.0)
    admission = Admission(executor, limits)
    assert await outcome(admission, 1) == Ended(result(), fresh=True)
    executor.trouble("open", *(Busy(60.0) for _ in range(2)))
    without = [start(admission, learner, "y") for learner in (2, 3)]
    await until(lambda: not executor.troubles["open"])
    assert await settled(start(admission, 1, "z")) == Ended(result(), fresh=False)
    assert not any(task.done() for task in without)
    await admission.aclose()
    await asyncio.gather(*without)


async def test_a_sandbox_that_is_not_there_refuses(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("open", BackendUnavailable("no sandbox"))
    assert await outcome(admission, 1) == Refused(None)


async def test_what_comes_first_may_meet_a_busy_sandbox_too(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("run", Busy(0.01))
    first = Cell(code="", given={"F": PlainValue(1)})
    events = [event async for event in admission.run(1, cell("a"), first)]
    assert events[-1] == Ended(result(), fresh=True)
    assert executor.calls == [
        "open 1", "run 1 ['F']", "close 1", "open 1", "run 1 ['F']", "run 1 a",
    ]  # fmt: skip


async def test_a_fault_of_ours_is_raised_and_blocks_nobody(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("run", ValueError("the request can never be served"))
    with pytest.raises(ValueError, match="never be served"):
        await outcome(admission, 1)
    assert isinstance(await outcome(admission, 1), Ended)


# On a GPU ---------------------------------------------------------------------------------------


async def gpu_outcome(admission: Admission, learner: int, code: str = "x = 1") -> RunEvent:
    return [event async for event in admission.run(learner, cell(code), gpu=True)][-1]


def start_on_gpu(admission: Admission, learner: int, code: str) -> asyncio.Task[RunEvent]:
    return asyncio.create_task(gpu_outcome(admission, learner, code))


async def waiting_for_gpu(executor: FakeExecutor, *learners: str) -> None:
    async with asyncio.timeout(10):
        while (await executor.capacity()).gpu_queue != learners:
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("device", "slots", "offered"),
    [("auto", 1, True), ("auto", 0, False), ("cpu", 1, False), ("cuda", 1, False)],
)
async def test_a_gpu_is_offered_where_there_are_some_beside_the_cpu(
    executor: FakeExecutor, device: Device, slots: int, offered: bool
) -> None:
    executor.gpu_slots = slots
    assert await Admission(executor, spec=SessionSpec(device)).offers_gpu() is offered


async def test_a_sandbox_that_does_not_answer_offers_no_gpu(executor: FakeExecutor) -> None:
    executor.gpu_slots = 1
    executor.trouble("capacity", BackendUnavailable("gone"))
    assert not await Admission(executor).offers_gpu()
    assert await Admission(executor).offers_gpu()


async def test_a_session_on_a_gpu_is_one_beside_that_on_the_cpu(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.gpu_slots = 1
    await outcome(admission, 1, "a")
    assert not admission.has_session(1, gpu=True)
    assert await gpu_outcome(admission, 1, "b") == Ended(result(), fresh=True)
    assert await gpu_outcome(admission, 1, "c") == Ended(result(), fresh=False)
    assert await outcome(admission, 1, "d") == Ended(result(), fresh=False)
    runs = [call for call in executor.calls if call.startswith("run")]
    assert runs == ["run 1 a", "run 1 on GPU b", "run 1 on GPU c", "run 1 d"]


async def test_a_gpu_that_was_given_back_takes_nothing_from_the_cpu(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.gpu_slots = 1
    await outcome(admission, 1)
    await gpu_outcome(admission, 1)
    executor.take_back_gpus()
    assert await gpu_outcome(admission, 1) == Lost("its GPU was given back", "no")
    assert admission.has_session(1)
    assert not admission.has_session(1, gpu=True)
    assert await gpu_outcome(admission, 1) == Ended(result(), fresh=True)


async def test_who_waits_for_a_gpu_is_told_their_place_and_holds_nobody_up(
    executor: FakeExecutor,
) -> None:
    admission = Admission(executor, Limits(in_flight=1, every_sign=0.001, first_sign=0.001))
    executor.gpu_slots = 1
    await gpu_outcome(admission, 1)
    second = start_on_gpu(admission, 2, "second")
    await waiting_for_gpu(executor, "2")
    mine = admission.run(3, cell("mine"), gpu=True)
    async with asyncio.timeout(10):
        while await anext(mine) != Queued(2, gpu=True):
            pass
    assert await outcome(admission, 4) == Ended(result(), fresh=True)
    await admission.give_back(1)
    assert await settled(second) == Ended(result(), fresh=True)
    async with asyncio.timeout(10):
        while await anext(mine) != Queued(1, gpu=True):
            pass
        await admission.give_back(2)
        assert [event async for event in mine][-1] == Ended(result(), fresh=True)
    assert "run 3 on GPU mine" in executor.calls


async def test_stop_while_waiting_for_a_gpu_hands_it_back_when_it_comes(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.gpu_slots = 1
    await gpu_outcome(admission, 1)
    mine = start_on_gpu(admission, 2, "mine")
    await waiting_for_gpu(executor, "2")
    other = start_on_gpu(admission, 3, "other")
    await waiting_for_gpu(executor, "2", "3")
    assert await admission.stop(2)
    ended = await settled(mine)
    assert isinstance(ended, Ended)
    assert (ended.result.status, ended.result.alive) == ("interrupted", False)
    await admission.give_back(1)
    assert await settled(other) == Ended(result(), fresh=True)
    assert "close 2 on GPU" in executor.calls
    assert "run 2 on GPU mine" not in executor.calls


async def test_who_stopped_and_asks_again_keeps_their_place(executor: FakeExecutor) -> None:
    admission = Admission(executor, QUICK)
    executor.gpu_slots = 1
    await gpu_outcome(admission, 1)
    stopped = start_on_gpu(admission, 2, "stopped")
    await waiting_for_gpu(executor, "2")
    other = start_on_gpu(admission, 3, "other")
    await waiting_for_gpu(executor, "2", "3")
    await admission.stop(2)
    await settled(stopped)
    again = admission.run(2, cell("again"), gpu=True)
    assert await anext(again) == Queued(1, gpu=True)
    await admission.give_back(1)
    async with asyncio.timeout(10):
        assert [event async for event in again][-1] == Ended(result(), fresh=True)
    assert executor.calls.count("open 2 on GPU") == 1
    assert "close 2 on GPU" not in executor.calls
    await admission.give_back(2)
    assert await settled(other) == Ended(result(), fresh=True)


async def test_when_no_gpu_comes_free_in_time_the_run_is_refused_at_once(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.gpu_slots = 1
    executor.trouble("open", Busy(9.0))
    assert await gpu_outcome(admission, 1) == Refused(9.0)
    assert executor.calls.count("open 1 on GPU") == 1


async def test_so_many_may_wait_for_a_gpu_and_no_more(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(gpu_waiting=1, full_retry=7.0))
    waiting = start_on_gpu(admission, 1, "a")
    await waiting_for_gpu(executor, "1")
    assert await gpu_outcome(admission, 2) == Refused(7.0)
    assert await outcome(admission, 2) == Ended(result(), fresh=True)
    await admission.stop(1)
    await settled(waiting)


async def test_reset_gives_the_gpu_back(admission: Admission, executor: FakeExecutor) -> None:
    executor.gpu_slots = 1
    await outcome(admission, 1)
    await gpu_outcome(admission, 1)
    await admission.reset(1)
    assert executor.calls[-2:] == ["close 1", "close 1 on GPU"]
    assert (await executor.capacity()).gpu_free == 1


async def test_the_end_does_not_wait_for_a_gpu(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(closing=60.0))
    waiting = start_on_gpu(admission, 1, "a")
    await waiting_for_gpu(executor, "1")
    async with asyncio.timeout(30):
        await admission.aclose()
    assert isinstance(await settled(waiting), Ended)


# Grading ----------------------------------------------------------------------------------------


def job(name: str) -> Evaluation:
    return Evaluation(given={}, cells=(name,), exports={}, seed=0)


async def test_grading_jobs_come_back_by_name(admission: Admission) -> None:
    found = await admission.evaluate(1, {"public": job("a"), "hidden": job("b")})
    assert {name: exports.stdout for name, exports in found.items()} == {
        "public": "a",
        "hidden": "b",
    }


async def test_grading_jobs_share_a_bound(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(evaluations=2))
    jobs = {str(number): job(str(number)) for number in range(6)}
    await asyncio.gather(admission.evaluate(1, jobs), admission.evaluate(2, jobs))
    assert executor.peak == 2
    assert len(executor.calls) == 12


async def test_grading_waits_for_a_busy_sandbox(
    admission: Admission, executor: FakeExecutor
) -> None:
    executor.trouble("evaluate", Busy(0.01), Busy(0.01))
    assert "a" in await admission.evaluate(1, {"a": job("a")})


@pytest.mark.parametrize(
    "error", [Busy(0.01), BackendUnavailable("gone"), SessionLost("gone", "no")]
)
async def test_grading_that_cannot_be_done_says_so(
    admission: Admission, executor: FakeExecutor, error: Exception
) -> None:
    executor.trouble("evaluate", *[error] * 3)
    with pytest.raises(GradingUnavailable):
        await admission.evaluate(1, {"a": job("a")})


# The end ----------------------------------------------------------------------------------------


async def test_closing_stops_what_runs_refuses_what_comes_and_closes_sessions(
    executor: FakeExecutor,
) -> None:
    admission = Admission(executor, Limits(in_flight=1))
    await outcome(admission, 2)
    executor.hold = True
    running = start(admission, 1, "a")
    await executor.held_runs(1)
    waiting = start(admission, 2, "b")
    await asyncio.sleep(0)
    await admission.aclose()
    for task in (running, waiting):
        ended = await settled(task)
        assert isinstance(ended, Ended)
        assert ended.result.status == "interrupted"
    assert sorted(call for call in executor.calls if "close" in call) == ["close 1", "close 2"]
    assert await outcome(admission, 1) == Refused(None)


async def test_closing_does_not_wait_for_ever(executor: FakeExecutor) -> None:
    admission = Admission(executor, Limits(closing=0.01))
    executor.hold = True
    running = start(admission, 1, "a")
    await executor.held_runs(1)
    executor.trouble("interrupt", BackendUnavailable("deaf"))
    await admission.aclose()
    assert await settled(running) == Refused(None)
