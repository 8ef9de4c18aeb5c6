"""What the program works with, each part as it was but counted, timed and logged."""

import logging
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from time import perf_counter

from bot.operations.figures import Figures
from bot.tutor.drawing import Drawing
from bot.tutor.event import Event
from bot.tutor.ports import Pictures
from bot.tutor.reply import Reply
from bot.tutor.streams import closing
from bot.tutor.task import Task
from bot.tutor.turn import Grading, Services
from bot.tutor.tutor import Tutor
from bot.tutor.verdict import Verdict
from sandbox.client import Executor, Sink
from sandbox.logs import REQUEST, begin
from sandbox.wire import (
    BackendUnavailable,
    Busy,
    Capacity,
    Cell,
    Evaluation,
    Exports,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
    Value,
)

log = logging.getLogger(__name__)


class WatchedTutor(Tutor):
    """The tutor, each of whose answers has a name in the log and counts among the figures."""

    def __init__(self, services: Services, figures: Figures) -> None:
        super().__init__(services)
        self._figures = figures

    async def handle(self, event: Event) -> AsyncGenerator[Reply, None]:
        """Answer `event`, under the name that it was given where it came in, else under a new one."""
        given = REQUEST.get()
        request, kind = given or begin(), _kind(event)
        self._figures.happened(kind)
        began, count = perf_counter(), 0
        try:
            async with closing(super().handle(event)) as replies:
                while (reply := await anext(replies, None)) is not None:
                    count += 1
                    if count == 1:
                        self._figures.took("first_reply", perf_counter() - began)
                    yield reply
                    REQUEST.set(request)  # who asks for the next may be another task
        finally:
            log.info("%s: %d replies in %.3f s", kind, count, perf_counter() - began)
            if not given and REQUEST.get() == request:
                REQUEST.set("")  # a terminal asks for everything in one task


class WatchedExecutor:
    """An executor whose calls are timed, and whose runs are counted by how they ended."""

    def __init__(self, executor: Executor, figures: Figures) -> None:
        self._executor = executor
        self._figures = figures

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        with self._figures.timed("open"):
            return await self._executor.open(learner, spec, deadline)

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        if cell.look is not None:  # nothing runs
            return await self._executor.run(ref, cell, on_output)
        status = "cancelled"
        try:
            with self._figures.timed("run"):
                result = await self._executor.run(ref, cell, on_output)
            status = result.status
        except (Busy, SessionLost, BackendUnavailable) as trouble:
            status = _TROUBLE[type(trouble)]
            raise
        finally:
            self._figures.ran(status)
        log.info("a run in session %s: %s, %.3f s", ref.session_id, status, result.seconds)
        return result

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        with self._figures.timed("evaluate"):
            return await self._executor.evaluate(job, deadline)

    async def interrupt(self, ref: SessionRef) -> None:
        await self._executor.interrupt(ref)

    async def close(self, ref: SessionRef) -> None:
        await self._executor.close(ref)

    async def capacity(self) -> Capacity:
        return await self._executor.capacity()


_TROUBLE: dict[type[Exception], str] = {
    Busy: "busy",
    SessionLost: "lost",
    BackendUnavailable: "unavailable",
}


class WatchedPictures:
    """A drawer whose pictures are timed."""

    def __init__(self, pictures: Pictures, figures: Figures) -> None:
        self._pictures = pictures
        self._figures = figures

    async def png(self, drawing: Drawing) -> bytes | None:
        with self._figures.timed("picture"):
            return await self._pictures.png(drawing)


class WatchedGrading:
    """Grading whose verdicts are counted."""

    def __init__(self, grading: Grading, figures: Figures) -> None:
        self._grading = grading
        self._figures = figures

    async def public_given(self, learner: int, task: Task) -> Mapping[str, Value]:
        return await self._grading.public_given(learner, task)

    async def prepare(self, learner: int, task: Task, attempt: int) -> None:
        await self._grading.prepare(learner, task, attempt)

    async def assess(self, learner: int, task: Task, attempt: int, cells: Sequence[str]) -> Verdict:
        verdict = await self._grading.assess(learner, task, attempt, cells)
        self._figures.judged(verdict.outcome)
        return verdict

    async def predict_key(self, learner: int, code: str) -> str:
        return await self._grading.predict_key(learner, code)


def _kind(event: Event) -> str:
    """Return the kind of `event` as a label: `CodePosted` is "code_posted"."""
    return re.sub(r"(?<=.)([A-Z])", r"_\1", type(event).__name__).lower()
