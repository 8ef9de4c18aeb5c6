"""Stands in for the sandbox's executor: runs nothing, and does to each call what a test scripts."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sandbox.client import Sink
from sandbox.wire import (
    Busy,
    Capacity,
    Cell,
    Evaluation,
    Exports,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
)
from tests.doubles.fake_runner import result


async def until(holds: Callable[[], bool]) -> None:
    """Let other tasks go on until `holds` does."""
    for _ in range(100_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


class FakeExecutor:
    """An executor whose runs last until the test ends them, or as long as a script says.

    `calls` lists what was asked in order, such as "open 1", "run 1 x = 1", "interrupt 1". Sessions
    on one of its `gpu_slots` are called "1 on GPU"; who finds none free waits in line for one.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.troubles: dict[str, deque[Exception]] = {}
        self.held: dict[str, asyncio.Future[RunResult]] = {}
        self.results: dict[str, RunResult] = {}
        self.output: dict[str, list[str]] = {}
        self.hold = False
        self.peak = 0
        self._running = 0
        self.gpu_slots = 0
        self._on_gpu: set[SessionRef] = set()
        self._gpu_line: dict[str, asyncio.Event] = {}
        self._epochs = 0

    def trouble(self, kind: str, *errors: Exception) -> None:
        """Let the next calls of `kind` ("open", "run", …) raise these, one each."""
        self.troubles.setdefault(kind, deque()).extend(errors)

    def finish(self, code: str, outcome: RunResult | Exception | None = None) -> None:
        """End the run of `code` that is being held."""
        future = self.held.pop(code)
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome or result())

    async def held_runs(self, count: int) -> list[str]:
        """Wait until so many runs are being held, and return their code in order of arrival."""
        await until(lambda: len(self.held) >= count)
        return list(self.held)

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        name = f"{learner} on GPU" if spec.device == "cuda" else learner
        await self._call("open", name)
        if spec.device == "cuda":
            await self._gpu_turn(learner)
        self._epochs += 1
        ref = SessionRef(session_id=name, epoch=str(self._epochs))
        if spec.device == "cuda":
            self._on_gpu.add(ref)
        return ref

    async def _gpu_turn(self, learner: str) -> None:
        """Wait in line for a slot; as the sandbox does, refuse who is in it already."""
        if learner in self._gpu_line:
            raise Busy(10.0)
        self._gpu_line[learner] = asyncio.Event()
        self._call_next()
        try:
            await self._gpu_line[learner].wait()
        finally:
            del self._gpu_line[learner]

    def _call_next(self) -> None:
        called = sum(event.is_set() for event in self._gpu_line.values())
        for event in self._gpu_line.values():
            if not event.is_set() and len(self._on_gpu) + called < self.gpu_slots:
                event.set()
                called += 1

    def take_back_gpus(self) -> None:
        """End every session on a GPU, as the sandbox does after a minute without code."""
        self._on_gpu.clear()
        self._call_next()

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        again = " instead" if cell.rewind else ""
        what = f"look {cell.look.name}" if cell.look else cell.code or sorted(cell.given)
        await self._call("run", f"{ref.session_id} {what}{again}")
        if ref.session_id.endswith("on GPU") and ref not in self._on_gpu:
            raise SessionLost("its GPU was given back", "no")
        async with self._counted():
            for text in self.output.get(cell.code, []):
                await on_output("stdout", text)
            if self.hold and cell.code:
                future: asyncio.Future[RunResult] = asyncio.get_running_loop().create_future()
                self.held[cell.code] = future
                return await future
            await asyncio.sleep(0)
            return self.results.get(cell.code, result())

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        await self._call("evaluate", job.cells[0])
        async with self._counted():
            await asyncio.sleep(0)
            return Exports("ok", {}, {}, None, None, False, job.cells[0], 0.0)

    async def interrupt(self, ref: SessionRef) -> None:
        await self._call("interrupt", ref.session_id)
        for future in self.held.values():
            if not future.done():
                future.set_result(result("interrupted"))
        self.held.clear()

    async def close(self, ref: SessionRef) -> None:
        await self._call("close", ref.session_id)
        self._on_gpu.discard(ref)
        self._call_next()

    async def capacity(self) -> Capacity:
        self._raise_trouble("capacity")
        return Capacity(
            tier="A",
            sessions=0,
            max_sessions=1,
            spares=0,
            running=self._running,
            gpu_slots=self.gpu_slots,
            gpu_free=self.gpu_slots - len(self._on_gpu),
            gpu_queue=tuple(name for name, turn in self._gpu_line.items() if not turn.is_set()),
        )

    async def _call(self, kind: str, what: str) -> None:
        self.calls.append(f"{kind} {what}")
        await asyncio.sleep(0)
        self._raise_trouble(kind)

    def _raise_trouble(self, kind: str) -> None:
        troubles = self.troubles.get(kind)
        if troubles:
            raise troubles.popleft()

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self._running += 1
        self.peak = max(self.peak, self._running)
        try:
            yield
        finally:
            self._running -= 1
