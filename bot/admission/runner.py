"""Runs code for learners on an executor: fairly, one run at a time each, in sessions that it keeps."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping

from bot.admission.errand import Errand, Outcome
from bot.admission.limits import Limits
from bot.admission.line import Line
from bot.tutor.ports import Ended, GradingUnavailable, Lost, Queued, Refused, RunEvent, Running
from sandbox.client import Executor
from sandbox.wire import (
    BackendUnavailable,
    Busy,
    Cell,
    Evaluation,
    Exports,
    SessionLost,
    SessionRef,
    SessionSpec,
    Stream,
)

_TROUBLE = (Busy, SessionLost, BackendUnavailable)


class Admission:
    """A `Runner` (bot.tutor.ports) on an executor: it keeps who has which session."""

    def __init__(
        self, executor: Executor, limits: Limits | None = None, spec: SessionSpec | None = None
    ) -> None:
        self._executor = executor
        self._limits = limits or Limits()
        self._spec = spec or SessionSpec()
        self._refs: dict[int, SessionRef] = {}
        self._line = Line()
        self._flying: dict[int, Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._grading = asyncio.Semaphore(self._limits.evaluations)
        self._is_closing = False

    def has_session(self, learner: int) -> bool:
        return learner in self._refs

    # Running --------------------------------------------------------------------------------------

    async def run(
        self, learner: int, cell: Cell, first: Cell | None = None
    ) -> AsyncGenerator[RunEvent, None]:
        """Run `cell` when it is the learner's turn; see `Runner`. Closing early interrupts it."""
        refusal = self._refusal(learner)
        if refusal:
            yield refusal
            return
        errand = Errand(learner, cell, first, asyncio.get_running_loop().create_future())
        errand.ended.add_done_callback(_looked_at)
        self._line.add(errand)
        self._admit()
        try:
            shown: RunEvent | None = None
            while not errand.ended.done():
                sign = self._sign(errand)
                if sign is not None and sign != shown:
                    shown = sign
                    yield sign
                await asyncio.wait({errand.ended}, timeout=self._pause(errand))
            yield errand.ended.result()
        finally:
            if not errand.ended.done():
                await self._halt(errand)

    def _refusal(self, learner: int) -> Refused | None:
        if self._is_closing:
            return Refused(None)
        own = len(self._line.of(learner))
        full = len(self._line) >= self._limits.waiting or own >= self._limits.waiting_each
        return Refused(self._limits.full_retry) if full else None

    def _pause(self, errand: Errand) -> float:
        """Return how long to wait before there is something new to tell."""
        if errand.started is None or errand.held_up:
            return self._limits.every_sign
        left = self._limits.first_sign - (_now() - errand.started)
        return left if left > 0 else self._limits.every_sign

    def _sign(self, errand: Errand) -> Queued | Running | None:
        place = 1 if errand.held_up else self._line.place(errand)
        if place is not None:
            return Queued(place)
        elapsed = 0.0 if errand.started is None else _now() - errand.started
        shown = elapsed >= self._limits.first_sign
        return Running(elapsed, tuple(errand.output)) if shown else None

    def _admit(self) -> None:
        """Start the errands whose turn it is."""
        while len(self._flying) < self._limits.in_flight and (errand := self._line.take()):
            errand.started = _now()
            self._flying[errand.learner] = errand
            task = asyncio.create_task(self._fly(errand))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fly(self, errand: Errand) -> None:
        outcome: Outcome = Refused(None)
        try:
            outcome = await self._outcome(errand)
        except Exception as error:  # noqa: BLE001  (whoever waits for the run gets it raised)
            errand.ended.set_exception(error)
        finally:
            errand.end(outcome)
            del self._flying[errand.learner]
            self._line.done(errand.learner)
            self._admit()

    async def _outcome(self, errand: Errand) -> Outcome:
        """Run the errand; when the sandbox is busy, try again a little later."""
        wait = 0.0
        for left in reversed(range(self._limits.busy_tries + 1)):
            try:
                return await self._attempt(errand)
            except Busy as busy:
                wait = busy.retry_after
            except SessionLost as lost:
                self._forget(errand.learner, errand.asked)
                return Lost(lost.why, lost.ran)
            except BackendUnavailable:
                return Refused(None)
            if left:
                await self._hold_up(errand, min(wait, self._limits.busy_wait))
        return Refused(wait)

    async def _hold_up(self, errand: Errand, seconds: float) -> None:
        errand.held_up = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(errand.stopping.wait(), seconds)
        errand.held_up = False

    async def _attempt(self, errand: Errand) -> Outcome:
        if errand.stopping.is_set():
            return errand.never_ran(alive=self.has_session(errand.learner))
        ref = self._refs.get(errand.learner) or await self._opened(errand)
        if errand.stopping.is_set():
            return errand.never_ran(alive=True)
        errand.asked = ref
        result = await self._executor.run(ref, errand.cell, errand.take)
        if not result.alive:
            self._forget(errand.learner, ref)
        return Ended(result, errand.fresh)

    async def _opened(self, errand: Errand) -> SessionRef:
        """Open a session for the errand, and run in it what has to come first."""
        ref = await self._executor.open(str(errand.learner), self._spec, self._limits.opening)
        errand.fresh = True
        if errand.first is not None:
            try:
                await self._executor.run(ref, errand.first, _unheard)
            except SessionLost as lost:
                raise SessionLost(lost.why, "no") from lost
            except (Busy, BackendUnavailable):
                await self._end(ref)
                raise
        self._refs[errand.learner] = ref
        return ref

    def _forget(self, learner: int, ref: SessionRef | None) -> None:
        if ref is not None and self._refs.get(learner) == ref:
            del self._refs[learner]

    # Stopping -------------------------------------------------------------------------------------

    async def stop(self, learner: int) -> bool:
        """Interrupt the learner's run in flight, else take back what waits; False if nothing does."""
        in_flight = self._flying.get(learner)
        errands = (in_flight,) if in_flight else self._line.of(learner)
        for errand in errands:
            await self._halt(errand)
        return bool(errands)

    async def _halt(self, errand: Errand) -> None:
        """Take an errand out of the queue, or interrupt it."""
        if self._line.remove(errand):
            errand.end(errand.never_ran(alive=True))
            return
        errand.stopping.set()
        if errand.asked is not None and not errand.held_up:
            with contextlib.suppress(*_TROUBLE):
                await self._executor.interrupt(errand.asked)

    async def reset(self, learner: int) -> None:
        """Close the learner's session; the next run opens a new one."""
        ref = self._refs.pop(learner, None)
        if ref is not None:
            await self._end(ref)

    async def _end(self, ref: SessionRef) -> None:
        with contextlib.suppress(*_TROUBLE):
            await self._executor.close(ref)

    async def aclose(self) -> None:
        """Let nothing in any more, stop what runs, and close every session."""
        self._is_closing = True
        for errand in self._line.everything():
            await self._halt(errand)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.closing):
                await asyncio.gather(*map(self._halt, list(self._flying.values())))
                await asyncio.gather(*self._tasks)
                await asyncio.gather(*map(self._end, self._refs.values()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._refs.clear()

    # Grading --------------------------------------------------------------------------------------

    async def evaluate(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        """Run grading jobs, several at the same time. Raises `GradingUnavailable`."""
        results = await asyncio.gather(*map(self._grade, jobs.values()), return_exceptions=True)
        exports: dict[str, Exports] = {}
        for name, result in zip(jobs, results, strict=True):
            if isinstance(result, _TROUBLE):
                raise GradingUnavailable(f"learner {learner}, {name}: {result}") from result
            if isinstance(result, BaseException):
                raise result
            exports[name] = result
        return exports

    async def _grade(self, job: Evaluation) -> Exports:
        async with self._grading:
            for _ in range(self._limits.busy_tries):
                try:
                    return await self._executor.evaluate(job, self._limits.grading)
                except Busy as busy:
                    await asyncio.sleep(min(busy.retry_after, self._limits.busy_wait))
            return await self._executor.evaluate(job, self._limits.grading)


async def _unheard(_stream: Stream, _text: str) -> None:
    pass


def _looked_at(ended: asyncio.Future[Outcome]) -> None:
    if not ended.cancelled():
        ended.exception()  # nobody may be left to hear of it


def _now() -> float:
    return asyncio.get_running_loop().time()
