"""`python -m sandbox health`: asks the sandbox that serves on a socket how full it is; cheap enough for every minute."""

import argparse
import asyncio
import json
from typing import Any

import msgspec

from sandbox.client import connect
from sandbox.wire import BackendUnavailable

_OK, _NO_SANDBOX = 0, 3
_PATIENCE_SECONDS = 5.0


def health(options: argparse.Namespace) -> int:
    """Print what the sandbox at `options.socket` answers; returns 0 when it does, else 3."""
    found = asyncio.run(_ask(options.socket))
    print(json.dumps(found, ensure_ascii=False) if options.json else _as_text(found))  # noqa: T201
    return _OK if found["serves"] else _NO_SANDBOX


async def _ask(socket: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), connect(socket) as executor:
            answer = msgspec.to_builtins(await executor.capacity())
    except TimeoutError:
        return {"serves": False, "trouble": f"no answer within {_PATIENCE_SECONDS:.0f} s"}
    except BackendUnavailable as error:
        return {"serves": False, "trouble": str(error)}
    waiting = len(answer.pop("gpu_queue"))  # whose names are nobody's business here
    return {"serves": True, "trouble": None, **answer, "gpu_waiting": waiting}


def _as_text(found: dict[str, Any]) -> str:
    if not found["serves"]:
        return f"NOT ready: {found['trouble']}"
    return (
        "ready: tier {tier}, {sessions} of {max_sessions} sessions, {running} running, "
        "{spares} spare, {gpu_free} of {gpu_slots} GPU slots free".format_map(found)
    )
