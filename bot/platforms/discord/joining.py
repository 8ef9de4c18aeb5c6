"""Says hello in a server that has let the tutor in: once, where people will see it."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import discord

from bot.platforms.discord.front import Front
from bot.platforms.discord.spots import InChannel
from bot.tutor.ports import Wording
from bot.tutor.reply import Button, Heading, Prose, Ref, Reply

LATELY = timedelta(days=1)
"""How long after being let in a tutor that was not running still says hello."""


def greeted(guild: discord.Guild) -> str:
    """Return the name under which is remembered that a server was greeted."""
    return f"greeted:{guild.id}"


async def catch_up(front: Front, guild: discord.Guild, now: datetime) -> None:
    """Greet a server that has let the tutor in lately, while it was not running or not ready."""
    since = guild.me.joined_at
    is_new = since is not None and now - since < LATELY
    if is_new and await front.memory.state(greeted(guild)) is None:
        await greet(front, guild)


async def greet(front: Front, guild: discord.Guild) -> None:
    """Offer Start and `/tutor setup` in a channel of `guild`, or to its owner alone."""
    await front.memory.set_state(greeted(guild), "yes")
    locale = front.wordings.best(guild.preferred_locale.value)
    say = front.wordings.in_locale(locale)
    channel = writable(guild)
    where: discord.TextChannel | discord.DMChannel | None = channel
    if where is None and guild.owner_id is not None:
        owner = await front.client.fetch_user(guild.owner_id)
        where = await owner.create_dm()
    if where is None:
        return
    reply = _hello(say, alone=channel is None)

    async def one() -> AsyncGenerator[Reply, None]:
        yield reply

    await front.delivery.answer(one(), InChannel(where, locale), owner="")


def writable(guild: discord.Guild) -> discord.TextChannel | None:
    """Return the channel for greetings, else the first one that the tutor may write in."""
    system = [guild.system_channel] if guild.system_channel else []
    for channel in [*system, *guild.text_channels]:
        may = channel.permissions_for(guild.me)
        if may.view_channel and may.send_messages and may.embed_links:
            return channel
    return None


def _hello(say: Wording, *, alone: bool) -> Reply:
    what = say(
        "I teach PyTorch: short lessons, questions, and challenges that run right here. "
        "Press Start, and your lesson opens in a thread of your own."
    )
    setup = say(
        "If you manage this server: `/tutor setup` sets the channel, the language and where code "
        "may run, and checks that I have the permissions that I need."
    )
    parts = [Prose(what), Prose(setup)]
    if alone:
        why = say(
            "You read this because I may not write in any channel of your server. Give my role "
            "View Channels, Send Messages and Embed Links in one of them."
        )
        parts.append(Prose(why))
    start = Button(say("Start"), Ref("learn"), "primary")
    return Reply((Heading("Tensor Tutor"), *parts), (start,), visibility="public")
