"""Where commands of Discord are taken to, and what all of them are made with."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import discord
from discord import app_commands

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]

LANGUAGES = {"en": "English", "ko": "한국어"}
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
INSTALLED = app_commands.AppInstallationType(guild=True, user=True)


def say(message: str, /) -> str:
    """Mark `message` for translation."""
    return message


class Desk(Protocol):
    """Where commands are taken to."""

    async def command(
        self, interaction: Interaction, verb: str, *args: str, **options: str
    ) -> None: ...

    async def write_code(self, interaction: Interaction) -> None:
        """Open a form to write code in."""
        ...

    async def run_file(self, interaction: Interaction, file: discord.Attachment) -> None: ...

    async def run_message(self, interaction: Interaction, message: discord.Message) -> None: ...

    async def ask(self, interaction: Interaction, minutes: int, how: str, channel: str) -> None:
        """Open a form for a question of the teacher's own."""
        ...

    async def lessons(self, interaction: Interaction, typed: str) -> Choices: ...

    async def questions(self, interaction: Interaction, typed: str) -> Choices: ...


def command(
    name: str, summary: str, callback: Callable[..., Any], parent: app_commands.Group | None = None
) -> app_commands.Command[Any, ..., None]:
    """Make a command that can be used everywhere; one of a group has the group's places."""
    return app_commands.Command(
        name=name,
        description=summary,
        callback=callback,
        allowed_contexts=None if parent else EVERYWHERE,
        allowed_installs=None if parent else INSTALLED,
    )


def choices(labels: Mapping[str, str]) -> Choices:
    """Return what can be chosen: each value under its label."""
    return [app_commands.Choice(name=label, value=value) for value, label in labels.items()]


def present(options: Mapping[str, str | None]) -> dict[str, str]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}
