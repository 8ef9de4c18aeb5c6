"""When a session is snapshotted: at once after a cell, but not in the middle of a long quick series."""

_HURRIED_SECONDS = 0.02
_SOON_SECONDS = 0.002
"""The reply goes out first: a look at the processes takes about as long as a short cell."""

_MOST_ALLOWED = 5.0
_ALLOWED_PER_SECOND = 1.0


class Pace:
    """Who sends cells at once, one after the other, would wait for a fork that takes longer than they.

    A few of them may wait, for safety; in a longer series, as in a replay, the state is kept at the
    next rest. Times are seconds of one clock.
    """

    def __init__(self) -> None:
        self._allowed = _MOST_ALLOWED
        self._ended = float("-inf")

    def begin(self, now: float) -> None:
        """A cell starts."""
        rest = now - self._ended
        if rest < _HURRIED_SECONDS:
            self._allowed = max(0.0, self._allowed - 1)
        else:
            self._allowed = min(_MOST_ALLOWED, self._allowed + rest * _ALLOWED_PER_SECOND)

    def end(self, now: float) -> float:
        """It ended; returns how many seconds from now a snapshot is to be taken."""
        self._ended = now
        return _SOON_SECONDS if self.may_wait else _HURRIED_SECONDS

    @property
    def may_wait(self) -> bool:
        """Whether the next cell, however soon it comes, waits until the state is kept."""
        return self._allowed >= 1
