"""Remembers for a while in which state the code of a message was taken up, and whose it is."""

from collections import OrderedDict
from dataclasses import dataclass

MOST = 5_000


@dataclass(frozen=True, slots=True)
class State:
    """What tells one state of a message's code from another, and who wrote it."""

    fingerprint: str
    author_id: int


class Seen:
    """Messages by their id."""

    def __init__(self) -> None:
        self._states: OrderedDict[int, State] = OrderedDict()

    def put(self, message_id: int, state: State) -> None:
        """Remember that the message was taken up in this state."""
        self._states[message_id] = state
        self._states.move_to_end(message_id)
        if len(self._states) > MOST:
            self._states.popitem(last=False)

    def state(self, message_id: int) -> State | None:
        """Return the state in which the message was taken up last, None if it was not, or long ago."""
        return self._states.get(message_id)

    def forget(self, message_id: int) -> State | None:
        """Forget a message; return what was known of it."""
        return self._states.pop(message_id, None)
