"""When the commands are registered again, and what happens where that fails."""

from typing import Any, cast

import aiohttp
import discord
from discord import app_commands

from bot.platforms.discord import syncing

Tree = app_commands.CommandTree[Any]


class States:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def state(self, name: str) -> str | None:
        return self.kept.get(name)

    async def set_state(self, name: str, value: str) -> None:
        self.kept[name] = value


class Tree_(app_commands.CommandTree[Any]):  # noqa: N801
    """A tree whose way to Discord can be broken."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__(discord.Client(intents=discord.Intents.none(), application_id=7))
        self.failures, self.synced = failures, 0

    async def sync(self, *, guild: Any = None) -> list[app_commands.AppCommand]:
        if self.failures:
            self.failures -= 1
            raise aiohttp.ClientError("no way there")
        self.synced += 1
        return []

    def add(self, name: str) -> "Tree_":
        async def callback(interaction: discord.Interaction) -> None:
            pass

        self.add_command(app_commands.Command(name=name, description=name, callback=callback))
        return self


async def test_the_same_commands_are_registered_once() -> None:
    states = States()
    assert await syncing.sync_if_changed(Tree_().add("learn"), states)
    assert not await syncing.sync_if_changed(Tree_().add("learn"), states)
    assert await syncing.sync_if_changed(Tree_().add("learn").add("next"), states)


async def test_another_application_gets_them_as_well() -> None:
    states, other = States(), Tree_().add("learn")
    await syncing.sync_if_changed(Tree_().add("learn"), states)
    other.client._connection.application_id = 8
    assert await syncing.sync_if_changed(other, states)


async def test_what_fails_is_tried_again_and_later_each_time() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    tree = Tree_(failures=4).add("learn")
    await syncing.keep_trying(cast("Tree", tree), States(), sleep)
    assert tree.synced == 1
    assert waits == [30, 300, 1800, 1800]
