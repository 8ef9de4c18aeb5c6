"""Registers the commands with Discord, and only when they have changed since the last time."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import aiohttp
from discord import DiscordException, app_commands

STATE = "commands"
"""The name under which is remembered what Discord has."""

WAITS = (30.0, 300.0, 1800.0)
"""Seconds before the next try after a failed one; the last of them again and again."""

log = logging.getLogger(__name__)


class States(Protocol):
    """What remembers for us."""

    async def state(self, name: str) -> str | None: ...

    async def set_state(self, name: str, value: str) -> None: ...


async def keep_trying(
    tree: app_commands.CommandTree[Any],
    states: States,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Register the commands, later if it cannot be done now: all else goes on meanwhile."""
    failed = 0
    while True:
        try:
            await sync_if_changed(tree, states)
        except (DiscordException, aiohttp.ClientError, OSError) as error:
            wait = WAITS[min(failed, len(WAITS) - 1)]
            log.warning(
                "the commands could not be registered (%s); next try in %.0f s", error, wait
            )
            failed += 1
            await sleep(wait)
        else:
            return


async def sync_if_changed(tree: app_commands.CommandTree[Any], states: States) -> bool:
    """Register the commands unless Discord has them already; tell whether it was needed."""
    digest = await fingerprint(tree)
    if await states.state(STATE) == digest:
        return False
    await tree.sync()
    await states.set_state(STATE, digest)
    return True


async def fingerprint(tree: app_commands.CommandTree[Any]) -> str:
    """Return what tells these commands, in all languages, from others, and this application."""
    payload = await payload_of(tree)
    text = json.dumps([tree.client.application_id, payload], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def payload_of(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Return what Discord is sent about each command."""
    translator = tree.translator
    return [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in tree.get_commands()
    ]
