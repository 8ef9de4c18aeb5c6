"""Answers buttons, selects and forms; by what they carry alone, so that they outlive the program."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import discord

from bot.platforms.discord.deleting import DELETE
from bot.platforms.discord.events import Interaction, key_of
from bot.platforms.discord.forms import modal_of, values_of
from bot.platforms.discord.front import Front
from bot.platforms.discord.lessons import OPENING, open_lesson
from bot.platforms.discord.lines import Turn
from bot.platforms.discord.memory import Kept
from bot.platforms.discord.notices import WAITING
from bot.platforms.discord.own import RERUN, OwnButtons
from bot.platforms.discord.refs import chosen, ref_of
from bot.platforms.discord.spots import OnInteraction
from bot.tutor.event import Actor, Place, Pressed, Submitted
from bot.tutor.reply import Ref

FOR_EVERYBODY = OPENING | {"vote", WAITING, "help", "language", "progress", "leaderboard"}
"""Verbs that do for whoever presses them what they do for the owner of the message."""

OF_RUNS = frozenset({DELETE, "again", "stop"})
"""Verbs of buttons below what a run has come to: such messages are always remembered."""

MOMENT = 0.3
FOR_MODERATORS = frozenset({"stop", DELETE})
_SELECT = 3
_UNKNOWN = Ref("unknown")


class Presses:
    """Whatever comes back from a message or a form of the tutor."""

    def __init__(self, front: Front, own: OwnButtons) -> None:
        self._front = front
        self._own = own

    async def came(self, interaction: Interaction) -> None:
        """Answer a press or a form; nothing else is meant for us."""
        kinds = {
            discord.InteractionType.component: self._pressed,
            discord.InteractionType.modal_submit: self._submitted,
        }
        work = kinds.get(interaction.type)
        if work is None:
            return
        data = cast("Mapping[str, Any]", interaction.data or {})
        ref = _ref_in(data)
        jumps = ref.verb == "stop"
        lines = self._front.lines
        async with lines.turn(interaction.user.id, jumps=jumps, at_once=True) as turn:
            spot = OnInteraction(interaction, interaction.locale.value)
            await self._front.care(work(interaction, ref, turn), spot)

    async def _pressed(self, interaction: Interaction, ref: Ref, turn: Turn) -> None:
        front = self._front
        actor, place = await front.asked(interaction)
        kept = await self._kept(interaction, ref)
        if not _may_press(interaction, ref, kept):
            await self._refuse(interaction, (actor, place), kept)
            return
        if ref.verb in (DELETE, RERUN):
            await self._own.pressed(interaction, ref, kept, turn)
            return
        if ref.verb == WAITING:
            await front.hand_over(interaction, actor, place)
            return
        if await self._opened_form(interaction, ref, actor, place):
            return
        if ref.verb in OPENING:
            await open_lesson(
                front,
                interaction,
                actor,
                place,
                lambda there: _press(interaction, actor, there, ref),
                turn,
            )
            return
        spot = OnInteraction(interaction, await front.locale_of(actor, place))
        actor = await self._owner_to_stop(ref, kept) or actor
        await front.answer(_press(interaction, actor, place, ref), spot, turn=turn)

    async def _kept(self, interaction: Interaction, ref: Ref) -> Kept | None:
        """Return what is known of the message that was pressed."""
        if interaction.message is None:
            return None
        message_id = str(interaction.message.id)
        kept = await self._front.memory.message(message_id)
        if kept is None and ref.verb in OF_RUNS:
            # It can be pressed a moment before it is remembered.
            await asyncio.sleep(MOMENT)
            kept = await self._front.memory.message(message_id)
        return kept

    async def open(self, interaction: Interaction, ref: Ref, turn: Turn) -> None:
        """Open the form that `ref` means; where there is none, say what the tutor says to that."""
        front = self._front
        actor, place = await front.asked(interaction)
        if not await self._opened_form(interaction, ref, actor, place):
            spot = OnInteraction(interaction, await front.locale_of(actor, place))
            await front.answer(_press(interaction, actor, place, ref), spot, turn=turn)

    async def _opened_form(
        self, interaction: Interaction, ref: Ref, actor: Actor, place: Place
    ) -> bool:
        """Open the form that `ref` opens, if it does; it has to be the first answer."""
        form = await self._front.tutor.form(ref, actor)
        modal = modal_of(form, await self._front.words(actor, place)) if form else None
        if modal is None:
            return False
        await interaction.response.send_modal(modal)
        return True

    async def _submitted(self, interaction: Interaction, ref: Ref, turn: Turn) -> None:
        front = self._front
        actor, place = await front.asked(interaction)
        written = Submitted(
            actor=actor,
            place=place,
            key=key_of(interaction.channel_id, interaction.id),
            ref=ref,
            values=values_of(cast("Mapping[str, Any]", interaction.data or {})),
        )
        spot = OnInteraction(interaction, await front.locale_of(actor, place))
        await front.answer(written, spot, turn=turn)

    async def _refuse(
        self, interaction: Interaction, who: tuple[Actor, Place], kept: Kept | None
    ) -> None:
        say = await self._front.words(*who)
        if kept is None or not kept.owner:
            text = say("Only moderators can do that here.")
        else:
            text = say(
                "This belongs to {person}. With /learn you get your own.",
                person=f"<@{kept.owner}>",
            )
        await interaction.response.send_message(text, ephemeral=True)

    async def _owner_to_stop(self, ref: Ref, kept: Kept | None) -> Actor | None:
        """Return whose run it is that a moderator stops."""
        if ref.verb != "stop" or kept is None or not kept.owner:
            return None
        return await self._front.people.actor(int(kept.owner))


def _ref_in(data: Mapping[str, Any]) -> Ref:
    values = data.get("values")
    if data.get("component_type") == _SELECT and isinstance(values, list):
        ref = chosen(str(value) for value in values)
    else:
        ref = ref_of(str(data.get("custom_id", "")))
    return ref or _UNKNOWN


def _press(interaction: Interaction, actor: Actor, place: Place, ref: Ref) -> Pressed:
    key = key_of(interaction.channel_id, interaction.id)
    return Pressed(actor=actor, place=place, key=key, ref=ref)


def _may_press(interaction: Interaction, ref: Ref, kept: Kept | None) -> bool:
    """Tell whether a message's owner pressed it, or who else may; Delete is nobody else's."""
    owner = kept.owner if kept else ""
    if ref.verb == DELETE and not owner:
        owner = _asked_by(interaction)
    if owner == str(interaction.user.id):
        return True
    if ref.verb in FOR_MODERATORS and interaction.permissions.manage_messages:
        return True
    return ref.verb != DELETE and (not owner or ref.verb in FOR_EVERYBODY)


def _asked_by(interaction: Interaction) -> str:
    """Return who used the command that our message answers, as Discord tells it."""
    told = interaction.message.interaction_metadata if interaction.message else None
    return str(told.user.id) if told else ""
