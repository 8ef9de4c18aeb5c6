"""Turns outgoing messages into what discord.py sends: embeds, files, and controls it need not remember."""

import io
from typing import Any

import discord

from bot.platforms.discord.outgoing import Attachment, Component, LinkItem, Outgoing, SelectItem

NOBODY = discord.AllowedMentions.none()
_STYLES = {
    "primary": discord.ButtonStyle.primary,
    "secondary": discord.ButtonStyle.secondary,
    "success": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
}
_ALT = 1024


def new_message(out: Outgoing) -> dict[str, Any]:
    """Return what every way of sending a message takes."""
    parts: dict[str, Any] = {"allowed_mentions": NOBODY}
    if out.content:
        parts["content"] = out.content
    if out.embeds:
        parts["embeds"] = _embeds(out)
    if out.files:
        parts["files"] = _files(out)
    if out.rows:
        parts["view"] = _controls(out)
    return parts


def changed_message(out: Outgoing) -> dict[str, Any]:
    """Return what every way of editing takes: all is replaced, files too."""
    return {
        "allowed_mentions": NOBODY,
        "content": out.content or None,
        "embeds": _embeds(out),
        "attachments": _files(out),
        "view": _controls(out) if out.rows else None,
    }


def _embeds(out: Outgoing) -> list[discord.Embed]:
    return [discord.Embed.from_dict(embed) for embed in out.embeds]


def _files(out: Outgoing) -> list[discord.File]:
    return [_file(file) for file in out.files]


def _file(file: Attachment) -> discord.File:
    return discord.File(io.BytesIO(file.data), file.name, description=file.alt[:_ALT] or None)


def _controls(out: Outgoing) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(out.rows):
        for component in row:
            view.add_item(_control(component, number))
    # One that has stopped is sent like any other, but not kept: what is pressed is told by its
    # custom id alone, and nothing would ever remove the view of a message that is not pressed.
    view.stop()
    return view


def _control(component: Component, row: int) -> discord.ui.Item[Any]:
    if isinstance(component, LinkItem):
        return discord.ui.Button(label=component.label, url=component.url, row=row)
    if isinstance(component, SelectItem):
        return _select(component, row)
    return discord.ui.Button(
        label=component.label,
        custom_id=component.custom_id,
        style=_STYLES[component.style],
        emoji=component.emoji,
        row=row,
    )


def _select(select: SelectItem, row: int) -> discord.ui.Select[Any]:
    return discord.ui.Select(
        custom_id=select.custom_id,
        placeholder=select.placeholder,
        min_values=select.least,
        max_values=select.most,
        options=[
            discord.SelectOption(
                label=option.label,
                value=option.value,
                description=option.description or None,
                emoji=option.emoji,
            )
            for option in select.options
        ],
        row=row,
    )
