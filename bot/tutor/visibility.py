"""Where the answer to code goes: which message it replaces, and who may see it."""

from typing import Literal

from bot.tutor.event import CodeEdited, CodePosted, Event, Pressed, Said
from bot.tutor.reply import Ref
from bot.tutor.turn import Turn

OPEN = "o"
"""What a button says that runs code again whose answer stands for everybody to see."""


def slot_of(turn: Turn) -> str:
    """Return the slot of the answer; a stranger's code has another than their own answer to it."""
    source = turn.event.key.message_id
    if isinstance(turn.event, CodePosted) and not turn.event.own:
        return f"aside:{turn.learner.id}:{source}"
    return f"run:{source}"


def visibility_of(turn: Turn) -> Literal["public", "private"]:
    """Answer code where it was posted, and everything else to whoever asked alone."""
    shared = turn.event.place.kind in ("server", "thread")
    return "public" if shared and _is_in_the_open(turn.event) else "private"


def _is_in_the_open(event: Event) -> bool:
    match event:
        case CodePosted(own=own):
            return own
        case CodeEdited() | Said():
            return True
        case Pressed(ref=Ref(verb="again", args=(_, _, how))):
            return OPEN in how
        case _:
            return False
