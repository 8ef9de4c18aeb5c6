"""What is remembered of a learner: records that pass between the core and its memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["passed", "wrong", "not_attempted", "timeout", "ended_early", "oom", "infra"]
"""How an attempt ended; only `wrong` costs one (`passed` ends the step)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """Somebody the tutor knows; `is_new` on the very first contact only."""

    id: int
    name: str
    locale: str | None
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a learner is: `item` is a section, question or step id of `lesson`."""

    lesson: str
    stage: Literal["section", "question", "step", "done"]
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to a question. `given` is what was answered, as the question type writes it."""

    lesson: str
    rev: int
    question: str
    given: str
    correct: bool
    points: float
    at: datetime


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
