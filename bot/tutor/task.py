"""One piece of graded code, taken out of its lesson with all that grading needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from bot.tutor.lesson import (
    Check,
    CodeQuestion,
    FnCheck,
    Given,
    Lesson,
    Misconception,
    Rounds,
    StdoutCheck,
    Step,
    VarCheck,
)

RunCheck = VarCheck | FnCheck | StdoutCheck
"""A check of what running the code leads to; the others read its source."""


@dataclass(frozen=True, slots=True)
class Task:
    """A challenge step, or a question that is answered with code.

    `inputs` names whose inputs these are: all steps of a challenge share theirs, so that the public
    ones stay the same from step to step. `earlier` holds the first solution of each step before.
    """

    lesson: str
    rev: int
    item: str
    inputs: str
    given: Mapping[str, Given]
    rounds: Rounds
    starter: str
    solutions: tuple[str, ...]
    checks: tuple[Check, ...]
    misconceptions: tuple[Misconception, ...]
    earlier: tuple[str, ...] = ()

    @property
    def run_checks(self) -> tuple[RunCheck, ...]:
        return tuple(check for check in self.checks if isinstance(check, RunCheck))

    @property
    def fingerprint(self) -> bytes:
        """What results are remembered by: it changes whenever anything in the task does."""
        return blake2b(repr(self).encode(), digest_size=16).digest()


def task_for_step(lesson: Lesson, step_id: str) -> Task:
    """Return the task of a challenge step. Raises `KeyError` when the lesson has no such step."""
    challenge = lesson.challenge
    steps = challenge.steps if challenge else ()
    place = next((n for n, step in enumerate(steps) if step.id == step_id), None)
    if challenge is None or place is None:
        raise KeyError(step_id)
    task = _task(lesson, steps[place], f"challenge:{challenge.id}")
    earlier = tuple(step.solutions[0] for step in steps[:place])
    return replace(task, given=challenge.given, rounds=challenge.rounds, earlier=earlier)


def task_for_question(lesson: Lesson, question: CodeQuestion) -> Task:
    """Return the task of a question that is answered with code."""
    return replace(_task(lesson, question, f"question:{question.id}"), given=question.given)


def _task(lesson: Lesson, graded: Step | CodeQuestion, inputs: str) -> Task:
    return Task(
        lesson=lesson.id,
        rev=lesson.rev,
        item=graded.id,
        inputs=inputs,
        given={},
        rounds=Rounds(),
        starter=graded.starter,
        solutions=graded.solutions,
        checks=graded.checks,
        misconceptions=graded.misconceptions,
    )
