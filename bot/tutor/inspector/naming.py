"""Names tensors and messages in buttons, where a hundred characters have to do."""

import re
from hashlib import sha256

from bot.tutor.inspector.seen import Seen, Tensor
from bot.tutor.turn import Turn

MOST_IN_A_BUTTON = 48
_DIGEST = "#"
_ORIGIN = re.compile(r"[0-9a-f]{8}")


def digest(text: str) -> str:
    """Return what stands for `text` in a button."""
    return sha256(text.encode(errors="replace")).hexdigest()[:8]


def origin_of(turn: Turn, claimed: str = "") -> str:
    """Return what stands for the message that is edited: what a button says, else a new one."""
    return claimed if _ORIGIN.fullmatch(claimed) else digest(turn.event.key.message_id)


def in_button(one: Tensor) -> str:
    """Return the tensor's name where it fits a button and reads as it is, else its digest."""
    fits = one.key == one.name and len(one.key) <= MOST_IN_A_BUTTON
    return one.key if fits and not one.key.startswith(_DIGEST) else _DIGEST + digest(one.key)


def meant(seen: Seen, wanted: str) -> str:
    """Return the tensor's name in its session that a button or a learner means by `wanted`."""
    named = seen.tensor(wanted)
    if named is None and wanted.startswith(_DIGEST):
        named = next((one for one in seen.tensors if in_button(one) == wanted), None)
    return named.key if named else wanted
