"""Checks the Discord token by harmless calls: who the bot is, which intents it has, what it may do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.operations.report import Check
from bot.platforms.discord.checkup import NEEDED, invite_url

API = "https://discord.com/api/v10"
PORTAL = "https://discord.com/developers/applications"
PATIENCE_SECONDS = 15.0

_AGENT = "DiscordBot (https://github.com/tensor-tutor, 1)"
_CONTENT = (1 << 18) | (1 << 19)
"""The flags of an application that may read messages: in many servers, and in few."""

_MOST_SERVERS = 200
_MOST_TOLD = 10
_MOST_NAME = 60
_MOST_BYTES = 4 * 1024 * 1024

_NEW_TOKEN = (
    f"open {PORTAL}, choose the application, press Reset Token on the page Bot, and put the new "
    "token into DISCORD_TOKEN"
)


class _Unhelpful(Exception):  # noqa: N818  (ends as a `Check`)
    """Discord gave no answer that is of use. `status` is 0 where there was none at all."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


@dataclass(frozen=True, slots=True)
class Found:
    """What Discord told of the bot, of its application and of the servers it is in."""

    me: Mapping[str, Any]
    application: Mapping[str, Any]
    servers: tuple[Mapping[str, Any], ...]


async def discord_check(environ: Mapping[str, str], *, wants_content: bool) -> Check:
    """Check what `environ` names; the token is never part of what is told."""
    token = environ.get("DISCORD_TOKEN", "").strip()
    if not token:
        return Check("Discord", "off", "DISCORD_TOKEN is not set, so Discord is off")
    if not token.isascii() or not token.isprintable() or " " in token:
        return Check("Discord", "wrong", "DISCORD_TOKEN holds what is no token", (_NEW_TOKEN,))
    base = environ.get("DISCORD_API_BASE") or API
    try:
        found = await _ask(base.rstrip("/"), token)
    except _Unhelpful as error:
        return _unhelpful(error, base)
    return _checked(found, wants_content=wants_content)


async def _ask(base: str, token: str) -> Found:
    headers = {"Authorization": f"Bot {token}", "User-Agent": _AGENT}
    patience = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=patience) as session:
        me = await _get(session, f"{base}/users/@me", dict)
        application = await _get(session, f"{base}/applications/@me", dict)
        servers = await _get(session, f"{base}/users/@me/guilds?limit={_MOST_SERVERS}", list)
    return Found(me, application, tuple(one for one in servers if isinstance(one, dict)))


async def _get(session: aiohttp.ClientSession, url: str, kind: type[Any]) -> Any:
    try:
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise _Unhelpful(answer.status, f"status {answer.status}")
            told = json.loads(await _bounded(answer))
    except TimeoutError as error:
        raise _Unhelpful(0, f"no answer within {PATIENCE_SECONDS:.0f} s") from error
    except aiohttp.ClientError as error:
        raise _Unhelpful(0, f"{type(error).__name__}: {_shown(str(error), 200)}") from error
    except (ValueError, RecursionError) as error:  # no JSON, or an address that is none
        raise _Unhelpful(200, "what is no answer of Discord's") from error
    if not isinstance(told, kind):
        raise _Unhelpful(200, "what is no answer of Discord's")
    return told


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise _Unhelpful(200, "an answer that is too long")
    return bytes(body)


def _unhelpful(error: _Unhelpful, base: str) -> Check:
    if error.status in (401, 403):
        return Check("Discord", "wrong", "the token in DISCORD_TOKEN is refused", (_NEW_TOKEN,))
    if error.status == 429:
        return Check("Discord", "note", "it asks to slow down", ("ask again in a few minutes",))
    told = "no answer of use" if error.status else "no answer"
    advice = f"check that {base} can be reached from here (DNS, firewall, proxy)"
    return Check("Discord", "wrong", f"{told}: {error}", (advice,))


def _checked(found: Found, *, wants_content: bool) -> Check:
    name, flags = _shown(found.me.get("username")), _whole(found.application.get("flags"))
    reads, number = bool(flags & _CONTENT), len(found.servers)
    missing = {
        _shown(one.get("name")): lacking(_whole(one.get("permissions"))) for one in found.servers
    }
    advice = _advice(found.application, {where: what for where, what in missing.items() if what})
    if not found.servers:
        invitation = invite_url(_whole(found.application.get("id")))
        advice.append(f"to let it into a server, open {invitation}")
    if wants_content and not reads:
        advice.append(
            f"{PORTAL}, page Bot: switch on Message Content Intent, so that code blocks in threads "
            "run as posted; or set `discord.message_content: false`"
        )
    text = (
        f"the token is {name}'s, in {number} server{'' if number == 1 else 's'}, "
        f"{'reads' if reads else 'does not read'} what messages say"
    )
    facts = {"user": name, "servers": number, "message_content": reads}
    if found.application.get("interactions_endpoint_url"):
        return Check("Discord", "wrong", text, tuple(advice), facts)
    return Check("Discord", "note" if advice else "well", text, tuple(advice), facts)


def _advice(application: Mapping[str, Any], missing: Mapping[str, list[str]]) -> list[str]:
    advice = []
    if application.get("interactions_endpoint_url"):
        advice.append(
            f"{PORTAL}, page General Information: empty Interactions Endpoint URL, for with one "
            "Discord sends the bot no commands"
        )
    for where, what in list(missing.items())[:_MOST_TOLD]:
        advice.append(f"in the server {where}, give the bot's role: {', '.join(what)}")
    if len(missing) > _MOST_TOLD:
        advice.append(f"permissions lack in {len(missing) - _MOST_TOLD} more servers")
    return advice


def lacking(permissions: int) -> list[str]:
    """Return the names of the permissions that the tutor needs and these are without."""
    held = discord.Permissions(permissions & (1 << 64) - 1)
    if held.administrator:
        return []
    return [NEEDED[name].partition(":")[0] for name in NEEDED if not getattr(held, name)]


def _whole(value: object) -> int:
    """Return what Discord writes as a number or, where it is large, as text."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 25 else 0


def _shown(value: object, most: int = _MOST_NAME) -> str:
    """Return a name that strangers chose, as it may be shown in a terminal."""
    return "".join(letter for letter in str(value) if letter.isprintable())[:most]
