"""One run from the moment it is asked for until it has ended."""

import asyncio
from collections import deque
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from bot.tutor.ports import Ended, Lost, Refused
from sandbox.wire import (
    BackendUnavailable,
    Busy,
    Cell,
    RunResult,
    SessionLost,
    SessionRef,
    Stream,
)

Outcome = Ended | Lost | Refused
Whose = tuple[int, str]
"""A learner and which of their sessions: "" is their own, "gpu" the one there, else one aside."""

ON_GPU = "gpu"

TROUBLE = (Busy, SessionLost, BackendUnavailable)
"""What an executor raises where it can do nothing now."""

MOST_SHOWN = 64 * 1024
"""Characters of output that are kept to show while code runs; the result has all of it."""


@dataclass(slots=True, eq=False)
class Errand:
    """A learner's run. `started` is the loop's time at which its turn came.

    `asked` is the session it was sent to, `held_up` tells that the sandbox had no room for it yet.
    `gpu_place` is its place among those who wait for a GPU. If `instead_of` is what ran last in the
    session, it runs on the state before that. `aside` names the session of a stranger's code.
    `context` tells what it is a part of, wherever its turn comes up.
    """

    learner: int
    cell: Cell
    first: Cell | None
    ended: asyncio.Future[Outcome]
    gpu: bool = False
    instead_of: str | None = None
    aside: str = ""
    gpu_place: int | None = None
    started: float | None = None
    held_up: bool = False
    fresh: bool = False
    asked: SessionRef | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    output: deque[tuple[Stream, str]] = field(default_factory=deque)
    size: int = 0
    context: Context = field(default_factory=copy_context)

    @property
    def whose(self) -> Whose:
        return self.learner, ON_GPU if self.gpu else self.aside

    async def take(self, stream: Stream, text: str) -> None:
        """Keep the end of the output, to show while the code runs."""
        self.output.append((stream, text))
        self.size += len(text)
        while self.size > MOST_SHOWN and len(self.output) > 1:
            self.size -= len(self.output.popleft()[1])

    def end(self, outcome: Outcome) -> None:
        """Hand the outcome to whoever waits for it, unless there is one already."""
        if not self.ended.done():
            self.ended.set_result(outcome)

    def never_ran(self, *, alive: bool) -> Ended:
        """Return the outcome of an errand that was stopped before its code began."""
        result = RunResult(
            status="interrupted",
            output=(),
            value=None,
            error=None,
            truncated=False,
            seconds=0.0,
            peak_bytes=0,
            tier="",
            alive=alive,
        )
        return Ended(result, self.fresh)
