"""Knows what people are called, also where Discord tells only their number."""

import asyncio
import contextlib
from collections import OrderedDict

import discord

from bot.platforms.discord.events import PLATFORM, Person, name_of
from bot.tutor.event import Actor

MOST_KEPT = 10_000
PATIENCE = 5.0


class People:
    """Remembers names while the program runs, and asks Discord for those it does not know."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._names: OrderedDict[int, str] = OrderedDict()

    def met(self, person: Person) -> None:
        """Remember what `person` is called."""
        self._keep(person.id, name_of(person))

    async def actor(self, user_id: int) -> Actor | None:
        """Return who has that number; None where Discord does not say."""
        name = self._names.get(user_id)
        if name is None:
            with contextlib.suppress(discord.HTTPException, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    name = name_of(await self._client.fetch_user(user_id))
        if name is None:
            return None
        self._keep(user_id, name)
        return Actor(PLATFORM, str(user_id), name)

    def _keep(self, user_id: int, name: str) -> None:
        self._names[user_id] = name
        self._names.move_to_end(user_id)
        if len(self._names) > MOST_KEPT:
            self._names.popitem(last=False)
