"""A small client that answers with what a test tells it to, so that only delivery is tried."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.locales.catalogues import load_catalogues
from bot.platforms.discord.delivery import Delivery, Means, Times
from bot.platforms.discord.memory import Memory
from bot.platforms.discord.spots import OnInteraction, OnMessage
from bot.platforms.discord.threads import Threads
from bot.platforms.discord.throttle import Throttle
from bot.storage.database import open_database
from bot.tutor.reply import Button, Note, Ref, Reply
from tests.bot.platforms.discord.mortal import Fate, MortalMessages
from tests.doubles.discord.double import TOKEN, Discord, Guild
from tests.doubles.discord.people import Person

Step = Reply | float | Exception
Asked = discord.Interaction[Any] | discord.Message
QUICK = Times(
    before_deferring=0.25,
    before_typing=0.1,
    typing_lasts=1.0,
    for_the_picture=0.05,
    between_edits=0.2,
    tries_after=(0.05, 0.1),
)
STOP = Button("Stop", Ref("stop"), "danger")


def said(text: str, **others: Any) -> Reply:
    """Return a reply that says `text`, and is public unless told otherwise."""
    return Reply((Note("info", text),), **{"visibility": "public", **others})


def running(text: str, slot: str = "run:1", **others: Any) -> Reply:
    """Return what is shown while something goes on."""
    return said(text, slot=slot, actions=(STOP,), **others)


@dataclass(eq=False)
class Teller:
    """What the bot answers: the steps of a script, one after the other; a number is a pause."""

    steps: tuple[Step, ...] = ()
    private: bool = True
    owner: str | None = None
    scripts: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    """Scripts by the words of the message that they answer."""

    def tells(self, *steps: Step, private: bool = True) -> None:
        self.steps, self.private = steps, private

    async def replies(self, steps: tuple[Step, ...]) -> AsyncGenerator[Reply, None]:
        for step in steps:
            match step:
                case Reply():
                    yield step
                case Exception():
                    raise step
                case _:
                    await asyncio.sleep(step)


class Bot(discord.Client):
    """Hands everything that comes to delivery."""

    def __init__(
        self,
        teller: Teller,
        memory: Memory,
        times: Times = QUICK,
        trace: aiohttp.TraceConfig | None = None,
    ) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.messages = intents.message_content = True
        super().__init__(
            intents=intents, guild_ready_timeout=0.05, http_trace=trace or Throttle().trace()
        )
        self.teller = teller
        self.memory = memory
        wordings = load_catalogues()

        async def locale_of(user_id: str) -> str:
            return "en"

        means = Means(
            client=self, memory=memory, wordings=wordings, locale_of=locale_of, times=times
        )
        self.delivery = Delivery(means)
        self.threads = Threads(memory, self.delivery.missing.tell, patience=0.5)
        self.opens: Callable[[discord.Interaction[Any]], Any] | None = None

    async def setup_hook(self) -> None:
        command = {
            "name": "ask",
            "description": "Ask",
            "type": 1,
            "contexts": [0, 1, 2],
            "integration_types": [0, 1],
        }
        await self.http.bulk_upsert_global_commands(self.application_id or 0, [command])

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self.opens is not None:
            await self.opens(interaction)
            return
        spot = OnInteraction(interaction, private=self.teller.private)
        await self._answer(self.teller.steps, spot, str(interaction.user.id))

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            steps = self.teller.scripts.get(message.content, self.teller.steps)
            await self._answer(steps, OnMessage(message), str(message.author.id), str(message.id))

    async def _answer(
        self, steps: tuple[Step, ...], spot: OnInteraction | OnMessage, user: str, source: str = ""
    ) -> None:
        owner = user if self.teller.owner is None else self.teller.owner
        await self.delivery.answer(self.teller.replies(steps), spot, owner=owner, source=source)


class Scene:
    """A server with a learner in it, and the bot."""

    def __init__(self, double: Discord, bot: Bot, school: Guild) -> None:
        self.double, self.bot, self.school = double, bot, school
        self.general = school.channel("general")
        self.ada: Person = double.person("ada", school)
        self.tells = bot.teller.tells
        self.from_now()

    def from_now(self) -> None:
        """Count requests from here on."""
        self._before = len(self.double.rest.requests)

    def requests(self) -> list[str]:
        return [one.route for one in self.double.rest.requests[self._before :]]

    async def quiet(self, seconds: float = 0.4) -> None:
        """Let what may still come, come."""
        await asyncio.sleep(seconds)

    async def keeps(self, slot: str, *message_ids: str) -> None:
        """Wait until these messages are remembered in a slot."""
        kept: list[str] = []
        for _ in range(100):
            kept = [one.message_id for one in await self.bot.memory.in_slot(slot)]
            if kept == list(message_ids):
                return
            await asyncio.sleep(0.03)
        raise AssertionError(kept)


@contextlib.asynccontextmanager
async def delivering(
    double: Discord,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: Times = QUICK,
    teller: Teller | None = None,
    fate: Fate | None = None,
) -> AsyncIterator[Bot]:
    """Run the bot against the double, with a memory in `folder`."""
    monkeypatch.setattr("discord.http.Route.BASE", double.environ["DISCORD_API_BASE"])
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(double.gateway.url))
    async with open_database(folder / "memory.sqlite3") as database:
        memory = MortalMessages(database, "discord")
        memory.fate = fate or Fate(0)
        bot = Bot(teller or Teller(), memory, times, fate.trace() if fate else None)
        async with bot:
            going = asyncio.create_task(bot.start(TOKEN))
            try:
                await double.connected()
                await bot.wait_until_ready()
                yield bot
            finally:
                await bot.close()
                await asyncio.wait([going])
                going.result()
