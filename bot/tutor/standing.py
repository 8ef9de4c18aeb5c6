"""What a learner has done in one lesson: read, solved, skipped or still open, with tries and points."""

from dataclasses import dataclass
from typing import Literal

from bot.tutor.lesson import Lesson
from bot.tutor.ports import Store
from bot.tutor.records import Answer, Attempt, StepNote
from bot.tutor.route import Stop, stops

State = Literal["open", "solved", "skipped"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The records of one learner in one lesson."""

    answers: tuple[Answer, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    notes: tuple[StepNote, ...] = ()
    read: frozenset[str] = frozenset()

    def state(self, stop: Stop) -> State:
        """Return how a question or step stands."""
        if self._solved(stop):
            return "solved"
        return "skipped" if self.noted(stop, "skip") else "open"

    def _solved(self, stop: Stop) -> bool:
        if stop.stage == "step":
            return any(attempt.outcome == "passed" for attempt in self._attempts(stop))
        return any(answer.correct for answer in self._answers(stop))

    def _answers(self, stop: Stop) -> list[Answer]:
        return [answer for answer in self.answers if answer.question == stop.item]

    def _attempts(self, stop: Stop) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.step == stop.item]

    def noted(self, stop: Stop, kind: Literal["hint", "solution", "skip"]) -> int:
        """Return how many notes of `kind` there are about `stop`."""
        return sum(note.item == stop.item and note.kind == kind for note in self.notes)

    def wrong(self, stop: Stop) -> int:
        """Return how many tries were wrong; nothing else counts as one."""
        if stop.stage == "step":
            return sum(attempt.outcome == "wrong" for attempt in self._attempts(stop))
        return sum(not answer.correct for answer in self._answers(stop))

    def next_attempt(self, stop: Stop) -> int:
        """Return the number of the next graded submission, from 1: its inputs depend on it."""
        # Every one was given inputs, so the ones that cost nothing count, too.
        return len(self._attempts(stop)) + 1

    def gives_points(self, stop: Stop) -> bool:
        """Tell whether solving it now earns points: not after its solution was open to the learner."""
        return not (self.noted(stop, "solution") or self.noted(stop, "skip"))

    def points(self, stop: Stop) -> float:
        """Return the best points earned at `stop`."""
        if stop.stage == "step":
            return max((attempt.points for attempt in self._attempts(stop)), default=0.0)
        return max((answer.points for answer in self._answers(stop)), default=0.0)


async def standing_in(store: Store, learner: int, lesson: Lesson) -> Standing:
    """Return what `learner` has done in `lesson`."""
    return Standing(
        await store.answers(learner, lesson.id),
        await store.attempts(learner, lesson.id),
        await store.notes(learner, lesson.id),
        await store.sections_read(learner, lesson.id),
    )


def unread(lesson: Lesson, standing: Standing) -> list[Stop]:
    """Return the sections of `lesson` that the learner has not been shown, in order."""
    sections = (stop for stop in stops(lesson) if stop.stage == "section")
    return [stop for stop in sections if stop.item not in standing.read]


def exercises(lesson: Lesson) -> list[Stop]:
    """Return the questions and steps of `lesson` in order."""
    return [stop for stop in stops(lesson) if stop.stage in ("question", "step")]


def open_exercises(lesson: Lesson, standing: Standing) -> list[Stop]:
    """Return the questions and steps that are neither solved nor skipped."""
    return [stop for stop in exercises(lesson) if standing.state(stop) == "open"]


def is_complete(lesson: Lesson, standing: Standing) -> bool:
    """Tell whether every question and step is solved; where there are none, nothing is left to do."""
    return all(standing.state(stop) == "solved" for stop in exercises(lesson))
