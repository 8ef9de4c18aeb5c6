"""What is counted, timed and named of what passes by, which itself stays as it was."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from bot.admission import Admission, Limits
from bot.curriculum import LoadedCurriculum, read_lesson
from bot.locales.catalogues import load_catalogues
from bot.operations.figures import Figures
from bot.operations.watched import (
    WatchedExecutor,
    WatchedGrading,
    WatchedPictures,
    WatchedTutor,
)
from bot.storage.database import open_database
from bot.storage.sqlite import SqliteStore
from bot.tutor.assess import Assessor
from bot.tutor.drawing import Drawing, Formula
from bot.tutor.event import Actor, CodePosted, Command, MessageKey, Place
from bot.tutor.reply import Reply
from bot.tutor.task import task_for_step
from bot.tutor.turn import Services
from sandbox.client import Sink
from sandbox.inspection import Look
from sandbox.logs import REQUEST
from sandbox.wire import (
    BackendUnavailable,
    Busy,
    Cell,
    Evaluation,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
)
from tests.doubles.fake_executor import FakeExecutor
from tests.doubles.fake_runner import FakeRunner, result
from tests.doubles.inprocess import InProcess
from tests.doubles.member import StoppedClock
from tests.doubles.recorded_pictures import RecordedPictures

LESSON = Path(__file__).parents[3] / "lessons/01-tensors/lesson.yaml"
ADA = Actor("console", "ada", "Ada", "en")
HELP = Command(actor=ADA, place=Place("terminal"), key=MessageKey("console", "d", "1"), verb="help")


def samples(figures: Figures) -> dict[str, float]:
    return {
        " ".join((one.name, *one.labels.values())): one.value
        for family in figures.registry.collect()
        for one in family.samples
    }


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    evaluate = InProcess()
    async with open_database(tmp_path / "tutor.db") as database:
        store = SqliteStore(database)
        yield Services(
            store=store,
            curriculum=LoadedCurriculum([read_lesson(LESSON, "tensors-101")]),
            runner=FakeRunner(evaluate),
            assessor=Assessor(evaluate, await store.server_secret()),
            wordings=load_catalogues(),
            clock=StoppedClock(),
            pictures=RecordedPictures(),
            later=lambda work: work.close(),
        )


# The tutor ------------------------------------------------------------------------------------


async def test_each_event_counts_and_its_first_reply_is_timed(
    services: Services, figures: Figures
) -> None:
    tutor = WatchedTutor(services, figures)
    assert [reply async for reply in tutor.handle(HELP)]
    found = samples(figures)
    assert found["tutor_events_total command"] == 1
    assert found["tutor_stage_seconds_count first_reply"] == 1
    assert figures.so_far().first_reply is not None


async def test_an_event_without_a_name_gets_one_and_the_next_another(
    services: Services, figures: Figures, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.operations.watched")
    names: list[str] = []
    tutor = WatchedTutor(services, figures)
    for _ in range(2):
        names += [REQUEST.get() async for _ in tutor.handle(HELP)]
    assert len(set(names)) == 2
    assert all(names)
    assert REQUEST.get() == ""
    assert [one.message.split(" in ")[0] for one in caplog.records] == ["command: 1 replies"] * 2


async def test_a_name_that_was_given_where_the_event_came_in_stays(
    services: Services, figures: Figures
) -> None:
    tutor = WatchedTutor(services, figures)

    async def edge() -> list[str]:
        REQUEST.set("abc123")
        return [REQUEST.get() async for _ in tutor.handle(HELP)] + [REQUEST.get()]

    assert set(await asyncio.create_task(edge())) == {"abc123"}


async def test_whoever_asks_for_the_next_reply_does_so_under_the_same_name(
    services: Services, figures: Figures
) -> None:
    seen: list[str] = []

    class Telling(WatchedTutor):
        async def _handled(self, event: object) -> AsyncGenerator[Reply, None]:
            for _ in range(3):
                seen.append(REQUEST.get())
                yield Reply(())

    replies = Telling(services, figures).handle(HELP)
    for _ in range(3):
        await asyncio.create_task(anext(replies))
    await replies.aclose()
    assert len(seen) == 3
    assert len(set(seen)) == 1


async def test_nothing_that_was_written_is_logged(
    services: Services, figures: Figures, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    event = CodePosted(
        actor=Actor("discord", "7", "canary-name"),
        place=Place("dm"),
        key=MessageKey("discord", "d", "1"),
        cells=("'canary-code'",),
    )
    async for _ in WatchedTutor(services, figures).handle(event):
        pass
    assert "code_posted: " in caplog.text
    assert "canary" not in "".join(
        one.getMessage() for one in caplog.records if one.name.startswith("bot")
    )


# Executor -------------------------------------------------------------------------------------


async def quiet(_stream: str, _text: str) -> None:
    pass


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (result("ok"), "ok"),
        (result("timeout"), "timeout"),
        (Busy(1.0), "busy"),
        (SessionLost("gone", "unknown"), "lost"),
        (BackendUnavailable("gone"), "unavailable"),
    ],
)
async def test_runs_count_by_how_they_ended(
    figures: Figures, outcome: RunResult | Exception, status: str
) -> None:
    fake = FakeExecutor()
    if isinstance(outcome, Exception):
        fake.trouble("run", outcome)
    else:
        fake.results["x"] = outcome
    watched = WatchedExecutor(fake, figures)
    ref = await watched.open("1", SessionSpec(), 5)
    if isinstance(outcome, Exception):
        with pytest.raises(type(outcome)):
            await watched.run(ref, Cell("x"), quiet)
    else:
        assert await watched.run(ref, Cell("x"), quiet) == outcome
    found = samples(figures)
    assert found[f"tutor_runs_total {status}"] == 1
    assert found["tutor_stage_seconds_count run"] == found["tutor_stage_seconds_count open"] == 1


async def test_a_look_is_no_run(figures: Figures) -> None:
    watched = WatchedExecutor(FakeExecutor(), figures)
    ref = await watched.open("1", SessionSpec(), 5)
    await watched.run(ref, Cell("", look=Look("x")), quiet)
    assert samples(figures)["tutor_stage_seconds_count run"] == 0


async def test_a_run_that_waits_in_line_keeps_the_name_it_came_with(figures: Figures) -> None:
    names: dict[str, str] = {}

    class Naming(FakeExecutor):
        async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
            names[cell.code] = REQUEST.get()
            return await super().run(ref, cell, on_output)

    admission = Admission(WatchedExecutor(Naming(), figures), Limits(in_flight=1))

    async def request(learner: int) -> None:
        REQUEST.set(f"{learner:012x}")
        async for _ in admission.run(learner, Cell(f"x = {learner}")):
            pass

    await asyncio.gather(*(asyncio.create_task(request(number)) for number in range(4)))
    await admission.aclose()
    assert names == {f"x = {number}": f"{number:012x}" for number in range(4)}


# The rest -------------------------------------------------------------------------------------


async def test_pictures_are_timed(figures: Figures) -> None:
    class Drawer:
        async def png(self, drawing: Drawing) -> bytes | None:
            return b"png"

    assert await WatchedPictures(Drawer(), figures).png(Formula("x")) == b"png"
    assert samples(figures)["tutor_stage_seconds_count picture"] == 1


async def test_verdicts_count(services: Services, figures: Figures) -> None:
    lesson = services.curriculum.lessons[0]
    assert lesson.challenge is not None
    task = task_for_step(lesson, lesson.challenge.steps[0].id)
    verdict = await WatchedGrading(services.assessor, figures).assess(1, task, 1, [task.starter])
    assert samples(figures)[f"tutor_verdicts_total {verdict.outcome}"] == 1


async def test_evaluations_are_timed(figures: Figures) -> None:
    watched = WatchedExecutor(FakeExecutor(), figures)
    await watched.evaluate(Evaluation(given={}, cells=("1",), exports={}, seed=1), 5)
    assert samples(figures)["tutor_stage_seconds_count evaluate"] == 1
