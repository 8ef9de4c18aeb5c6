"""Who may use the tutor where: one rule over what an operator has allowed."""

from dataclasses import dataclass
from typing import Literal

from bot.tutor.event import Actor, Place
from bot.tutor.records import CodePlace, ServerSettings

Refusal = Literal["blocked", "server", "role", "dm", "user_install", "channel", "threads"]
"""Why somebody may not; the last two are about code alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an operator allows. No servers and no roles stand for all of them.

    Roles count in servers alone: nobody has any in a DM.
    """

    servers: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    dms: bool = True
    user_install: bool = True
    runs_per_minute: int = 20
    gpu_minutes_per_day: float = 30.0


def refusal(access: Access, actor: Actor, place: Place) -> Refusal | None:
    """Return why `actor` may not use the tutor in `place`, or None where they may."""
    match place.kind:
        case "terminal":
            return None
        case "dm":
            return None if access.dms else "dm"
        case "guest":
            return None if access.user_install else "user_install"
        case "server" | "thread":
            if access.servers and place.server_id not in access.servers:
                return "server"
            return "role" if access.roles and access.roles.isdisjoint(actor.roles) else None


def refusal_of_code(settings: ServerSettings, place: Place) -> Refusal | None:
    """Return why code in a message does not run in `place`; None where it does."""
    if place.kind != "server":
        return None
    allowed: CodePlace = settings.code
    if allowed == "threads":
        return "threads"
    elsewhere = settings.channel_id not in ("", place.channel_id)
    return "channel" if allowed == "channel" and elsewhere else None
