"""Which idle sessions make way, and when: those left alone for long, and the longest idle where room is short."""

from collections.abc import Mapping
from dataclasses import dataclass

LEFT_ALONE = "it was left alone for long"
ROOM_WAS_SHORT = "it was left alone, and its place was needed"
MEMORY_WAS_SHORT = "it was left alone, and memory ran short"

_FOR_ROOM_SECONDS = 60.0
_FOR_MEMORY_SECONDS = 5.0
_SOONEST_RETRY_SECONDS = 1.0

Idle = Mapping[str, float]
"""When each session without a run was used last, in monotonic seconds, by its id."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`idle_seconds` is how long a session may be left alone at all."""

    idle_seconds: float

    def due(self, idle: Idle, now: float, *, memory_is_short: bool) -> dict[str, str]:
        """Return who makes way now, and why: all that are overdue, else one where memory is short.

        One at a time: what it gives back is seen at the next look.
        """
        overdue = {key: LEFT_ALONE for key, used in idle.items() if now - used > self.idle_seconds}
        if overdue or not memory_is_short:
            return overdue
        first = _first(idle, now - _FOR_MEMORY_SECONDS)
        return {} if first is None else {first: MEMORY_WAS_SHORT}

    def for_room(self, idle: Idle, now: float) -> str | None:
        """Return who makes way for a newcomer, if anybody was left alone long enough for that."""
        return _first(idle, now - _FOR_ROOM_SECONDS)

    def seconds_to_room(self, idle: Idle, now: float) -> float:
        """Return in how many seconds `for_room` finds somebody, if all idle ones stay so.

        With none idle, some run must end first: that is not counted, as nobody knows when.
        """
        oldest = min(idle.values(), default=now)
        return max(_SOONEST_RETRY_SECONDS, oldest + _FOR_ROOM_SECONDS - now)


def _first(idle: Idle, before: float) -> str | None:
    """Return the session that was left alone longest, if it was last used `before` then."""
    key = min(idle, key=lambda key: idle[key], default=None)
    return key if key is not None and idle[key] < before else None
