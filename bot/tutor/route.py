"""The order in which a lesson is walked: its sections, its questions, its steps, its end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.tutor.lesson import CodeQuestion, Lesson, Question, Section, Step
from bot.tutor.ports import Curriculum
from bot.tutor.records import Position

Stage = Literal["section", "question", "step", "done"]

_LETTER: dict[Stage, str] = {"section": "s", "question": "q", "step": "c", "done": "d"}
_STAGE = {letter: stage for stage, letter in _LETTER.items()}


@dataclass(frozen=True, slots=True)
class Stop:
    """One place of a lesson: the `number`-th of `total` of its stage; `part` is None at the end."""

    lesson: Lesson
    stage: Stage
    part: Section | Question | Step | None = None
    number: int = 1
    total: int = 1

    @property
    def item(self) -> str:
        return self.part.id if self.part else ""

    @property
    def position(self) -> Position:
        return Position(lesson=self.lesson.id, stage=self.stage, item=self.item)

    def is_at(self, position: Position) -> bool:
        """Tell whether it is `position`, which is in the same lesson."""
        return self.stage == position.stage and self.item == position.item

    @property
    def graded(self) -> CodeQuestion | Step | None:
        """The part when code is its answer, else None."""
        return self.part if isinstance(self.part, CodeQuestion | Step) else None

    @property
    def exercise(self) -> Question | Step:
        """The question or step; only where the stage is one of these."""
        if self.part is None or isinstance(self.part, Section):
            raise TypeError(f"a {self.stage} is no exercise")
        return self.part

    @property
    def args(self) -> tuple[str, ...]:
        """Return what a `Ref` carries of this place."""
        return (self.lesson.id, _LETTER[self.stage], *([self.item] if self.item else []))


_MOST_ROUTES = 256
_routes: dict[int, tuple[Stop, ...]] = {}
"""By the identity of their lessons, which they keep alive: each press asks for one several times."""


def stops(lesson: Lesson) -> tuple[Stop, ...]:
    """Return every place of `lesson` in order; the last one is its end."""
    route = _routes.get(id(lesson))
    if route is None:
        if len(_routes) >= _MOST_ROUTES:
            _routes.clear()
        route = _routes[id(lesson)] = _route(lesson)
    return route


def _route(lesson: Lesson) -> tuple[Stop, ...]:
    steps = lesson.challenge.steps if lesson.challenge else ()
    return (
        *_stage(lesson, "section", lesson.sections),
        *_stage(lesson, "question", lesson.questions),
        *_stage(lesson, "step", steps),
        Stop(lesson, "done"),
    )


def _stage(
    lesson: Lesson, stage: Stage, parts: Sequence[Section | Question | Step]
) -> Iterator[Stop]:
    for number, part in enumerate(parts, 1):
        yield Stop(lesson, stage, part, number, len(parts))


def stop_at(curriculum: Curriculum, position: Position) -> Stop | None:
    """Return the place at `position`, or None when the lesson or that part of it is gone."""
    lesson = curriculum.lesson(position.lesson)
    if lesson is None:
        return None
    return next((stop for stop in stops(lesson) if stop.is_at(position)), None)


def stop_of(curriculum: Curriculum, args: Sequence[str]) -> Stop | None:
    """Return the place that the arguments of a `Ref` name, or None when there is no such place."""
    if not 2 <= len(args) <= 3:
        return None
    stage = _STAGE.get(args[1])
    if stage is None:
        return None
    item = args[2] if len(args) == 3 else ""
    return stop_at(curriculum, Position(lesson=args[0], stage=stage, item=item))


def after(stop: Stop) -> Stop:
    """Return the next place; the end of a lesson leads nowhere but to itself."""
    return _beside(stop, 1)


def before(stop: Stop) -> Stop:
    """Return the place before; the first one has none but itself."""
    return _beside(stop, -1)


def _beside(stop: Stop, by: int) -> Stop:
    route = stops(stop.lesson)
    here = stop.position
    index = next(i for i, other in enumerate(route) if other.is_at(here))
    return route[min(max(index + by, 0), len(route) - 1)]


def find_lesson(curriculum: Curriculum, wanted: str) -> Lesson | None:
    """Return the lesson that `wanted` names: its id, its number from 1, or (part of) its title."""
    key = " ".join(wanted.split()).casefold()
    by_number = {str(number): one for number, one in enumerate(curriculum.lessons, 1)}
    exact = curriculum.lesson(key) or by_number.get(key)
    if exact or not key:
        return exact
    titled = [(title, one) for one in curriculum.lessons for title in _titles(one)]
    same = [one for title, one in titled if title == key]
    like = [one for title, one in titled if key in title]
    return next(iter(same), None) or (like[0] if len({one.id for one in like}) == 1 else None)


def _titles(lesson: Lesson) -> list[str]:
    return [" ".join(title.split()).casefold() for title in lesson.title.by_locale.values()]
