"""Where an answer goes: onto an interaction, below a message, or into a channel."""

from dataclasses import dataclass
from typing import Any

import discord

DiscordInteraction = discord.Interaction[Any]

Channel = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.Thread
    | discord.DMChannel
    | discord.PartialMessageable
)
"""Where messages can be sent to."""


@dataclass(frozen=True, slots=True)
class OnInteraction:
    """A slash command, a press, or a form that came back; nobody has answered it yet.

    `private` tells how the answer is expected to be, for an acknowledgement that has to come before
    it: right for all but code that is run where everybody sees it.
    """

    interaction: DiscordInteraction
    locale: str = "en"
    private: bool = True


@dataclass(frozen=True, slots=True)
class OnMessage:
    """A message of a learner: it is replied to, without a mention."""

    message: discord.Message | discord.PartialMessage
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class InChannel:
    """A channel, thread or DM that is written into unasked."""

    channel: Channel
    locale: str = "en"


Spot = OnInteraction | OnMessage | InChannel
