"""What is remembered of a learner: records that pass between the core and its memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["passed", "wrong", "not_attempted", "timeout", "ended_early", "oom", "infra"]
"""How an attempt ended; only `wrong` costs one (`passed` ends the step)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """Somebody the tutor knows; `is_new` on the very first contact only.

    `locale` is the language they chose, `seen` the one that their platform last told.
    """

    id: int
    name: str
    locale: str | None
    is_new: bool = False
    seen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a learner is: `item` is a section, question or step id of `lesson`."""

    lesson: str
    stage: Literal["section", "question", "step", "done"]
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to a question. `given` is what was answered, as the question type writes it.

    `server` is where it was given, if that was in a server.
    """

    lesson: str
    rev: int
    question: str
    given: str
    correct: bool
    points: float
    at: datetime
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One graded submission. `say` is the misconception's index that spoke, if one did."""

    lesson: str
    rev: int
    step: str
    number: int
    code: str
    outcome: Outcome
    points: float
    say: int | None
    at: datetime
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNote:
    """Something that happened to a step or question besides answers: a hint shown, solution shown, skipped."""

    lesson: str
    item: str
    kind: Literal["hint", "solution", "skip"]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RanCell:
    """A cell that ran: kept for replay and for grading a step's successful cells in order."""

    code: str
    stdin: str
    ok: bool
    source: str
    lesson: str | None
    step: str | None
    at: datetime
    server: str = ""


CodePlace = Literal["everywhere", "channel", "threads"]
"""Where code in messages runs: in all channels, in the tutor's own, or only in learners' threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What the managers of a server have set; `channel_id` is where the tutor is at home."""

    channel_id: str = ""
    locale: str | None = None
    code: CodePlace = "everywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A question put to a whole channel. `own` is what was asked, as JSON, in `locale`."""

    id: int
    platform: str
    server_id: str
    channel_id: str
    asked_by: str
    locale: str
    lesson: str
    question: str
    own: str
    how: Literal["buttons", "reactions"]
    at: datetime
    closes: datetime
    closed: bool = False

    @property
    def slot(self) -> str:
        return f"poll:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done, as an export lists it: `kind` is answer, attempt or run."""

    at: datetime
    platform: str
    user_id: str
    name: str
    kind: str
    lesson: str
    item: str
    outcome: str
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """How much there has been: of everybody known, or of who was active in one server."""

    learners: int = 0
    answers: int = 0
    attempts: int = 0
    runs: int = 0
    open_polls: int = 0
