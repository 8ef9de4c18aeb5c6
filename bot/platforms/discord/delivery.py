"""Brings the tutor's replies to where they belong on Discord, and keeps them up to date there."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import discord

from bot.platforms.discord.memory import Memory
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.spots import Spot
from bot.tutor.ports import Wordings
from bot.tutor.reply import Reply

Renderer = Callable[[Reply, str], Sequence[Outgoing]]
"""Turns a reply, in a locale, into messages as Discord takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What delivery works with. `locale_of` tells which language a person (by user id) reads."""

    client: discord.Client
    memory: Memory
    render: Renderer
    wordings: Wordings
    locale_of: Callable[[str], Awaitable[str]]
    new_id: Callable[[], str] = lambda: secrets.token_hex(4)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Delivery:
    """Delivers answers; one for the whole program."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def answer(
        self, replies: AsyncIterator[Reply], spot: Spot, *, owner: str, source: str = ""
    ) -> None:
        """Deliver `replies`, which answer the user `owner`, at `spot`; return when all is delivered.

        `source` is the id of the message with the code that they answer, so that it can be run again
        after a restart. What fails inside `replies` becomes an apology; what Discord refuses is logged.
        An interaction whose `replies` are empty only gets what waited for its user.
        """
        raise NotImplementedError

    async def settle(self) -> None:
        """Say of every message that still says something goes on that it was cut short by a restart.

        To be called once, when the client is ready. Pressing what it offers sends
        `Ref("rerun", (channel id, message id of the source))`, or `Ref("learn")` without a source.
        """
        raise NotImplementedError
