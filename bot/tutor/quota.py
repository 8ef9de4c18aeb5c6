"""Counts how often somebody has done something in the last minute."""

from collections import deque
from datetime import datetime, timedelta

from bot.tutor.recent import Recent

MINUTE = timedelta(minutes=1)

MOST_COUNTED = 5_000
"""Learners of whom that is remembered."""


class RunsOfAMinute:
    """The runs that each learner has started in the last minute."""

    def __init__(self) -> None:
        self._started: Recent[int, deque[datetime]] = Recent(MOST_COUNTED)

    def start(self, learner: int, most: int, now: datetime) -> timedelta | None:
        """Count one more run, or return how long it is until there may be one."""
        started = self._started.get(learner) or deque[datetime]()
        while started and now - started[0] >= MINUTE:
            started.popleft()
        if len(started) >= most:
            return started[len(started) - most] + MINUTE - now
        started.append(now)
        self._started.put(learner, started, 1)
        return None
