"""`python -m benchmarks.echo_bot`: the least that discord.py can do: answer a press with a message."""

import asyncio
import os

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

TEXT = "Section 2 of 6 · Shape: how big it is. " * 20
"""About as much as a section of a lesson says."""


class Echo(discord.ui.View):
    """The buttons that a section has."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Run", custom_id="run")
    async def run(
        self, interaction: discord.Interaction, _button: discord.ui.Button["Echo"]
    ) -> None:
        await answer(interaction)

    @discord.ui.button(label="Next", custom_id="next")
    async def next(
        self, interaction: discord.Interaction, _button: discord.ui.Button["Echo"]
    ) -> None:
        await answer(interaction)

    @discord.ui.button(label="Back", custom_id="back")
    async def back(
        self, interaction: discord.Interaction, _button: discord.ui.Button["Echo"]
    ) -> None:
        await answer(interaction)


async def answer(interaction: discord.Interaction) -> None:
    """Say the same again."""
    embed = discord.Embed(title="Echo", description=TEXT)
    await interaction.response.send_message(embed=embed, view=Echo())


class EchoBot(discord.AutoShardedClient):
    """Has one command, which shows the buttons."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.none(), shard_count=1)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.add_view(Echo())

        @self.tree.command(description="Shows the buttons")
        async def learn(interaction: discord.Interaction) -> None:
            await answer(interaction)

        await self.tree.sync()


if __name__ == "__main__":
    discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
    asyncio.run(EchoBot().start(os.environ["DISCORD_TOKEN"]))
