"""Renders a reply as the messages that show it in Discord; pure."""

from dataclasses import replace

from bot.platforms.discord.controls import Panel
from bot.platforms.discord.limits import REACTIONS
from bot.platforms.discord.look import Look
from bot.platforms.discord.outgoing import Outgoing
from bot.platforms.discord.pages import Pages
from bot.platforms.discord.parts import Reading
from bot.platforms.discord.pieces import in_order
from bot.tutor.reply import Reply

__all__ = ["Look", "render"]


def render(reply: Reply, look: Look) -> tuple[Outgoing, ...]:
    """Return the messages of `reply`, mostly one; none for a reply without parts and actions.

    What can be pressed stands below the last one with text.
    """
    controls = Panel(look).controls(reply.actions)
    reading = Reading(look)
    pieces = [*reading.pieces(reply.parts), *controls.words]
    messages = Pages(look, reading.most_bytes).outgoing(in_order(pieces))
    if not messages:
        if not (reply.parts or reply.actions):
            return ()
        messages = [Outgoing(content="…")]
    at = max((n for n, one in enumerate(messages) if one.embeds), default=len(messages) - 1)
    reactions = reply.reactions[:REACTIONS]
    messages[at] = replace(messages[at], rows=controls.rows, reactions=reactions)
    return tuple(messages)
