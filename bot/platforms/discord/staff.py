"""The commands for those who look after the tutor: `/tutor setup`, `post-quiz` and the like."""

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from bot.platforms.discord.desk import (
    LANGUAGES,
    Choices,
    Desk,
    Interaction,
    choices,
    command,
    present,
    say,
)
from bot.tutor.polls.posting import LONGEST, SHORTEST, USUAL

_WITH_THE_TUTOR = app_commands.AppCommandContext(guild=True, dm_channel=True)
_IN_SERVERS = app_commands.AppInstallationType(guild=True)


def tutor_group(desk: Desk) -> app_commands.Group:
    """Return what managers and operators can do; whether they may is the tutor's to say."""
    group = app_commands.Group(
        name="tutor",
        description=say("For those who look after the tutor."),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=_WITH_THE_TUTOR,
        allowed_installs=_IN_SERVERS,
    )

    async def status(interaction: Interaction) -> None:
        await desk.command(interaction, "tutor", "status")

    async def reload(interaction: Interaction) -> None:
        await desk.command(interaction, "tutor", "reload")

    group.add_command(
        command("setup", say("Say where and how the tutor works here."), _setup(desk), group)
    )
    group.add_command(command("status", say("See how the tutor is doing."), status, group))
    group.add_command(command("reload", say("Read the lessons again."), reload, group))
    group.add_command(
        command("export", say("Get what learners did, as a file."), _export(desk), group)
    )
    group.add_command(
        command("post-quiz", say("Put a question to a whole channel."), _post_quiz(desk), group)
    )
    group.add_command(
        command("block", say("Keep somebody from using the tutor."), _block(desk), group)
    )
    return group


def _setup(desk: Desk) -> Callable[..., Awaitable[None]]:
    @app_commands.describe(
        channel=say("The channel that the tutor is at home in"),
        language=say("The language for people whose own is not known"),
        code=say("Where code may be run"),
    )
    @app_commands.choices(
        language=choices(LANGUAGES),
        code=choices(
            {
                "everywhere": say("In every channel"),
                "channel": say("In the tutor's channel only"),
                "threads": say("In the learners' own threads only"),
            }
        ),
    )
    async def setup(
        interaction: Interaction,
        channel: discord.TextChannel | None = None,
        language: str | None = None,
        code: str | None = None,
    ) -> None:
        named = {"channel": _id(channel), "language": language, "code": code}
        await desk.command(interaction, "tutor", "setup", **present(named))

    return setup


def _export(desk: Desk) -> Callable[..., Awaitable[None]]:
    @app_commands.describe(format=say("The kind of file"))
    @app_commands.choices(format=choices({"csv": "CSV", "jsonl": "JSON Lines"}))
    async def export(
        interaction: Interaction,
        format: str | None = None,  # noqa: A002  (what people see)
    ) -> None:
        await desk.command(interaction, "tutor", "export", **present({"format": format}))

    return export


def _post_quiz(desk: Desk) -> Callable[..., Awaitable[None]]:
    async def complete(interaction: Interaction, typed: str) -> Choices:
        return await desk.questions(interaction, typed)

    @app_commands.describe(
        question=say("A question of a lesson; without it, you write your own"),
        minutes=say("For how many minutes it can be answered (10)"),
        how=say("How it is answered"),
        channel=say("Where it is put; without it, here"),
    )
    @app_commands.autocomplete(question=complete)
    @app_commands.choices(
        how=choices({"buttons": say("By buttons, unseen"), "reactions": say("By reactions")})
    )
    async def post_quiz(
        interaction: Interaction,
        question: app_commands.Range[str, 1, 100] | None = None,
        minutes: app_commands.Range[int, SHORTEST, LONGEST] = USUAL,
        how: str = "buttons",
        channel: discord.TextChannel | None = None,
    ) -> None:
        where = _id(channel) or str(interaction.channel_id)
        if question is None:
            await desk.ask(interaction, minutes, how, where)
            return
        named = {"question": question, "minutes": str(minutes), "how": how, "channel": where}
        await desk.command(interaction, "tutor", "post-quiz", **named)

    return post_quiz


def _block(desk: Desk) -> Callable[..., Awaitable[None]]:
    @app_commands.describe(
        person=say("Who it is about"), undo=say("Let them use the tutor again instead")
    )
    async def block(interaction: Interaction, person: discord.User, undo: bool = False) -> None:  # noqa: FBT001, FBT002  (Discord's own way)
        named = {"user": str(person.id), "undo": "yes" if undo else None}
        await desk.command(interaction, "tutor", "block", **present(named))

    return block


def _id(channel: discord.abc.Snowflake | None) -> str | None:
    return None if channel is None else str(channel.id)
