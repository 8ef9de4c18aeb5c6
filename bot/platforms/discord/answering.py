"""Answers one interaction as its rules allow: at first within three seconds, then by what may follow."""

import asyncio
import logging

import discord

from bot.platforms.discord.faults import REFUSALS, Fault, described, fault_of
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.posts import Post
from bot.platforms.discord.sending import changed_message, new_message
from bot.platforms.discord.spots import DiscordInteraction

MOST_AS_A_GUEST = 5
"""Messages that may follow the first answer where the tutor itself is not."""

_UPDATING = (
    discord.InteractionResponseType.deferred_message_update,
    discord.InteractionResponseType.message_update,
)

log = logging.getLogger(__name__)


class Answering:
    """One interaction being answered. `private` is how its acknowledgement has to be."""

    def __init__(self, interaction: DiscordInteraction, *, private: bool, guest: bool) -> None:
        self._interaction = interaction
        self._private = private
        self._guest = guest
        self._lock = asyncio.Lock()  # an acknowledgement and an answer must not cross
        self._acknowledged = False
        self._thinking: bool | None = None  # whether what "is thinking" is private; None: nothing
        self._followed = 0
        self._dead = False

    @property
    def is_open(self) -> bool:
        """Whether another message can still be sent in answer to it."""
        if self._dead or self._interaction.is_expired():
            return False
        return not self._guest or self._thinking is not None or self._followed < MOST_AS_A_GUEST

    @property
    def pressed(self) -> int | None:
        """The message on which a button was pressed or from which a form was opened."""
        return self._interaction.message.id if self._interaction.message else None

    @property
    def is_acknowledged(self) -> bool:
        return self._acknowledged or self._interaction.response.is_done()

    async def acknowledge(self) -> None:
        """Tell Discord that an answer will come, unless one has come already."""
        async with self._lock:
            if self.is_acknowledged or self._dead:
                return
            try:
                await self._defer()
            except REFUSALS as error:
                self._note(error)
                log.warning("interaction %s not deferred: %s", self._id, described(error))

    async def send(self, out: Outgoing, *, private: bool) -> Post:
        """Answer with a new message. Raises what Discord refuses."""
        async with self._lock:
            try:
                return await self._sent(out, private=private)
            except discord.HTTPException as error:
                self._note(error)
                raise

    async def edit_pressed(self, post: Post, out: Outgoing) -> bool:
        """Answer by editing `post` if it is what was pressed; False if it has to be edited otherwise."""
        if post.message_id != self.pressed:
            return False
        async with self._lock:
            first = not self.is_acknowledged
            if first:
                try:
                    await self._interaction.response.edit_message(**changed_message(out))
                except discord.HTTPException as error:
                    self._note(error)
                    return False
            if self._interaction.response.type in _UPDATING:
                post.token, post.original = self._interaction, True
            return first

    async def take_over(self, post: Post) -> None:
        """Make `post` one that this interaction can edit and delete, if it is what was pressed."""
        if post.message_id == self.pressed:
            await self.acknowledge()
            if self._interaction.response.type in _UPDATING:
                post.token, post.original = self._interaction, True

    async def finish(self) -> bool:
        """End what was begun; False if a command would be left without a visible answer."""
        async with self._lock:
            if self.pressed is not None and not self.is_acknowledged:
                await self._interaction.response.defer()
            return self._dead or (self.is_acknowledged and self._thinking is None)

    async def _defer(self) -> None:
        if self.pressed is not None:
            await self._interaction.response.defer()  # says nothing of how the answer will be
            return
        await self._interaction.response.defer(ephemeral=self._private, thinking=True)
        self._thinking = self._private

    async def _sent(self, out: Outgoing, *, private: bool) -> Post:
        if not self.is_acknowledged:
            try:
                return await self._first(out, private=private)
            except discord.HTTPException as error:
                if fault_of(error) is not Fault.ANSWERED:
                    raise
                # An earlier try had arrived, only its confirmation had not.
                self._acknowledged = True
                original = await self._interaction.original_response()
                return self._post(original, private=private, original=True)
        if self._thinking is not None:
            thinking, self._thinking = self._thinking, None
            if thinking == private:
                return await self._in_place_of_thinking(out, private=private)
            await self._interaction.delete_original_response()
        followup = self._interaction.followup
        message = await followup.send(wait=True, ephemeral=private, **new_message(out))
        self._followed += 1
        return self._post(message, private=private, original=False)

    async def _first(self, out: Outgoing, *, private: bool) -> Post:
        told = await self._interaction.response.send_message(ephemeral=private, **new_message(out))
        message = told.resource
        if not isinstance(message, discord.Message):
            message = await self._interaction.original_response()
        return self._post(message, private=private, original=True)

    async def _in_place_of_thinking(self, out: Outgoing, *, private: bool) -> Post:
        try:
            message = await self._interaction.edit_original_response(**changed_message(out))
        except discord.HTTPException:
            self._thinking = private  # it is there to be tried again
            raise
        return self._post(message, private=private, original=True)

    def _post(self, message: discord.Message, *, private: bool, original: bool) -> Post:
        return Post(
            message_id=message.id,
            channel_id=self._interaction.channel_id or 0,
            server_id=self._interaction.guild_id,
            ephemeral=private,
            token=self._interaction,
            original=original,
        )

    def _note(self, error: BaseException) -> None:
        fault = fault_of(error)
        self._dead = self._dead or fault is Fault.EXPIRED
        self._acknowledged = self._acknowledged or fault is Fault.ANSWERED

    @property
    def _id(self) -> int:
        return self._interaction.id
