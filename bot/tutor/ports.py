"""What the core needs from outside, as protocols, and the events of a run."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.tutor.drawing import Drawing
from bot.tutor.event import Actor
from bot.tutor.lesson import Lesson
from bot.tutor.records import Answer, Attempt, Learner, Position, RanCell, StepNote
from sandbox.wire import Cell, Evaluation, Exports, Ran, RunResult, Stream

# Words ------------------------------------------------------------------------------------------


class Wording(Protocol):
    """The tutor's own words in one language; the English text is the key."""

    locale: str

    def __call__(self, message: str, /, **values: object) -> str:
        """Return `message` in this language with `{name}` fields filled in."""
        ...

    def plural(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Return the form for `number`, which also fills `{n}`."""
        ...


class Wordings(Protocol):
    """All interface languages."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages there are, English first."""
        ...

    def best(self, *wanted: str | None) -> str:
        """Return the first wanted language there is (`ko-KR` counts as `ko`), else English."""
        ...

    def in_locale(self, locale: str) -> Wording:
        """Return the words of `locale`."""
        ...


# Lessons ----------------------------------------------------------------------------------------


class Curriculum(Protocol):
    """The lessons that are taught, in teaching order."""

    @property
    def lessons(self) -> tuple[Lesson, ...]: ...

    def lesson(self, lesson_id: str) -> Lesson | None: ...

    def image(self, lesson_id: str, file: str) -> bytes:
        """Return the bytes of an image that a section of the lesson names."""
        ...


# Memory -----------------------------------------------------------------------------------------


class Forgotten(Exception):  # noqa: N818  (a state, as `GradingUnavailable`)
    """There is no such learner: everything about them was deleted, perhaps a moment ago."""


class NotSaved(Exception):  # noqa: N818  (a state, as `Forgotten`)
    """Nothing of a change was kept, because the disk is full or, without `is_full`, does not take it."""

    is_full = True


class Store(Protocol):
    """The memory of the tutor. A method that returned has made its change survive `kill -9`.

    Changes for a learner who is not there raise `Forgotten`, and any change may raise `NotSaved`.
    """

    async def learner(self, actor: Actor) -> Learner:
        """Return who `actor` is, created on first contact; the language their platform tells is kept."""
        ...

    async def known(self, actor: Actor) -> Learner | None:
        """Return who `actor` is, or None if they are a stranger, who stays one."""
        ...

    async def set_locale(self, learner: int, locale: str) -> None: ...

    async def position(self, learner: int) -> Position | None:
        """Return where the learner was last."""
        ...

    async def positions(self, learner: int) -> Mapping[str, Position]:
        """Return where the learner was last in each lesson, by lesson id."""
        ...

    async def move(self, learner: int, position: Position) -> None:
        """Keep where the learner is; with a section, in the same transaction, that it was read."""
        ...

    async def sections_read(self, learner: int, lesson: str) -> frozenset[str]:
        """Return the ids of the sections the learner has been at."""
        ...

    async def add_answer(self, learner: int, answer: Answer, then: Position | None = None) -> None:
        """Keep an answer and, in the same transaction, where it leads."""
        ...

    async def answers(self, learner: int, lesson: str) -> tuple[Answer, ...]: ...

    async def add_attempt(
        self,
        learner: int,
        attempt: Attempt,
        then: Position | None = None,
        answer: Answer | None = None,
    ) -> None:
        """Keep an attempt and, in the same transaction, where it leads and the answer it is."""
        ...

    async def attempts(self, learner: int, lesson: str) -> tuple[Attempt, ...]: ...

    async def add_note(
        self, learner: int, note: StepNote, then: Position | None = None
    ) -> None: ...

    async def notes(self, learner: int, lesson: str) -> tuple[StepNote, ...]: ...

    async def add_cell(
        self,
        learner: int,
        cell: RanCell,
        instead_of: Sequence[RanCell] = (),
        *,
        undone: bool = False,
    ) -> None:
        """Keep a cell. Those that its source held before are forgotten if they were undone.

        Otherwise they did run, and stay, with an empty source. All of it is one transaction.
        """
        ...

    async def cells(self, learner: int) -> tuple[RanCell, ...]:
        """Return the cells of the learner's present session, oldest first."""
        ...

    async def past_cells(self, learner: int, most: int) -> tuple[RanCell, ...]:
        """Return the latest cells, at most so many, of earlier sessions, too; oldest first."""
        ...

    async def forget_cells(self, learner: int) -> None:
        """Start a new session's record: replay and grading no longer see earlier cells."""
        ...

    async def add_draft(self, learner: int, name: str, code: str, at: datetime) -> None:
        """Keep code that is offered to be run; the newest few of a learner are kept."""
        ...

    async def draft(self, learner: int, name: str) -> str | None: ...

    async def personal_data(self, learner: int) -> Mapping[str, Any] | None:
        """Return all that is kept about a learner, ready for JSON; None when there is no such one."""
        ...

    async def delete_personal_data(self, learner: int) -> None:
        """Delete all that is kept about a learner in one transaction; nobody gets their id again."""
        ...

    async def server_secret(self) -> bytes:
        """Return the 32 random bytes this installation made on its first start."""
        ...


# Running ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """Waiting for a turn, or with `gpu` for a GPU: `place` 1 is next."""

    place: int
    gpu: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """Still running after `seconds`, with the output so far."""

    seconds: float
    output: tuple[tuple[Stream, str], ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over. `fresh` tells that a new session had to be opened for it."""

    result: RunResult
    fresh: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The session was gone, and nothing was opened in its place."""

    why: str
    ran: Ran


@dataclass(frozen=True, slots=True)
class Refused:
    """The run was not started: no room (`retry_after` seconds) or no sandbox (None)."""

    retry_after: float | None


RunEvent = Queued | Running | Ended | Lost | Refused


class Runner(Protocol):
    """Runs code for learners, fairly: one run in flight each, in order, with a bounded queue."""

    def run(
        self,
        learner: int,
        cell: Cell,
        first: Cell | None = None,
        *,
        gpu: bool = False,
        instead_of: str | None = None,
        aside: str = "",
    ) -> AsyncIterator[RunEvent]:
        """Run `cell` in the learner's session; the last event is `Ended`, `Lost` or `Refused`.

        Without a session one is opened, and `first` runs in it before `cell` does. With `gpu` it
        is the learner's other session, on a GPU, which ends by itself soon after its last run.
        If the code `instead_of` is what ran last there, `cell` runs on the state before it, where
        that was kept: `RunResult.rewound` tells. A cell with a `look` opens no session: without
        one the last event is `Lost`. `aside` names a session of its own for code that is not the
        learner's: it takes their turn, and `leave` has to end it.
        """
        ...

    async def leave(self, learner: int, aside: str) -> None:
        """Close the session that was opened for the runs of that name, if there is one."""
        ...

    async def evaluate(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        """Run one-off grading jobs at the same time. Raises `GradingUnavailable`."""
        ...

    async def stop(self, learner: int, cell: Cell | None = None) -> bool:
        """Stop what runs for the learner, else what waits; with a `cell` the run of that very one."""
        ...

    async def reset(self, learner: int) -> None:
        """Close the learner's sessions; the next run opens a new one."""
        ...

    async def forget(self, learner: int) -> None:
        """End every run of the learner, whether it goes on or waits, and close their sessions."""
        ...

    async def give_back(self, learner: int) -> None:
        """Close the learner's session on a GPU, if there is one."""
        ...

    def has_session(self, learner: int, *, gpu: bool = False) -> bool: ...

    async def offers_gpu(self) -> bool:
        """Tell whether there are GPUs to run on, free or not, besides the CPU."""
        ...


class GradingUnavailable(Exception):  # noqa: N818  (a state, as its siblings in sandbox.wire)
    """Grading could not be done for reasons that are ours: it never costs an attempt."""


# Pictures ---------------------------------------------------------------------------------------


class Pictures(Protocol):
    """Draws, off the event loop."""

    async def png(self, drawing: Drawing) -> bytes | None:
        """Return the picture, or None where it cannot be drawn: words have to do then."""
        ...


class Clock(Protocol):
    """Time, passed in."""

    def now(self) -> datetime:
        """Return the present moment, with a time zone."""
        ...
