"""Lets in who may use the tutor, and tells everybody else in one kind sentence why not."""

import math
from collections.abc import Mapping

from bot.tutor.access import Refusal, refusal, refusal_of_code
from bot.tutor.event import (
    CodeEdited,
    CodePosted,
    Command,
    Event,
    Pressed,
    Reacted,
    Said,
    SourceDeleted,
    Submitted,
)
from bot.tutor.lesson import CodeQuestion
from bot.tutor.ports import Curriculum
from bot.tutor.records import Position
from bot.tutor.reply import Note, Ref, Reply
from bot.tutor.route import stop_at
from bot.tutor.staff import is_in_server, is_operator
from bot.tutor.turn import Services, Turn
from bot.tutor.verbs import named, say

_MOST_WORD = 40
_OWN_DATA = "mydata"
_FOR_THE_BLOCKED = frozenset({_OWN_DATA, "help"})
_RUNS = frozenset({"run", "submit", "again", "replay", "gpu", "draft", "edit", "handin", "compose"})
"""Verbs and buttons that run code. What a section's form holds runs when it comes back."""

_WHY: Mapping[Refusal, str] = {
    "blocked": say(
        "You cannot use this tutor here; ask whoever runs it. `mydata` and `help` still work."
    ),
    "server": say(
        "This tutor does not answer in this server. Ask whoever runs it to add the server, or learn "
        "where you used it before."
    ),
    "role": say(
        "In this server the tutor is for people with a certain role. Ask a moderator for it, then "
        "try again."
    ),
    "dm": say("This tutor does not answer direct messages. Use it in a server where it is."),
    "user_install": say(
        "This tutor answers only in servers that it is in itself. Use it in one of them."
    ),
    "channel": say(
        "Code in messages runs in the tutor's own channel here, and in your own thread with it, "
        "which `learn` opens. `run` works everywhere."
    ),
    "threads": say(
        "Code in messages runs only in your own thread with the tutor here; `learn` opens it. `run` "
        "works everywhere."
    ),
}


async def refused(services: Services, event: Event) -> Reply | None:
    """Return what somebody hears who may not do this here; None lets them.

    It makes nobody known to the tutor who was not before.
    """
    why = await _why(services, event)
    if why is None:
        return None
    wordings, actor = services.wordings, event.actor
    known = await services.store.known(actor)
    theirs = (known.locale, actor.locale, known.seen) if known else (actor.locale,)
    settings = await services.places.server(actor.platform, event.place.server_id)
    wording = wordings.in_locale(wordings.best(*theirs, settings.locale, services.locale))
    return Reply((Note("info", wording(_WHY[why])),), slot=_slot(event))


async def _why(services: Services, event: Event) -> Refusal | None:
    actor, place, verb = event.actor, event.place, _verb(event)
    is_free = place.kind == "terminal" or is_operator(services, actor)
    if is_free or _takes_away(event) or verb == _OWN_DATA:
        return None
    if await services.places.is_blocked(actor.platform, actor.user_id):
        return None if verb in _FOR_THE_BLOCKED else "blocked"
    why = refusal(services.access, actor, place)
    if why is None and is_in_server(event) and _is_posted_code(event):
        settings = await services.places.server(actor.platform, place.server_id)
        return refusal_of_code(settings, place)
    return why


def _takes_away(event: Event) -> bool:
    """Tell whether somebody only takes back what they did: nobody is held to it."""
    return isinstance(event, SourceDeleted) or (isinstance(event, Reacted) and not event.added)


def _is_posted_code(event: Event) -> bool:
    return isinstance(event, CodeEdited) or (isinstance(event, CodePosted) and event.own)


def _verb(event: Event) -> str:
    """Return the verb that an event amounts to, if to any."""
    match event:
        case Command(verb=word) | Said(text=word):
            return named(word) if len(word) <= _MOST_WORD else ""
        case Pressed(ref=ref) | Submitted(ref=ref):
            return ref.verb
        case _:
            return ""


def _slot(event: Event) -> str | None:
    is_code = isinstance(event, CodePosted | CodeEdited)
    return f"run:{event.key.message_id}" if is_code else None


def too_many_runs(turn: Turn) -> Reply | None:
    """Count a run that is asked for; return what is said where it is one too many of this minute."""
    services, event = turn.services, turn.event
    is_free = event.place.kind == "terminal" or is_operator(services, event.actor)
    if is_free or not _runs(services.curriculum, event):
        return None
    most = services.access.runs_per_minute
    wait = turn.meanwhile.runs.start(turn.learner.id, most, services.clock.now())
    if wait is None:
        return None
    text = turn.say.plural(
        "That is as much as can be run within a minute here ({most}). Go on in {n} second.",
        "That is as much as can be run within a minute here ({most}). Go on in {n} seconds.",
        math.ceil(wait.total_seconds()),
        most=most,
    )
    return Reply((Note("info", text),), slot=_slot(event))


def _runs(curriculum: Curriculum, event: Event) -> bool:
    """Tell whether answering `event` runs code."""
    if isinstance(event, CodePosted | CodeEdited) or _verb(event) in _RUNS:
        return True
    return isinstance(event, Submitted) and _is_code_for(curriculum, event.ref)


def _is_code_for(curriculum: Curriculum, ref: Ref) -> bool:
    """Tell whether a form that came back answers a question with code."""
    if ref.verb != "type" or len(ref.args) != 4:
        return False
    position = Position(lesson=ref.args[0], stage="question", item=ref.args[2])
    stop = stop_at(curriculum, position)
    return stop is not None and isinstance(stop.part, CodeQuestion)
