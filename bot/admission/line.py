"""The line of waiting errands: a mailbox for each learner, in order, and learners in turn."""

from collections import deque
from collections.abc import Iterator

from bot.admission.errand import Errand


class Line:
    """Who is served next. A learner with an errand in flight waits until it is over."""

    def __init__(self) -> None:
        self._mailboxes: dict[int, deque[Errand]] = {}
        self._next: deque[int] = deque()
        self._busy: dict[int, None] = {}

    def __len__(self) -> int:
        return sum(map(len, self._mailboxes.values()))

    def of(self, learner: int) -> tuple[Errand, ...]:
        """Return what waits in the learner's mailbox, oldest first."""
        return tuple(self._mailboxes.get(learner, ()))

    def everything(self) -> tuple[Errand, ...]:
        return tuple(errand for mailbox in self._mailboxes.values() for errand in mailbox)

    def add(self, errand: Errand) -> None:
        mailbox = self._mailboxes.setdefault(errand.learner, deque())
        mailbox.append(errand)
        if len(mailbox) == 1 and errand.learner not in self._busy:
            self._next.append(errand.learner)

    def take(self) -> Errand | None:
        """Take out the errand whose turn it is; its learner is busy until `done`."""
        if not self._next:
            return None
        errand = self._mailboxes[self._next.popleft()][0]
        self._busy[errand.learner] = None
        self._drop(errand)
        return errand

    def done(self, learner: int) -> None:
        """Let the learner take turns again, after everybody who waits now."""
        self._busy.pop(learner, None)
        if learner in self._mailboxes:
            self._next.append(learner)

    def remove(self, errand: Errand) -> bool:
        """Take the errand out of the line, if it is in it."""
        if errand not in self._mailboxes.get(errand.learner, ()):
            return False
        self._drop(errand)
        if errand.learner not in self._mailboxes and errand.learner in self._next:
            self._next.remove(errand.learner)
        return True

    def _drop(self, errand: Errand) -> None:
        mailbox = self._mailboxes[errand.learner]
        mailbox.remove(errand)
        if not mailbox:
            del self._mailboxes[errand.learner]

    def place(self, errand: Errand) -> int | None:
        """Return how many turns away the errand is, from 1; None if it is not in line."""
        return next((n for n, one in enumerate(self._in_turn(), 1) if one is errand), None)

    def _in_turn(self) -> Iterator[Errand]:
        busy = [learner for learner in self._busy if learner in self._mailboxes]
        mailboxes = [self._mailboxes[learner] for learner in (*self._next, *busy)]
        for number in range(max(map(len, mailboxes), default=0)):
            yield from (mailbox[number] for mailbox in mailboxes if number < len(mailbox))
