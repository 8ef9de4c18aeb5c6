"""What is remembered of polls only while the program runs: counts to be shown, and failed closings."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

BETWEEN_COUNTS = timedelta(seconds=3)
"""How long a count stands at least before the message is edited again."""

FIRST_PAUSE = timedelta(seconds=5)
MOST_TRIES = 10
"""How often a closing is delivered that the chat does not take: over about an hour and a half."""


@dataclass(slots=True)
class Board:
    """Which polls have votes that their messages do not show yet, and when to try what again."""

    _uncounted: set[int] = field(default_factory=set)
    _counted_at: dict[int, datetime] = field(default_factory=dict)
    _tries: dict[int, int] = field(default_factory=dict)
    _not_before: dict[int, datetime] = field(default_factory=dict)

    def voted(self, poll: int) -> None:
        self._uncounted.add(poll)

    def counts(self, poll: int, now: datetime) -> bool:
        """Tell whether the poll's message is to be brought up to date now; it counts as done."""
        last = self._counted_at.get(poll)
        if poll not in self._uncounted or (last is not None and now - last < BETWEEN_COUNTS):
            return False
        self._uncounted.discard(poll)
        self._counted_at[poll] = now
        return True

    def may_try(self, poll: int, now: datetime) -> bool:
        """Tell whether to try to close the poll's message now; the next try waits twice as long."""
        if now < self._not_before.get(poll, now) or self.gives_up(poll):
            return False
        tries = self._tries.get(poll, 0)
        self._tries[poll] = tries + 1
        self._not_before[poll] = now + FIRST_PAUSE * 2**tries
        return True

    def gives_up(self, poll: int) -> bool:
        return self._tries.get(poll, 0) >= MOST_TRIES

    def closed(self, poll: int) -> None:
        """Forget the poll."""
        self._uncounted.discard(poll)
        for kept in (self._counted_at, self._tries, self._not_before):
            kept.pop(poll, None)
