"""Takes what opens a lesson to the learner's own thread, and points to it from where they asked."""

import asyncio
import logging
from collections.abc import Callable

import discord

from bot.platforms.discord.events import Interaction
from bot.platforms.discord.front import Front
from bot.platforms.discord.lines import Turn
from bot.platforms.discord.spots import InChannel, OnInteraction
from bot.tutor.event import Actor, Event, Place

OPENING = frozenset({"learn", "quiz", "challenge", "review"})
"""The verbs that open a lesson; in a server they go on in the learner's own thread."""

PATIENCE = 1.8
"""Seconds for finding the thread: what asked for it has to be acknowledged within three."""

log = logging.getLogger(__name__)


async def open_lesson(
    front: Front,
    interaction: Interaction,
    actor: Actor,
    place: Place,
    event_in: Callable[[Place], Event],
    turn: Turn,
) -> None:
    """Answer in the learner's own thread if there can be one, else right here."""
    locale = await front.locale_of(actor, place)
    refused = await front.is_refused(event_in(place))
    thread = None if refused else await _own_thread(front, interaction, place)
    if thread is None:
        await front.answer(event_in(place), OnInteraction(interaction, locale), turn=turn)
        return
    say = front.wordings.in_locale(locale)
    where = say("It goes on in your own thread: {thread}", thread=thread.mention)
    try:
        await interaction.response.send_message(where, ephemeral=True)
    except discord.HTTPException as error:
        log.warning("nobody could be pointed to their thread: %s", error)
    there = Place("thread", place.server_id, str(thread.id))
    await front.answer(event_in(there), InChannel(thread, locale), turn=turn)


async def _own_thread(
    front: Front, interaction: Interaction, place: Place
) -> discord.Thread | None:
    if place.kind != "server" or not isinstance(interaction.user, discord.Member):
        return None
    home = (await front.server(place.server_id)).channel_id
    here = interaction.channel
    if not isinstance(here, discord.TextChannel | discord.Thread):
        here = None
    try:
        async with asyncio.timeout(PATIENCE):
            return await front.threads.own(interaction.user, here, home)
    except TimeoutError:
        log.warning("no thread could be had in server %s in time", place.server_id)
        return None
