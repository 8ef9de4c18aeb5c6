"""One event being answered: who asked, in which words, and what the answer may use."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from bot.tutor.access import Access
from bot.tutor.event import Event
from bot.tutor.formulas import Taught
from bot.tutor.host import Host, Shelf
from bot.tutor.in_flight import InFlight
from bot.tutor.inspector.known import Known
from bot.tutor.inspector.seen import Seen
from bot.tutor.lesson import LocalText
from bot.tutor.math import blocks_to_unicode
from bot.tutor.places import Activity, Nowhere, Places, Polls
from bot.tutor.polls.board import Board
from bot.tutor.ports import Clock, Curriculum, Pictures, Runner, Store, Wording, Wordings
from bot.tutor.quota import RunsOfAMinute
from bot.tutor.recent import Recent
from bot.tutor.records import Learner, Position
from bot.tutor.task import Task
from bot.tutor.verdict import Verdict
from sandbox.wire import Value

MOST_REMEMBERED = 32 * 1024 * 1024
"""About how many bytes the tensors of last runs may take in memory, over all learners."""

MOST_WARNED = 5_000
"""Learners of whom is remembered which silent traps they have been told about."""


class Grading(Protocol):
    """What the use cases need of grading."""

    async def public_given(self, learner: int, task: Task) -> Mapping[str, Value]: ...

    async def prepare(self, learner: int, task: Task, attempt: int) -> None: ...

    async def assess(
        self, learner: int, task: Task, attempt: int, cells: Sequence[str]
    ) -> Verdict: ...

    async def predict_key(self, learner: int, code: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the tutor works with. `later` starts background work off the reply's path.

    `operators` are people as "platform:id". What has a default is nothing that a terminal needs.
    """

    store: Store
    curriculum: Curriculum
    runner: Runner
    assessor: Grading
    wordings: Wordings
    clock: Clock
    pictures: Pictures
    later: Callable[[Coroutine[Any, Any, None]], None]
    locale: str = "en"
    access: Access = field(default_factory=Access)
    operators: frozenset[str] = frozenset()
    places: Places = field(default_factory=Nowhere)
    polls: Polls | None = None
    activity: Activity | None = None
    host: Host | None = None
    shelf: Shelf | None = None

    @property
    def present(self) -> "Services":
        """The same with the lessons as they are now, whatever becomes of them meanwhile."""
        return replace(self, curriculum=self.shelf.present) if self.shelf else self


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What is remembered only while the program runs.

    `traps` are the silent traps that learners were told about in their present session; `on_gpu`
    are the learners whose code is on a GPU or waits for one; `replayed_on_gpu` names by their time
    the cells that a learner's session there has run again. `panels` are the slots of the live
    inspectors that are open, `in_flight` the messages whose code is being run.
    """

    being_graded: set[int] = field(default_factory=set)
    on_gpu: set[int] = field(default_factory=set)
    replayed_on_gpu: dict[int, Sequence[datetime]] = field(default_factory=dict)
    traps: Recent[int, frozenset[str]] = field(default_factory=lambda: Recent(MOST_WARNED))
    known: Recent[int, Known] = field(default_factory=lambda: Recent(MOST_REMEMBERED))
    panels: dict[int, str] = field(default_factory=dict)
    in_flight: InFlight = field(default_factory=InFlight)
    runs: RunsOfAMinute = field(default_factory=RunsOfAMinute)
    board: Board = field(default_factory=Board)

    def forget(self, learner: int) -> None:
        """Know nothing of `learner` any more, whose data are deleted."""
        self.traps.drop(learner)
        self.known.drop(learner)
        self.panels.pop(learner, None)
        self.replayed_on_gpu.pop(learner, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One learner's event with all that is needed to answer it."""

    services: Services
    meanwhile: Meanwhile
    event: Event
    learner: Learner
    say: Wording
    position: Position | None = None

    @property
    def store(self) -> Store:
        return self.services.store

    def text(self, text: LocalText) -> str:
        """Return a lesson's text in the learner's language, all math in Unicode."""
        return blocks_to_unicode(text.in_(self.say.locale))

    def taught(self, text: LocalText) -> Taught:
        """Return a lesson's text as running words, whose blocks of math are drawn where they can be."""
        return Taught(text.in_(self.say.locale))

    @property
    def known(self) -> Known | None:
        """What is known of the variables in the learner's session."""
        return self.meanwhile.known.get(self.learner.id)

    def remember(self, known: Known | None) -> None:
        """Keep what the learner's last run left behind; None is nothing."""
        kept = known or Known(Seen())
        self.meanwhile.known.put(self.learner.id, kept, kept.weight)

    async def move(self, position: Position) -> None:
        """Store where the learner is now, unless that is known already."""
        if position != self.position:
            await self.store.move(self.learner.id, position)
