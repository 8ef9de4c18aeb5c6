"""The minutes of each learner's code on a GPU: counted, and no more of them than a day has."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.tutor.access import Access
from bot.tutor.event import Place
from bot.tutor.reply import Moment
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.bot.tutor.test_on_gpu import BUTTON, asked_for_a_gpu
from tests.doubles.fake_runner import FakeRunner, result
from tests.doubles.member import DM, Member, StoppedClock

TODAY = date(2026, 3, 1)
USED_UP = "Your GPU time of today is used up (1 minutes)."


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def runner(runner: FakeRunner) -> FakeRunner:
    runner.gpus = 1
    return runner


@pytest.fixture
def tutor(services: Services, clock: StoppedClock) -> Tutor:
    access = Access(gpu_minutes_per_day=1)
    operators = frozenset({"discord:olga"})
    return Tutor(replace(services, clock=clock, access=access, operators=operators))


async def runs_on_gpu(member: Member, runner: FakeRunner, seconds: float) -> str:
    await asked_for_a_gpu(member, runner)
    runner.will(result(seconds=seconds))
    return await member.presses(BUTTON)


async def test_what_ran_on_a_gpu_is_counted_by_day(
    tutor: Tutor, runner: FakeRunner, services: Services, clock: StoppedClock
) -> None:
    ada = Member(tutor, "ada", DM)
    await runs_on_gpu(ada, runner, 12.5)
    await runs_on_gpu(ada, runner, 7.5)
    clock.passes(hours=12)
    await runs_on_gpu(ada, runner, 5)
    learner = await services.store.learner(ada.actor)
    assert await services.places.gpu_seconds(learner.id, TODAY) == 20
    assert await services.places.gpu_seconds(learner.id, date(2026, 3, 2)) == 5


async def test_runs_on_the_cpu_are_not_counted(tutor: Tutor, services: Services) -> None:
    ada = Member(tutor, "ada", DM)
    await ada.posts("x = 1")
    learner = await services.store.learner(ada.actor)
    assert await services.places.gpu_seconds(learner.id, TODAY) == 0


async def test_when_the_day_is_used_up_it_says_when_there_is_more(
    tutor: Tutor, runner: FakeRunner, clock: StoppedClock
) -> None:
    ada = Member(tutor, "ada", DM)
    assert "It ran" in await runs_on_gpu(ada, runner, 60)
    there = len(runner.on_gpu)
    assert USED_UP in await runs_on_gpu(ada, runner, 1)
    assert len(runner.on_gpu) == there
    (moment,) = [part for part in ada.seen.parts if isinstance(part, Moment)]
    assert moment.at == datetime(2026, 3, 2, tzinfo=UTC)
    assert ada.seen.visibility == "private"
    assert "Your GPU time" not in await Member(tutor, "bea", DM).posts("x = 1")
    clock.passes(hours=12)
    await asked_for_a_gpu(ada, runner)
    assert USED_UP not in await ada.presses(BUTTON)


@pytest.mark.parametrize(("name", "place"), [("olga", DM), ("ada", Place("terminal"))])
async def test_operators_and_terminals_have_as_much_as_there_is(
    tutor: Tutor, runner: FakeRunner, name: str, place: Place
) -> None:
    somebody = Member(tutor, name, place)
    await runs_on_gpu(somebody, runner, 90)
    assert USED_UP not in await runs_on_gpu(somebody, runner, 1)
