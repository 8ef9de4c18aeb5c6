"""Remembers for a while in which state the code of a message was taken up."""

from collections import OrderedDict

MOST = 5_000


class Seen:
    """Messages by their id, with what tells one state of theirs from another."""

    def __init__(self) -> None:
        self._states: OrderedDict[int, str] = OrderedDict()

    def put(self, message_id: int, state: str) -> None:
        """Remember that the message was taken up in this state."""
        self._states[message_id] = state
        self._states.move_to_end(message_id)
        if len(self._states) > MOST:
            self._states.popitem(last=False)

    def state(self, message_id: int) -> str | None:
        """Return the state in which the message was taken up last, None if it was not, or long ago."""
        return self._states.get(message_id)

    def forget(self, message_id: int) -> bool:
        """Forget a message; tell whether it was known."""
        return self._states.pop(message_id, None) is not None
