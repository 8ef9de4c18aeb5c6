"""Tells apart why Discord refused something, so that each refusal gets what helps against it."""

from enum import Enum, auto

import aiohttp
import discord

REFUSALS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What sending, editing or deleting can raise for reasons that are not ours."""


class Fault(Enum):
    """Why something could not be done."""

    GONE = auto()  # the message or channel is there no more
    EXPIRED = auto()  # the interaction's token is worth nothing any more
    ANSWERED = auto()  # the interaction has had its first answer already
    FORBIDDEN = auto()  # a permission is missing
    CLOSED = auto()  # they take no direct messages from us
    ARCHIVED = auto()  # the thread is closed
    STALE = auto()  # the message is too old to be edited as often as that
    TOO_LARGE = auto()  # the files are more than may be sent here
    DOWN = auto()  # Discord or the way to it is not working, or slowing us down
    WRONG = auto()  # what we sent is no good


LESS_MAY_DO = (Fault.FORBIDDEN, Fault.TOO_LARGE)
"""Faults that a message without embeds or files may not meet with."""

_CODES = {
    10003: Fault.GONE,  # unknown channel
    10008: Fault.GONE,  # unknown message
    10015: Fault.EXPIRED,  # unknown webhook
    10062: Fault.EXPIRED,  # unknown interaction
    50027: Fault.EXPIRED,  # invalid webhook token
    40060: Fault.ANSWERED,
    50001: Fault.FORBIDDEN,  # no access
    50013: Fault.FORBIDDEN,  # no permission
    160002: Fault.FORBIDDEN,  # may not read what is replied to
    50007: Fault.CLOSED,
    50278: Fault.CLOSED,  # no server in common
    50083: Fault.ARCHIVED,
    160005: Fault.ARCHIVED,  # locked
    30046: Fault.STALE,
    40005: Fault.TOO_LARGE,
}
_STATUSES = {
    401: Fault.EXPIRED,
    403: Fault.FORBIDDEN,
    404: Fault.GONE,
    413: Fault.TOO_LARGE,
    429: Fault.DOWN,
}


def fault_of(error: BaseException) -> Fault:
    """Return what went wrong."""
    if not isinstance(error, discord.HTTPException):
        return Fault.WRONG if isinstance(error, discord.ClientException) else Fault.DOWN
    known = _CODES.get(error.code) or _STATUSES.get(error.status)
    return known or (Fault.DOWN if error.status >= 500 else Fault.WRONG)


def described(error: BaseException) -> str:
    """Return for the log what went wrong: neither contents nor tokens, which messages may hold."""
    if isinstance(error, discord.HTTPException):
        return f"{fault_of(error).name} (status {error.status}, code {error.code})"
    return f"{fault_of(error).name} ({type(error).__name__})"
