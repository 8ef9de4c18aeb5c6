"""`tensor-tutor doctor`: checks every part of an installation, all that can be at the same time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.curriculum import LoadedCurriculum
from bot.executor.walls import walls_here
from bot.operations.backups import Schedule
from bot.operations.database_check import backups_check, database_check
from bot.operations.discord_check import discord_check
from bot.operations.gpu_check import Use, gpu_check, look_at_hardware
from bot.operations.lessons_check import lessons_check
from bot.operations.report import Check
from bot.operations.sandbox_check import Runs, Tried, Walls, sandbox_check, try_sandbox
from sandbox.wire import SessionSpec

CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is to be checked. `limits` are flags for a sandbox that is started here, not at `socket`."""

    file: Path | None
    operators: int
    database: Path
    backups: Schedule | None
    lessons: Callable[[], LoadedCurriculum]
    socket: Path | None
    sandbox: Callable[[], AbstractAsyncContextManager[Runs]]
    spec: SessionSpec
    limits: Sequence[str]
    wants_content: bool


def misconfigured(problems: Sequence[str]) -> Check:
    """Return the one check there can be where the configuration is of no use."""
    what = "it cannot be used, so nothing else was checked"
    return Check(CONFIGURATION, "wrong", what, tuple(problems))


async def examined(
    installation: Installation, environ: Mapping[str, str], now: datetime
) -> tuple[Check, ...]:
    """Return what was found of each part."""
    discord, of_sandbox, database, lessons, backups = await asyncio.gather(
        discord_check(environ, wants_content=installation.wants_content),
        _of_sandbox(installation, environ),
        asyncio.to_thread(database_check, installation.database),
        asyncio.to_thread(lessons_check, installation.lessons),
        asyncio.to_thread(backups_check, installation.backups, now),
    )
    settings = _of_settings(installation, is_served=discord.state != "off")
    return (settings, database, backups, lessons, *of_sandbox, discord)


def _of_settings(installation: Installation, *, is_served: bool) -> Check:
    file = installation.file
    found = f"{file} is in order" if file else "no config.yaml here: all defaults"
    if is_served and not installation.operators:
        advice = "name yourself in `operators`: nobody may reload lessons or block people yet"
        return Check(CONFIGURATION, "note", found, (advice,))
    return Check(CONFIGURATION, "well", found)


async def _of_sandbox(
    installation: Installation, environ: Mapping[str, str]
) -> tuple[Check, Check]:
    socket, device = installation.socket, installation.spec.device
    tried, told, hardware = await asyncio.gather(
        _try(installation),
        _walls(installation, environ),
        look_at_hardware(environ),
    )
    use = Use(
        device=device,
        slots=tried.capacity.gpu_slots if tried.capacity else None,
        cuda=told.get("cuda"),
        is_known=told.get("serves") is True,
    )
    return sandbox_check(socket, tried, Walls(told)), gpu_check(hardware, use)


async def _try(installation: Installation) -> Tried:
    async with installation.sandbox() as executor:
        return await try_sandbox(executor, installation.spec)


async def _walls(installation: Installation, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what the sandbox's own doctor says, where the sandbox is started here."""
    return {} if installation.socket else await walls_here(installation.limits, environ)
