"""The application itself: who it is, where its gateway is, and which commands it has."""

import re
from collections.abc import Iterator
from typing import Any

from tests.doubles.discord import payloads
from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.permissions import in_guild
from tests.doubles.discord.rest import Call, Handler, Rest, unknown
from tests.doubles.discord.world import Payload, World

_COMMANDS = "/applications/{application_id}/commands"
_EMOJIS = "/applications/{application_id}/emojis"
_NAME = re.compile(r"^[-_'\w]{1,32}$")
_COUNTS = {1: 100, 2: 15, 3: 15}
_TREE_CHARACTERS, _OPTIONS, _CHOICES = 8000, 25, 25


class ApplicationRoutes:
    """Commands are counted as they are registered, so that tests see who registers needlessly."""

    def __init__(self, world: World, gateway: Gateway, rest: Rest) -> None:
        self._world = world
        self._gateway = gateway
        self._rest = rest
        self.shards = 1
        self.commands: list[Payload] = []
        self.registered = 0
        self._emojis: list[Payload] = []

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/users/@me", self.me),
            ("GET", "/users/@me/guilds", self.guilds),
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway_bot),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("GET", _COMMANDS, self.get_commands),
            ("PUT", _COMMANDS, self.put_commands),
            ("GET", f"{_COMMANDS}/{{command_id}}", self.get_command),
            ("GET", _EMOJIS, self.emojis),
        ]

    async def me(self, _call: Call) -> Payload:
        return payloads.user(self._world.bot) | {"verified": True, "mfa_enabled": False}

    async def guilds(self, _call: Call) -> list[Payload]:
        bot = self._world.bot
        return [
            {
                "id": str(one.id),
                "name": one.name,
                "icon": None,
                "owner": False,
                "permissions": str(int(in_guild(one, bot))),
                "features": [],
            }
            for one in self._world.guilds.values()
            if one.has_bot
        ]

    async def gateway(self, _call: Call) -> Payload:
        return {"url": self._gateway.url}

    async def gateway_bot(self, _call: Call) -> Payload:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86400000, "max_concurrency": 1}
        return {"url": self._gateway.url, "shards": self.shards, "session_start_limit": limit}

    async def application(self, _call: Call) -> Payload:
        return payloads.application(self._world, self._gateway.application_flags)

    async def get_commands(self, _call: Call) -> list[Payload]:
        return self.commands

    async def get_command(self, call: Call) -> Payload:
        for one in self.commands:
            if one["id"] == call.parameters["command_id"]:
                return one
        raise unknown("application command", 10063)

    async def put_commands(self, call: Call) -> list[Payload]:
        self._rest.refuse_if(list(of_commands(call.body)), call.route)
        self.registered += 1
        before = {(one.get("type", 1), one["name"]): one["id"] for one in self.commands}
        self.commands = [
            self._registered(one, before.get((one.get("type", 1), one["name"])))
            for one in call.body
        ]
        return self.commands

    def _registered(self, command: Payload, known: str | None) -> Payload:
        return {
            "type": 1,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
            "options": [],
            **command,
            "id": known or str(self._world.ids.next()),
            "application_id": str(self._world.application_id),
            "version": str(self._world.ids.next()),
        }

    async def emojis(self, _call: Call) -> Payload:
        return {"items": self._emojis}


def of_commands(commands: list[Payload]) -> Iterator[str]:
    """Yield what is wrong with a set of commands."""
    for kind, most in _COUNTS.items():
        same = [one["name"] for one in commands if one.get("type", 1) == kind]
        if len(same) > most:
            yield f"{len(same)} commands of type {kind}, limit {most}"
        if len(set(same)) < len(same):
            yield f"two commands of type {kind} with one name"
    for one in commands:
        if one.get("type", 1) == 1:
            yield from _of_entry(one)
            if (size := _characters(one)) > _TREE_CHARACTERS:
                yield f"{one['name']}: {size} characters, limit {_TREE_CHARACTERS}"
        elif not 1 <= len(one["name"]) <= 32 or one.get("description"):
            yield f"{one['name']}: a context menu with a long name or a description"


def _of_entry(entry: Payload) -> Iterator[str]:
    for name in (entry["name"], *(entry.get("name_localizations") or {}).values()):
        if not _NAME.match(name) or name != name.lower():
            yield f"name {name!r}"
    described = (entry["description"], *(entry.get("description_localizations") or {}).values())
    yield from (
        f"{entry['name']}: description of {len(text)} characters"
        for text in described
        if not 1 <= len(text) <= 100
    )
    options = entry.get("options") or []
    if len(options) > _OPTIONS:
        yield f"{entry['name']}: {len(options)} options"
    required = [bool(one.get("required")) for one in options]
    if required != sorted(required, reverse=True):
        yield f"{entry['name']}: a required option after an optional one"
    yield from _of_choices(entry)
    for one in options:
        yield from _of_entry(one)


def _of_choices(entry: Payload) -> Iterator[str]:
    choices = entry.get("choices") or []
    if len(choices) > _CHOICES:
        yield f"{entry['name']}: {len(choices)} choices"
    if choices and entry.get("autocomplete"):
        yield f"{entry['name']}: choices and autocomplete"
    for one in choices:
        for text in (one["name"], str(one["value"])):
            if not 1 <= len(text) <= 100:
                yield f"choice {text!r}"


def _characters(entry: Any) -> int:
    """Return how much of a command counts: names, descriptions and values, in the longest language."""
    found = _longest(entry, "name") + _longest(entry, "description")
    found += sum(
        len(str(one["value"])) + _longest(one, "name") for one in entry.get("choices") or []
    )
    return found + sum(map(_characters, entry.get("options") or []))


def _longest(entry: Any, key: str) -> int:
    texts = (entry.get(key) or "", *(entry.get(f"{key}_localizations") or {}).values())
    return max(map(len, texts))
