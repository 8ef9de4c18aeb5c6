"""Sends the new messages of one answer: as near to where it was asked for as Discord lets it."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import discord

from bot.platforms.discord.answering import Answering
from bot.platforms.discord.channels import Channels
from bot.platforms.discord.fallbacks import versions
from bot.platforms.discord.faults import LESS_MAY_DO, REFUSALS, Fault, described, fault_of
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Post
from bot.platforms.discord.privately import Privately
from bot.platforms.discord.scene import Scene

_OTHER_WAY = (Fault.EXPIRED, Fault.ANSWERED, Fault.GONE)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to people that all answers share."""

    channels: Channels
    privately: Privately


class Courier:
    """The ways of one answer to `owner`: its interaction, its channel, and those that are private.

    `pointer` says, where an answer was to be seen by all, that something waits for one of them.
    """

    def __init__(
        self,
        ways: Ways,
        scene: Scene,
        owner: str,
        *,
        answering: Answering | None = None,
        reply_to: int | None = None,
        pointer: Callable[[], Outgoing] | None = None,
    ) -> None:
        self._ways = ways
        self.scene = scene
        self.owner = owner
        self.answering = answering
        self._reply_to = reply_to
        self._pointer = pointer
        self.has_sent = False

    async def send(
        self, out: Outgoing, nonce: int, *, private: bool, settled: bool = True
    ) -> Post | None:
        """Send `out`; None if it waits or nobody can be reached. What is `private` never goes where others see it.

        What is not `settled` does not wait: something else will soon be said in its place. Raises what Discord refuses for reasons that another way does not help against.
        """
        post = await self._on_interaction(out, private=private)
        if post is None and not (private and self.scene.shared) and not self.scene.guest:
            post = await self._ways.channels.send(self.scene, out, nonce, self._reply_to)
        if post is None and self.owner:
            post = await self._ways.privately.send(
                self.owner, self.scene.server_id, out, waits=settled
            )
        if post is None and settled and self.owner and self._pointer is not None:
            pointer, self._pointer = self._pointer(), None
            await self._ways.channels.send(self.scene, pointer, nonce, self._reply_to)
        self.has_sent = True
        return post

    async def hand_over(self) -> None:
        """Send first what has waited for this person."""
        if self.answering is not None:
            for out in self._ways.privately.take_waiting(self.owner):
                try:
                    await self.send(out, secrets.randbits(60), private=True)
                except REFUSALS as error:
                    log.info("what waits for user %s waits on: %s", self.owner, described(error))
                    self._ways.privately.wait(self.owner, out)

    async def _on_interaction(self, out: Outgoing, *, private: bool) -> Post | None:
        if self.answering is None or not self.answering.is_open:
            return None
        ephemeral = self.scene.guest or (private and self.scene.shared)
        for version in versions(out):
            try:
                post = await self.answering.send(version, private=ephemeral)
            except discord.HTTPException as error:
                fault = fault_of(error)
                if fault in _OTHER_WAY:
                    log.info("an interaction takes no more answers: %s", described(error))
                    return None
                if fault not in LESS_MAY_DO:
                    raise
            else:
                post.shared = self.scene.shared and not ephemeral
                return post
        return None

    def into(self, scene: Scene) -> "Courier":
        """Return a courier for another channel, which everybody there is to see."""
        return Courier(self._ways, replace(scene, asker=self.scene.asker), owner="")
