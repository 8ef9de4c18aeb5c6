"""A small bot on unmodified discord.py that does a bit of everything."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator

import discord
import pytest
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from tests.doubles.discord.double import TOKEN, Discord


class Form(discord.ui.Modal, title="Your code"):
    code: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
        text="Code",
        component=discord.ui.TextInput(
            style=discord.TextStyle.paragraph, custom_id="code", default="x = 1"
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.code.component, discord.ui.TextInput)
        await interaction.response.send_message(f"got {self.code.component.value}")


class Buttons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Update", custom_id="update")
    async def update(
        self, interaction: discord.Interaction, _button: discord.ui.Button["Buttons"]
    ) -> None:
        await interaction.response.edit_message(content="updated")

    @discord.ui.button(label="Whisper", custom_id="whisper")
    async def whisper(
        self, interaction: discord.Interaction, _button: discord.ui.Button["Buttons"]
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("only for you", ephemeral=True)
        await interaction.followup.send("and more", ephemeral=True)

    @discord.ui.button(label="Form", custom_id="form")
    async def form(
        self, interaction: discord.Interaction, _button: discord.ui.Button["Buttons"]
    ) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.select(
        placeholder="Which?",
        custom_id="which",
        max_values=2,
        options=[discord.SelectOption(label="One"), discord.SelectOption(label="Two")],
    )
    async def which(
        self, interaction: discord.Interaction, select: discord.ui.Select["Buttons"]
    ) -> None:
        await interaction.response.send_message("+".join(select.values), ephemeral=True)


class EchoBot(discord.AutoShardedClient):
    """Echoes messages, edits and deletions, and has a command for everything else."""

    def __init__(self, intents: discord.Intents, shards: int | None = 1) -> None:
        super().__init__(
            intents=intents,
            shard_count=shards,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.1,
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []
        self.events: list[str] = []

    async def setup_hook(self) -> None:
        _register(self.tree)
        self.add_view(Buttons())
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Not wait as the library does between the connections of shards."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot:
            return
        self.heard.append(message.content)
        if message.content.startswith("!"):
            await message.reply(message.content[1:], mention_author=False)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.events.append(f"edit {payload.message.content}")

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self.events.append(f"delete {payload.message_id}")

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.events.append(f"react {payload.emoji.name}")

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        self.events.append(f"unreact {payload.emoji.name}")

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.events.append(f"join {guild.name}")


def _register(tree: app_commands.CommandTree[EchoBot]) -> None:
    @tree.command(description="Says it again")
    @app_commands.describe(text="What to say")
    async def echo(interaction: discord.Interaction, text: str) -> None:
        picture = discord.File(io.BytesIO(b"\x89PNG"), "a.png", description="a picture")
        embed = discord.Embed(title="Echo", description=text).set_image(url="attachment://a.png")
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(embed=embed, file=picture, view=Buttons())

    @echo.autocomplete("text")
    async def complete(
        _interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}!", value=current.upper())]

    @tree.command(description="Opens a thread of your own")
    async def thread(interaction: discord.Interaction) -> None:
        assert isinstance(interaction.channel, discord.TextChannel)
        made = await interaction.channel.create_thread(
            name="yours", type=discord.ChannelType.private_thread
        )
        await made.add_user(interaction.user)
        sent = await made.send("welcome")
        await sent.add_reaction("👋")
        await interaction.response.send_message(made.mention, ephemeral=True)

    @tree.context_menu(name="Repeat")
    async def repeat(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content, ephemeral=True)

    @tree.command(description="Never answers")
    async def sleep(_interaction: discord.Interaction) -> None:
        await asyncio.sleep(60)


@contextlib.asynccontextmanager
async def echoing(
    double: Discord, monkeypatch: pytest.MonkeyPatch, shards: int | None = 1
) -> AsyncIterator[EchoBot]:
    """Run the bot against the double."""
    monkeypatch.setattr("discord.http.Route.BASE", double.environ["DISCORD_API_BASE"])
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(double.gateway.url))
    intents = discord.Intents.none()
    intents.guilds = intents.messages = intents.reactions = intents.message_content = True
    async with EchoBot(intents, shards) as bot:
        running = asyncio.create_task(bot.start(TOKEN))
        try:
            await double.connected(shards or double.application.shards)
            await bot.wait_until_ready()
            yield bot
        finally:
            await bot.close()
            await asyncio.wait([running])
            running.result()
