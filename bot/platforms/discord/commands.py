"""What people can type or pick in Discord: slash commands for the tutor's verbs, and "Run this code"."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import app_commands

from bot.platforms.discord.desk import (
    EVERYWHERE,
    INSTALLED,
    LANGUAGES,
    Choices,
    Desk,
    Interaction,
    choices,
    command,
    say,
)
from bot.platforms.discord.staff import tutor_group
from bot.tutor.verbs import VERBS

NAMES = (
    *(say("learn"), say("next"), say("back"), say("quiz"), say("challenge"), say("run")),
    *(say("submit"), say("inspect"), say("hint"), say("solution"), say("skip"), say("progress")),
    *(say("language"), say("reset"), say("help"), say("review"), say("leaderboard")),
    *(say("mydata"), say("export"), say("delete"), say("tutor"), say("setup"), say("status")),
    *(say("reload"), say("post-quiz"), say("block"), say("lesson"), say("name"), say("file")),
    *(say("channel"), say("code"), say("format"), say("question"), say("minutes"), say("how")),
    *(say("person"), say("undo"), say("Run this code")),
)
"""All names of commands and options: Discord shows them in the reader's language."""

_GROUPED = ("mydata", "tutor")
_WITH_LESSON = ("learn", "quiz", "challenge")
_RUN = say("Write code and run it, or run a file.")

Maker = Callable[[Desk, str], Callable[..., Awaitable[None]]]


def add_commands(tree: app_commands.CommandTree[Any], desk: Desk) -> None:
    """Put everything there is to type or to pick into `tree`."""
    for verb in VERBS:
        if verb.name not in _GROUPED:
            make = _MAKERS.get(verb.name, _plain)
            summary = _RUN if verb.name == "run" else verb.summary
            tree.add_command(command(verb.name, summary, make(desk, verb.name)))
    tree.add_command(_mydata(desk))
    tree.add_command(tutor_group(desk))
    tree.add_command(_run_this_code(desk))


# Verbs ------------------------------------------------------------------------------------------


def _plain(desk: Desk, verb: str) -> Callable[..., Awaitable[None]]:
    async def plain(interaction: Interaction) -> None:
        await desk.command(interaction, verb)

    return plain


def _with_lesson(desk: Desk, verb: str) -> Callable[..., Awaitable[None]]:
    async def complete(interaction: Interaction, typed: str) -> Choices:
        return await desk.lessons(interaction, typed)

    @app_commands.describe(lesson=say("Which lesson; without it, where you left off"))
    @app_commands.autocomplete(lesson=complete)
    async def with_lesson(
        interaction: Interaction, lesson: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        await desk.command(interaction, verb, *_given(lesson))

    return with_lesson


def _with_name(desk: Desk, verb: str) -> Callable[..., Awaitable[None]]:
    @app_commands.describe(name=say("The name of a tensor; without it, all of them"))
    async def with_name(
        interaction: Interaction, name: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        await desk.command(interaction, verb, *_given(name))

    return with_name


def _with_language(desk: Desk, verb: str) -> Callable[..., Awaitable[None]]:
    @app_commands.describe(language=say("The language that the tutor speaks with you"))
    @app_commands.choices(language=choices(LANGUAGES))
    async def with_language(interaction: Interaction, language: str | None = None) -> None:
        await desk.command(interaction, verb, *_given(language))

    return with_language


def _run(desk: Desk, verb: str) -> Callable[..., Awaitable[None]]:  # noqa: ARG001
    @app_commands.describe(file=say("A .py, .txt or .ipynb file to run"))
    async def run(interaction: Interaction, file: discord.Attachment | None = None) -> None:
        if file is None:
            await desk.write_code(interaction)
        else:
            await desk.run_file(interaction, file)

    return run


def _given(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


_MAKERS: Mapping[str, Maker] = {
    **dict.fromkeys(_WITH_LESSON, _with_lesson),
    "inspect": _with_name,
    "language": _with_language,
    "run": _run,
}


# Others -----------------------------------------------------------------------------------------


def _mydata(desk: Desk) -> app_commands.Group:
    group = app_commands.Group(
        name="mydata",
        description=say("What the tutor keeps about you."),
        allowed_contexts=EVERYWHERE,
        allowed_installs=INSTALLED,
    )

    async def export(interaction: Interaction) -> None:
        await desk.command(interaction, "mydata", "export")

    async def delete(interaction: Interaction) -> None:
        await desk.command(interaction, "mydata", "delete")

    group.add_command(command("export", say("Get all of it as a file."), export, group))
    group.add_command(
        command("delete", say("Delete all of it; you are asked first."), delete, group)
    )
    return group


def _run_this_code(desk: Desk) -> app_commands.ContextMenu:
    async def run_this_code(interaction: Interaction, message: discord.Message) -> None:
        await desk.run_message(interaction, message)

    return app_commands.ContextMenu(
        name="Run this code",
        callback=run_this_code,
        type=discord.AppCommandType.message,
        allowed_contexts=EVERYWHERE,
        allowed_installs=INSTALLED,
    )
