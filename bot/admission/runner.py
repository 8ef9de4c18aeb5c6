"""Runs code for learners on an executor: fairly, one run at a time each, in sessions that it keeps."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextvars import Context

import msgspec

from bot.admission.errand import ON_GPU, TROUBLE, Errand, Outcome, Whose
from bot.admission.gpu_line import GpuLine
from bot.admission.grader import Grader
from bot.admission.limits import Limits
from bot.admission.line import Line
from bot.tutor.ports import Ended, Lost, Queued, Refused, RunEvent, Running
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


class Admission:
    """A `Runner` (bot.tutor.ports) on an executor: it keeps who has which session."""

    def __init__(
        self, executor: Executor, limits: Limits | None = None, spec: SessionSpec | None = None
    ) -> None:
        self._executor = executor
        self._limits = limits or Limits()
        self._spec = spec or SessionSpec()
        self._refs: dict[Whose, SessionRef] = {}
        self._latest: dict[SessionRef, str] = {}
        self._gpus = GpuLine(executor, self._limits, lambda ref: self._start(self._end(ref)))
        self._line = Line()
        self._flying: dict[int, Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._grader = Grader(executor, self._limits)
        self._is_closing = False

    def has_session(self, learner: int, *, gpu: bool = False) -> bool:
        return (learner, ON_GPU if gpu else "") in self._refs

    @property
    def load(self) -> tuple[int, int]:
        """How many runs go on, and how many wait for their turn."""
        return len(self._flying), len(self._line)

    async def offers_gpu(self) -> bool:
        """Tell whether there are GPUs to lease, besides the CPU that sessions are on."""
        if self._spec.device != "auto":
            return False
        with contextlib.suppress(*TROUBLE):
            return (await self._executor.capacity()).gpu_slots > 0
        return False

    # Running --------------------------------------------------------------------------------------

    async def run(
        self,
        learner: int,
        cell: Cell,
        first: Cell | None = None,
        *,
        gpu: bool = False,
        instead_of: str | None = None,
        aside: str = "",
    ) -> AsyncGenerator[RunEvent, None]:
        """Run `cell` when it is the learner's turn; see `Runner`. Closing early interrupts it."""
        refusal = self._refusal(learner, gpu=gpu)
        if refusal:
            yield refusal
            return
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        # A name of its own kind, whatever the caller calls it.
        errand = Errand(learner, cell, first, ended, gpu, instead_of, aside and f"aside:{aside}")
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

    def _refusal(self, learner: int, *, gpu: bool) -> Refused | None:
        if self._is_closing:
            return Refused(None)
        own = len(self._line.of(learner))
        full = len(self._line) >= self._limits.waiting or own >= self._limits.waiting_each
        if gpu:
            there = (*self._flying.values(), *self._line.everything())
            full |= sum(errand.gpu for errand in there) >= self._limits.gpu_waiting
        return Refused(self._limits.full_retry) if full else None

    def _pause(self, errand: Errand) -> float:
        """Return how long to wait before there is something new to tell."""
        if errand.started is None or errand.held_up or errand.gpu_place is not None:
            return self._limits.every_sign
        left = self._limits.first_sign - (_now() - errand.started)
        return left if left > 0 else self._limits.every_sign

    def _sign(self, errand: Errand) -> Queued | Running | None:
        if errand.gpu_place is not None:
            return Queued(errand.gpu_place, gpu=True)
        place = 1 if errand.held_up else self._line.place(errand)
        if place is not None:
            return Queued(place)
        elapsed = 0.0 if errand.started is None else _now() - errand.started
        shown = elapsed >= self._limits.first_sign
        return Running(elapsed, tuple(errand.output)) if shown else None

    def _admit(self) -> None:
        """Start the errands whose turn it is."""
        while self._has_room() and (errand := self._line.take()):
            errand.started = _now()
            self._flying[errand.learner] = errand
            self._start(self._fly(errand), errand.context)

    def _start(self, work: Coroutine[None, None, None], context: Context | None = None) -> None:
        task = asyncio.create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _has_room(self) -> bool:
        """Tell whether one more may run; who waits for a GPU or a session takes no place from others."""
        on_cpu = sum(not errand.gpu and not errand.held_up for errand in self._flying.values())
        return on_cpu < self._limits.in_flight

    async def _fly(self, errand: Errand) -> None:
        outcome: Outcome = Refused(None)
        try:
            outcome = await self._outcome(errand)
        except Exception as error:  # noqa: BLE001  (whoever waits for the run gets it raised)
            errand.ended.set_exception(error)
        finally:
            errand.end(outcome)
            if errand.aside and errand.stopping.is_set():
                # Whoever was to end this session may have done so before it was there.
                self._start(self._drop(errand.whose))
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
                self._forget(errand.whose, errand.asked)
                return Lost(lost.why, lost.ran)
            except BackendUnavailable:
                return Refused(None)
            if errand.gpu:
                return Refused(wait)  # it has waited in the sandbox's own queue
            if left:
                await self._hold_up(errand, min(wait, self._limits.busy_wait))
        return Refused(wait)

    async def _hold_up(self, errand: Errand, seconds: float) -> None:
        errand.held_up = True
        self._admit()  # those who have a session need not wait for one that is missing
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(errand.stopping.wait(), seconds)
        errand.held_up = False

    async def _attempt(self, errand: Errand) -> Outcome:
        if errand.stopping.is_set():
            return errand.never_ran(alive=errand.whose in self._refs)
        looks = errand.cell.look is not None
        ref = self._refs.get(errand.whose)
        if ref is None and looks:
            return Lost("there is no session to look at", "no")
        ref = ref or await self._opened(errand)
        if ref is None:
            return errand.never_ran(alive=False)
        if errand.stopping.is_set():
            return errand.never_ran(alive=True)
        errand.asked = ref
        cell = errand.cell
        if errand.instead_of is not None and errand.instead_of == self._latest.get(ref):
            cell = msgspec.structs.replace(cell, rewind=True)
        if not looks:
            self._latest[ref] = cell.code
        result = await self._executor.run(ref, cell, errand.take)
        if not result.alive:
            self._forget(errand.whose, ref)
        return Ended(result, errand.fresh)

    async def _opened(self, errand: Errand) -> SessionRef | None:
        """Open a session for the errand, and run in it what has to come first.

        Returns None when it was stopped while it waited for a GPU.
        """
        if errand.gpu:
            ref = await self._gpus.open(errand)
        else:
            ref = await self._executor.open(str(errand.learner), self._spec, self._limits.opening)
        if ref is None:
            return None
        errand.fresh = True
        if errand.first is not None:
            try:
                await self._executor.run(ref, errand.first, _unheard)
            except SessionLost as lost:
                raise SessionLost(lost.why, "no") from lost
            except (Busy, BackendUnavailable):
                await self._end(ref)
                raise
        self._refs[errand.whose] = ref
        return ref

    def _forget(self, whose: Whose, ref: SessionRef | None) -> None:
        if ref is not None and self._refs.get(whose) == ref:
            del self._refs[whose]
            self._latest.pop(ref, None)

    # Stopping -------------------------------------------------------------------------------------

    async def stop(self, learner: int, cell: Cell | None = None) -> bool:
        """Interrupt the learner's run in flight, else take back what waits; False if nothing does.

        With a `cell` it is the run of that very one, wherever it is.
        """
        in_flight, waiting = self._flying.get(learner), self._line.of(learner)
        errands = (in_flight,) if in_flight else waiting
        if cell is not None:
            errands = tuple(one for one in (*errands, *waiting) if one.cell is cell)
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
            with contextlib.suppress(*TROUBLE):
                await self._executor.interrupt(errand.asked)

    async def reset(self, learner: int) -> None:
        """Close the learner's sessions; the next run opens a new one."""
        await self._drop((learner, ""))
        await self.give_back(learner)

    async def leave(self, learner: int, aside: str) -> None:
        """Close the session that was opened for the runs of that name, if there is one."""
        await self._drop((learner, f"aside:{aside}"))

    async def forget(self, learner: int) -> None:
        """End every run of the learner, whether it goes on or waits, and close their sessions."""
        for errand in self._line.of(learner):
            await self._halt(errand)
        in_flight = self._flying.get(learner)
        if in_flight is not None:
            await self._halt(in_flight)
            await asyncio.wait({in_flight.ended}, timeout=self._limits.closing)
        for whose in [whose for whose in self._refs if whose[0] == learner]:
            await self._drop(whose)

    async def give_back(self, learner: int) -> None:
        """Close the learner's session on a GPU, if there is one."""
        await self._drop((learner, ON_GPU))

    async def _drop(self, whose: Whose) -> None:
        ref = self._refs.get(whose)
        if ref is not None:
            self._forget(whose, ref)
            await self._end(ref)

    async def _end(self, ref: SessionRef) -> None:
        with contextlib.suppress(*TROUBLE):
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
        await self._gpus.aclose()
        self._refs.clear()

    async def evaluate(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        """Run grading jobs, several at the same time. Raises `GradingUnavailable`."""
        return await self._grader.evaluate(learner, jobs)


async def _unheard(_stream: Stream, _text: str) -> None:
    pass


def _looked_at(ended: asyncio.Future[Outcome]) -> None:
    if not ended.cancelled():
        ended.exception()  # nobody may be left to hear of it


def _now() -> float:
    return asyncio.get_running_loop().time()
