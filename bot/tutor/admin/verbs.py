"""The verbs of those who look after the tutor, and who may use which."""

from collections.abc import Mapping
from typing import Literal

from bot.tutor.event import Event
from bot.tutor.staff import is_in_server, is_operator, may_manage
from bot.tutor.turn import Services
from bot.tutor.verbs import Verb, say

ADMIN_VERBS = (
    Verb("setup", say("Say where and how the tutor works in this server.")),
    Verb("post-quiz", say("Put a question to a whole channel."), say("[lesson/question]")),
    Verb("status", say("See how the tutor is doing.")),
    Verb("export", say("Get what was done here as a file."), say("[csv|jsonl]")),
    Verb("reload", say("Read the lessons again.")),
    Verb("block", say("Keep somebody from using the tutor, or let them in again."), say("[user]")),
)

Whose = Literal["managers", "operators", "either"]

_WHOSE: Mapping[str, Whose] = {
    "setup": "managers",
    "post-quiz": "managers",
    "status": "either",
    "export": "either",
    "reload": "operators",
    "block": "operators",
}


def allowed(services: Services, event: Event) -> tuple[Verb, ...]:
    """Return the verbs that whoever did this may use where they are."""
    return tuple(verb for verb in ADMIN_VERBS if may(services, event, verb.name))


def may(services: Services, event: Event, verb: str) -> bool:
    """Tell whether whoever did this may use a verb here. Operators may manage every server."""
    operates, manages = is_operator(services, event.actor), may_manage(services, event)
    match _WHOSE[verb]:
        case "managers":
            return manages
        case "operators":
            return operates
        case "either":
            return manages or operates


def elsewhere(services: Services, event: Event, verb: str) -> bool:
    """Tell whether an operator could do this in a server, but not where they are."""
    is_outside = not is_in_server(event)
    return is_outside and _WHOSE[verb] == "managers" and is_operator(services, event.actor)
