"""Stands in for the runner: hands out the results a test asks for and remembers what was run."""

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from bot.tutor.ports import Ended, Lost, Refused, RunEvent
from bot.tutor.streams import closing
from sandbox.inspection import Detail, Inspection, Look, TensorReport
from sandbox.wire import Cell, CellError, Evaluation, Exports, RunResult


def result(status: str = "ok", printed: str = "", **more: Any) -> RunResult:
    """Return a run's result with everything that a test does not care about filled in."""
    fields: dict[str, Any] = {
        "status": status,
        "output": (("stdout", printed),) if printed else (),
        "value": None,
        "error": None,
        "truncated": False,
        "seconds": 0.012,
        "peak_bytes": 0,
        "tier": "A",
    }
    return RunResult(**(fields | more))


def failure(kind: str = "NameError", message: str = "name 'y' is not defined") -> RunResult:
    error = CellError(type=kind, message=message, line=1, traceback=f"line 1\n{kind}: {message}")
    return result("error", error=error)


def tensor(name: str = "x", **more: Any) -> TensorReport:
    fields: dict[str, Any] = {
        "name": name,
        "shape": (2, 3),
        "dtype": "float32",
        "device": "cpu",
        "requires_grad": False,
        "grad_fn": None,
        "bytes": 24,
    }
    return TensorReport(**(fields | more))


def tensors(*names: str, omitted: int = 0) -> Inspection:
    return Inspection(tensors=tuple(tensor(name) for name in names), omitted=omitted)


class FakeRunner:
    """A runner with one learner's session, and one on a GPU; without a script every cell succeeds.

    `ran` lists what ran on the CPU and `on_gpu` the rest; the script is for both. A look is listed
    in `looks`, and answered with what `details` has under its name. Code that is not the learner's
    own is listed in `aside`, by the name of its session, and those that were ended in `left`.
    """

    def __init__(
        self, evaluate: Callable[..., Awaitable[Mapping[str, Exports]]] | None = None
    ) -> None:
        self.ran: list[Cell] = []
        self.firsts: list[Cell | None] = []
        self.instead_of: list[str | None] = []
        self.script: deque[list[RunEvent] | RunResult] = deque()
        self.session = False
        self.gpus = 0
        self.on_gpu: list[Cell] = []
        self.gpu_session = False
        self.looks: list[Look] = []
        self.aside: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.forgotten: list[int] = []
        self.details: dict[str, Detail] = {}
        self.stopped = 0
        self.closed_early = 0
        self._evaluate = evaluate

    def will(self, *outcomes: list[RunEvent] | RunResult) -> None:
        """Let the next runs end like this: with a result, or with these events."""
        self.script.extend(outcomes)

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
        if cell.look is not None:
            async for event in self._looked(learner, cell.look):
                yield event
            return
        if aside:
            fresh = aside not in {name for name, _ in self.aside}
            self.aside.append((aside, cell.code))
            async with closing(self._handed_out(fresh=fresh)) as events:
                async for event in events:
                    yield event
            return
        self.instead_of.append(instead_of)
        if gpu:
            self.on_gpu.append(cell)
        else:
            self.ran.append(cell)
            self.firsts.append(first)
        fresh = not self.has_session(learner, gpu=gpu)
        async with closing(self._handed_out(fresh=fresh)) as events:
            async for event in events:
                if isinstance(event, Ended | Lost | Refused):
                    self._keep(gpu=gpu, there=isinstance(event, Ended) and event.result.alive)
                yield event

    async def _handed_out(self, *, fresh: bool) -> AsyncGenerator[RunEvent, None]:
        """Yield what the script has next."""
        outcome = self.script.popleft() if self.script else result()
        events = outcome if isinstance(outcome, list) else [Ended(outcome, fresh)]
        handed_out = 0
        try:
            for event in events:
                yield event
                handed_out += 1
        finally:
            self.closed_early += handed_out < len(events)

    async def _looked(self, learner: int, look: Look) -> AsyncGenerator[RunEvent, None]:
        self.looks.append(look)
        if not self.has_session(learner):
            yield Lost("there is no session", "no")
            return
        outcome = self.script.popleft() if self.script else None
        if isinstance(outcome, list):
            for event in outcome:
                yield event
            return
        found = Inspection(tensors=(), detail=self.details.get(look.name))
        yield Ended(outcome or result(inspection=found), fresh=False)

    async def evaluate(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        assert self._evaluate is not None
        return await self._evaluate(learner, jobs)

    async def stop(self, _learner: int, _cell: Cell | None = None) -> bool:
        self.stopped += 1
        return self.session

    async def reset(self, _learner: int) -> None:
        self.session = self.gpu_session = False

    async def leave(self, _learner: int, aside: str) -> None:
        self.left.append(aside)

    async def forget(self, learner: int) -> None:
        self.forgotten.append(learner)
        self.session = self.gpu_session = False

    async def give_back(self, _learner: int) -> None:
        self.gpu_session = False

    def has_session(self, _learner: int, *, gpu: bool = False) -> bool:
        return self.gpu_session if gpu else self.session

    async def offers_gpu(self) -> bool:
        return self.gpus > 0

    def _keep(self, *, gpu: bool, there: bool) -> None:
        if gpu:
            self.gpu_session = there
        else:
            self.session = there

    @property
    def code(self) -> list[str]:
        """The code of every cell that was run."""
        return [cell.code for cell in self.ran]
