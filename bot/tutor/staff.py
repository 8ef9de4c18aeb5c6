"""Tells who runs the tutor and who manages the server in which something happens."""

from bot.tutor.buttons import continue_button
from bot.tutor.event import Actor, Event
from bot.tutor.reply import Button, Note, Ref, Reply
from bot.tutor.turn import Services, Turn


def account(actor: Actor) -> str:
    """Return an actor as an operator is named in the configuration: "discord:123"."""
    return f"{actor.platform}:{actor.user_id}"


def is_operator(services: Services, actor: Actor) -> bool:
    return account(actor) in services.operators


def is_in_server(event: Event) -> bool:
    """Tell whether it happened in a server in which the tutor itself is."""
    return event.place.kind in ("server", "thread") and bool(event.place.server_id)


def may_manage(services: Services, event: Event) -> bool:
    """Tell whether whoever did it may manage the server in which it happened."""
    return is_in_server(event) and (event.actor.manages or is_operator(services, event.actor))


def turned_away(turn: Turn) -> Reply:
    """Return what everybody else hears who asks for what is not theirs."""
    say = turn.say
    text = say("That is for those who look after the tutor. `help` shows what is for you.")
    everything = Button(say("What you can do here"), Ref("help"))
    return Reply((Note("info", text),), (continue_button(turn), everything))
