"""Finds or makes the learner's own private thread in a server, one for each learner and server."""

import discord

from bot.platforms.discord.memory import Memory
from bot.platforms.discord.spots import Channel


class Threads:
    """Opens learners' own threads; one for the whole program."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def own(
        self,
        user: discord.Member,
        here: Channel | None,
        home: str = "",
    ) -> discord.Thread | None:
        """Return the learner's own private thread in `user.guild`, open and with them in it.

        A new one is made in the channel `home` (an id, as the server has set it), else in `here`.
        None where it may not or cannot be made now, within about a second: answer privately then.
        """
        raise NotImplementedError
