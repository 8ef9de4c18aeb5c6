"""The buttons that are this platform's own: Delete, and running a message again after a restart."""

from collections.abc import Awaitable, Callable

import discord

from bot.platforms.discord.deleting import DELETE
from bot.platforms.discord.events import Interaction
from bot.platforms.discord.front import Front
from bot.platforms.discord.lines import Turn
from bot.platforms.discord.memory import Kept
from bot.platforms.discord.spots import OnInteraction
from bot.tutor.reply import Ref

RERUN = "rerun"

RunMessage = Callable[[Interaction, discord.Message, Turn], Awaitable[None]]
"""Runs the code of a message that the presser wrote themselves."""


class OwnButtons:
    """What happens at a press that the tutor knows nothing of."""

    def __init__(self, front: Front, run_message: RunMessage) -> None:
        self._front = front
        self._run_message = run_message

    async def pressed(
        self, interaction: Interaction, ref: Ref, kept: Kept | None, turn: Turn
    ) -> None:
        """Do what one of our own buttons means, for somebody who may press it."""
        if ref.verb == DELETE:
            await self._delete(interaction, kept)
        else:
            await self._rerun(interaction, ref, turn)

    async def _delete(self, interaction: Interaction, kept: Kept | None) -> None:
        if kept is not None and kept.slot:
            spot = OnInteraction(interaction, interaction.locale.value)
            await self._front.take_away(kept.slot, spot, owner=kept.owner)
            return
        await interaction.response.defer()
        await interaction.delete_original_response()
        if kept is not None:
            await self._front.memory.forget(kept.message_id)

    async def _rerun(self, interaction: Interaction, ref: Ref, turn: Turn) -> None:
        message = await self._found(ref)
        say = self._front.wordings.in_locale(
            self._front.wordings.best(interaction.locale.value, None)
        )
        if message is None:
            text = say("The message with that code is gone. Post the code once more to run it.")
        elif message.author.id != interaction.user.id:
            text = say("Only who wrote that code can run it again from here.")
        else:
            await self._run_message(interaction, message, turn)
            return
        await interaction.response.send_message(text, ephemeral=True)

    async def _found(self, ref: Ref) -> discord.Message | None:
        match ref.args:
            case (channel, message) if channel.isdecimal() and message.isdecimal():
                where = self._front.client.get_partial_messageable(int(channel))
                try:
                    return await where.fetch_message(int(message))
                except discord.HTTPException:
                    return None
            case _:
                return None
