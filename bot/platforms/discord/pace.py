"""Holds edits of a message apart in time, and the further the more messages are edited all the time."""

from collections.abc import Callable

INTERVAL = 1.2
"""Seconds between two edits of a message: Discord takes five in five seconds, in a whole channel."""

MOST_A_SECOND = 20
"""Edits of what goes on, of all messages together; answers need the rest of Discord's 50 requests."""

MOST_KNOWN = 1_000


class Pace:
    """When each slot's message may be edited next; one for the whole program."""

    def __init__(
        self,
        clock: Callable[[], float],
        interval: float = INTERVAL,
        most_a_second: float = MOST_A_SECOND,
    ) -> None:
        self._clock = clock
        self._interval = interval
        self._apart = 1 / most_a_second
        self._next: dict[str, float] = {}
        self._going_on: dict[str, int] = {}

    def delay(self, slot: str, *, settled: bool) -> float:
        """Return the seconds until the message in `slot` may be edited, 0 for now.

        What has come to its end need not wait for its turn: it may take the one after that early.
        """
        due = self._next.get(slot, 0.0) - (self._interval if settled else 0.0)
        return max(0.0, due - self._clock())

    def sent(self, slot: str, channel_id: int, *, settled: bool) -> None:
        """Note that the message was sent or edited, and whether it will be edited again and again."""
        self._going_on.pop(slot, None)
        if not settled:
            self._going_on[slot] = channel_id
        now = self._clock()
        apart = self._interval if settled else self._apart_in(channel_id)
        self._next[slot] = max(now, self._next.get(slot, 0.0)) + apart
        if len(self._next) > MOST_KNOWN:
            self._next = {slot: due for slot, due in self._next.items() if due > now}

    def forget(self, slot: str) -> None:
        """Note that nothing goes on in `slot` any more."""
        self._going_on.pop(slot, None)

    def _apart_in(self, channel_id: int) -> float:
        here = sum(channel == channel_id for channel in self._going_on.values())
        return max(self._interval * here, self._apart * len(self._going_on))
