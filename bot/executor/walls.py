"""Asks the sandbox's own doctor which walls would stand around code that runs here."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bot.executor.embedded import environment

PATIENCE_SECONDS = 150.0


async def walls_here(flags: Sequence[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what `python -m sandbox doctor --json` tells; nothing where it tells nothing."""
    if sys.platform == "win32":
        return {}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "sandbox", "doctor", "--json", *flags),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(environ),
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        told = json.loads(out)
    except (TimeoutError, ValueError):
        return {}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return told if isinstance(told, dict) else {}
