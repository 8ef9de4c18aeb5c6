"""Tells who runs the tutor and who manages the server in which something happens."""

from bot.tutor.event import Actor, Event
from bot.tutor.turn import Services


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
