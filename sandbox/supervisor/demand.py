"""How many spares to keep: more after somebody had to wait for one, fewer again when it is quiet."""

_SECONDS_PER_SPARE = 30.0
_USUAL_SECONDS = 0.2
_NEWEST_SHARE = 0.2


class Demand:
    """Between `least` and `most` spares; times are seconds of one clock."""

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = max(least, most)
        self._raised_to = least
        self._raised_at = 0.0
        self._making = _USUAL_SECONDS

    def somebody_waits(self, now: float) -> None:
        """There was no spare: with one more this one would not have had to wait."""
        self._raised_to = min(self._most, self.target(now) + 1)
        self._raised_at = now

    def target(self, now: float) -> int:
        """Return how many spares to keep; of those added, one less for every half minute of quiet."""
        fewer = int((now - self._raised_at) / _SECONDS_PER_SPARE)
        return max(self._least, self._raised_to - fewer)

    def seconds_for(self, spares: int) -> float:
        """Return how long it takes to make so many, by how long they took of late."""
        return spares * self._making

    def took(self, seconds: float) -> None:
        """A spare was made in `seconds`, its share of the time if several were made at once."""
        self._making += _NEWEST_SHARE * (seconds - self._making)
