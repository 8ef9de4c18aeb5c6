"""The commands as Discord is told of them, in both languages."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, cast

import discord
import pytest
from discord import app_commands

from bot.locales import load_catalogues
from bot.platforms.discord.commands import add_commands
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.syncing import payload_of
from bot.platforms.discord.translation import CatalogueTranslator
from bot.tutor.verbs import VERBS

Entry = Mapping[str, Any]
NAME = re.compile(r"^[-_'\w]{1,32}$")
MENU, SUBCOMMAND = 3, 1


@pytest.fixture
async def payload() -> AsyncIterator[list[Entry]]:
    client = discord.Client(intents=discord.Intents.none())
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(client)
    add_commands(tree, cast("Desk", None))
    await tree.set_translator(CatalogueTranslator(load_catalogues()))
    yield list(await payload_of(tree))
    await client.close()


def everything(entries: list[Entry]) -> Iterator[Entry]:
    """Yield commands, subcommands, options and choices."""
    for entry in entries:
        yield entry
        yield from everything([*entry.get("options", []), *entry.get("choices", [])])


def named(entry: Entry) -> list[str]:
    return [entry["name"], *(entry.get("name_localizations") or {}).values()]


async def test_every_verb_of_the_core_is_a_command(payload: list[Entry]) -> None:
    assert {verb.name for verb in VERBS} <= {entry["name"] for entry in payload}
    assert {"mydata", "tutor", "Run this code"} <= {entry["name"] for entry in payload}


async def test_names_and_descriptions_are_within_limits_in_both_languages(
    payload: list[Entry],
) -> None:
    for entry in everything(payload):
        is_label = "value" in entry or (entry.get("type") == MENU and "description" not in entry)
        for name in named(entry):
            assert is_label or (NAME.match(name) and name == name.lower()), name
            assert len(name) <= (100 if "value" in entry else 32)
        if "description" in entry:
            texts = [entry["description"], *(entry.get("description_localizations") or {}).values()]
            assert all(1 <= len(text) <= 100 for text in texts), texts


async def test_everything_has_a_korean_name_and_description(payload: list[Entry]) -> None:
    universal = {"CSV", "JSON Lines", "English", "한국어"}
    for entry in everything(payload):
        if entry["name"] not in universal:
            assert "ko" in (entry.get("name_localizations") or {}), entry["name"]
        if "description" in entry:
            assert "ko" in entry["description_localizations"], entry["description"]


async def test_no_two_commands_have_the_same_name_in_korean(payload: list[Entry]) -> None:
    for kind in (1, MENU):
        names = [entry["name_localizations"]["ko"] for entry in payload if entry["type"] == kind]
        assert len(names) == len(set(names))
    for entry in payload:
        inner = [one["name_localizations"]["ko"] for one in entry.get("options", [])]
        assert len(inner) == len(set(inner))


async def test_learners_commands_work_everywhere_and_staffs_only_with_the_tutor(
    payload: list[Entry],
) -> None:
    by_name = {entry["name"]: entry for entry in payload}
    for name in ("learn", "run", "mydata", "Run this code"):
        assert by_name[name]["contexts"] == [0, 1, 2]
        assert by_name[name]["integration_types"] == [0, 1]
    assert by_name["tutor"]["contexts"] == [0, 1]
    assert by_name["tutor"]["integration_types"] == [0]
    manage_guild = str(discord.Permissions(manage_guild=True).value)
    assert str(by_name["tutor"]["default_member_permissions"]) == manage_guild
