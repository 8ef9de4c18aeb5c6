"""Brings to one person what nobody else may see: into their own thread, by a direct message, or later."""

import logging
import secrets

import discord

from bot.platforms.discord.channels import Channels
from bot.platforms.discord.faults import Fault, described, fault_of
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Post
from bot.platforms.discord.scene import Scene
from bot.tutor.recent import Recent

MOST_WAITING = 5
"""Messages that wait for one person; earlier ones are forgotten."""

MOST_BYTES = 16 * 1024 * 1024
MOST_UNREACHED = 1_000
_OF_ITSELF = 4096

log = logging.getLogger(__name__)


class Privately:
    """Reaches single persons; one for the whole program."""

    def __init__(self, client: discord.Client, memory: Memory, channels: Channels) -> None:
        self._client = client
        self._memory = memory
        self._channels = channels
        self._waiting: Recent[str, tuple[Outgoing, ...]] = Recent(MOST_BYTES)
        self._unreached: Recent[str, bool] = Recent(MOST_UNREACHED)

    async def send(
        self, owner: str, server_id: int | None, out: Outgoing, *, waits: bool = True
    ) -> Post | None:
        """Bring `out` to `owner`; None if it has to wait for their next press or command.

        What is not worth waiting for is not sent either to somebody who could not be reached.
        """
        if not waits and self._unreached.get(owner):
            return None
        post = await self._in_thread(owner, server_id, out) or await self._by_message(owner, out)
        self._unreached.put(owner, post is None, 1)
        if post is None and waits:
            self.wait(owner, out)
        return post

    def take_waiting(self, owner: str) -> tuple[Outgoing, ...]:
        """Return what waits for `owner`, and forget it."""
        waiting = self._waiting.get(owner) or ()
        if waiting:
            self._waiting.put(owner, (), 0)
        return waiting

    def wait(self, owner: str, out: Outgoing) -> None:
        """Keep `out` until `owner` presses or commands something, as long as there is room."""
        waiting = (*(self._waiting.get(owner) or ()), out)[-MOST_WAITING:]
        weight = sum(_OF_ITSELF + sum(len(file.data) for file in one.files) for one in waiting)
        self._waiting.put(owner, waiting, weight)
        kept = self._waiting.get(owner) is not None
        log.info("what is for user %s %s", owner, "waits" if kept else "was too large to wait")

    async def _in_thread(self, owner: str, server_id: int | None, out: Outgoing) -> Post | None:
        thread = await self._memory.thread_of(str(server_id or ""), owner)
        if thread is None:
            return None
        channel = self._client.get_channel(int(thread))
        if not isinstance(channel, discord.Thread):
            there = self._client.get_partial_messageable(int(thread), guild_id=server_id)
            return await self._channels.send(Scene(there, server_id, shared=False), out, _nonce())
        return await self._channels.send(Scene(channel, server_id, shared=False), out, _nonce())

    async def _by_message(self, owner: str, out: Outgoing) -> Post | None:
        try:
            channel = await self._client.create_dm(discord.Object(int(owner)))
        except (discord.HTTPException, ValueError) as error:
            if fault_of(error) is Fault.DOWN and not isinstance(error, ValueError):
                raise
            log.info("user %s takes no direct messages: %s", owner, described(error))
            return None
        return await self._channels.send(Scene(channel, None, shared=False), out, _nonce())


def _nonce() -> int:
    return secrets.randbits(60)
