"""The tutor's own messages in a chat, as the chat's adapter remembers them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message of the tutor that may have to be edited, or whose buttons are not for everybody.

    `slot` is empty for what stands for itself, `owner` (a user id) for what is for everybody, and
    `source` is the message that it answers, if there is one. One that is not `settled` still says
    that something goes on. One without a `channel_id` is seen by its owner alone, in no channel.
    """

    message_id: str
    channel_id: str
    server_id: str = ""
    slot: str = ""
    owner: str = ""
    source: str = ""
    settled: bool = True
