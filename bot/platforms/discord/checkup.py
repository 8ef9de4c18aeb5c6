"""Checks what the tutor may do in a channel, and says who is to switch on what is missing."""

from collections.abc import Mapping

import discord

from bot.platforms.discord.desk import say
from bot.platforms.discord.events import Interaction
from bot.tutor.ports import Wording
from bot.tutor.reply import Note

NEEDED: Mapping[str, str] = {
    "view_channel": say("View Channels: without it I see nothing."),
    "send_messages": say("Send Messages: without it I cannot answer."),
    "send_messages_in_threads": say("Send Messages in Threads: lessons go on in threads."),
    "create_private_threads": say(
        "Create Private Threads: without it lessons are shown to each learner right in the channel."
    ),
    "embed_links": say("Embed Links: without it lessons and results are not shown."),
    "attach_files": say("Attach Files: without it there are no pictures and no files."),
    "add_reactions": say("Add Reactions: quizzes that are answered by reactions need it."),
    "read_message_history": say(
        "Read Message History: without it I cannot reply to messages or count reactions."
    ),
}
"""The permissions that the tutor is invited with, each with what it is for."""

SCOPES = ("bot", "applications.commands")


def permissions() -> discord.Permissions:
    """Return the permissions to invite the tutor with."""
    return discord.Permissions(**dict.fromkeys(NEEDED, True))


def invite_url(application_id: int) -> str:
    """Return the address at which a server's manager lets the tutor in."""
    return discord.utils.oauth_url(application_id, permissions=permissions(), scopes=SCOPES)


def observe(
    interaction: Interaction, channel_id: str, say: Wording, *, sees_content: bool
) -> tuple[Note, ...]:
    """Return what is missing in the channel with that id, or in the one of the command."""
    held = _held(interaction, channel_id)
    missing = [what_for for name, what_for in NEEDED.items() if not getattr(held, name)]
    notes = [Note("warn", say(what_for)) for what_for in missing]
    if missing:
        where = say(
            "Give these permissions to the tutor's role: Server Settings → Roles, or in the "
            "settings of the channel."
        )
        notes.append(Note("info", where))
    else:
        notes.append(Note("good", say("I may do all that I need to do in this channel.")))
    if not sees_content:
        text = say(
            "I cannot read messages that do not mention me. To run every code block in learners' threads, "
            "whoever runs this tutor switches on Message Content Intent on the Bot page of "
            "discord.com/developers and restarts it."
        )
        notes.append(Note("info", text))
    return tuple(notes)


def _held(interaction: Interaction, channel_id: str) -> discord.Permissions:
    guild = interaction.guild
    channel = guild.get_channel(int(channel_id)) if guild and channel_id.isdecimal() else None
    if channel is None or guild is None:
        return interaction.app_permissions
    return channel.permissions_for(guild.me)
