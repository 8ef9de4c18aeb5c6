"""A whole lesson: its sections, its questions and its challenge."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.tutor.lesson.graded import Given, Step
from bot.tutor.lesson.question import Question
from bot.tutor.lesson.terms import Id, Name, Part, Source, Text


class Snippet(Part):
    """Runnable code of a section; `inspect` names the tensors worth looking at afterwards."""

    code: Source
    inspect: tuple[Name, ...] = ()


class Picture(Part):
    """An image file beside the lesson, and the same in words."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(png|jpg|jpeg|webp)$")]
    alt: Text


class Section(Part):
    """One readable step of a lesson."""

    id: Id
    title: Text | None = None
    body: Text
    run: Snippet | None = None
    image: Picture | None = None


class Rounds(Part):
    """How often a submission runs: with the shown inputs, and with secret ones."""

    public: Literal[1] = 1
    hidden: Annotated[int, Field(ge=1, le=5)] = 2


class Reveal(Part):
    """When help unlocks: hints and the solution, after so many wrong attempts."""

    hint_after: Annotated[int, Field(ge=0)] = 0
    solution_after: Annotated[int, Field(ge=1)] = 3


class Challenge(Part):
    """A chain of graded steps on shared inputs."""

    id: Id
    title: Text | None = None
    intro: Text | None = None
    given: dict[Name, Given] = Field(default={})
    rounds: Rounds = Rounds()
    reveal: Reveal = Reveal()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class Lesson(Part):
    """A whole lesson."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    id: Id
    rev: Annotated[int, Field(ge=1)]
    locales: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], Field(min_length=1)
    ]
    title: Text
    summary: Text | None = None
    requires: tuple[Id, ...] = ()
    concepts: tuple[str, ...] = ()
    verified: dict[str, str] = Field(default={})
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    questions: tuple[Question, ...] = ()
    challenge: Challenge | None = None

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Lesson":
        steps = self.challenge.steps if self.challenge else ()
        for kind, items in (
            ("section", self.sections),
            ("question", self.questions),
            ("step", steps),
        ):
            seen: set[str] = set()
            for item in items:
                if item.id in seen:
                    raise ValueError(
                        f"two of the {kind}s have the id {item.id!r}; give each its own"
                    )
                seen.add(item.id)
        # What learners do at either is remembered by its id alone.
        questions = {question.id for question in self.questions}
        for step in steps:
            if step.id in questions:
                raise ValueError(
                    f"a question and a step have the same id {step.id!r}; give one of them another"
                )
        return self
