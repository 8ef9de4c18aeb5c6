"""`python -m sandbox serve`: the guard in front, the supervisor behind it, one line when ready."""

import argparse
import asyncio
import functools
import json
import logging
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from sandbox.childwire import TemplateSettings
from sandbox.guard import Guard
from sandbox.jail import kernel
from sandbox.jail.limits import Limits, limits_of
from sandbox.jail.tiers import Walls, detect

_FAILED, _NO_SANDBOX = 1, 3
_LESSONS = ("lessons", "bot")


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or until the lifeline is cut; returns the exit status.

    Raises NoSandbox when this machine cannot wall learner code in.
    """
    walls = detect()
    guard = Guard(functools.partial(_supervise, walls, options), options.lifeline)
    status = guard.keep(once=options.once)
    Path(options.socket).unlink(missing_ok=True)
    return status if status >= 0 else _FAILED


def _supervise(
    walls: Walls,
    options: argparse.Namespace,
    channel: socket.socket,
    folder: Path,
    announce: bool,  # noqa: FBT001
) -> int:
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    return asyncio.run(_serve(walls, options, channel, folder, announce=announce))


async def _serve(
    walls: Walls,
    options: argparse.Namespace,
    channel: socket.socket,
    folder: Path,
    *,
    announce: bool,
) -> int:
    from sandbox.server import listen  # noqa: PLC0415  (the guard stays small without these)
    from sandbox.supervisor.pool import GuardLine, Pool  # noqa: PLC0415
    from sandbox.supervisor.process import ProcessBroken  # noqa: PLC0415
    from sandbox.supervisor.sessions import Supervisor  # noqa: PLC0415
    from sandbox.wire import BackendUnavailable  # noqa: PLC0415

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    guard = GuardLine(channel)
    pool = Pool(
        settings=_settings(walls, limits_of(options)),
        folder=folder,
        spares=options.spares,
        guard=guard,
    )
    try:
        await pool.start()
    except (BackendUnavailable, ProcessBroken, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201
        await pool.close()
        return _NO_SANDBOX
    supervisor = Supervisor(
        pool,
        tier=walls.tier,
        max_sessions=options.max_sessions,
        evaluations=max(2, os.cpu_count() or 1),
    )
    server = await listen(Path(options.socket), supervisor)
    if announce:
        print(json.dumps({"ready": True, "tier": walls.tier}), flush=True)  # noqa: T201
    guard.serving()
    calming = asyncio.create_task(supervisor.keep_calm())
    await stopping.wait()
    calming.cancel()
    server.close()
    await pool.close()
    shutil.rmtree(folder, ignore_errors=True)  # in case the guard is dead
    return 0


def _settings(walls: Walls, limits: Limits) -> TemplateSettings:
    root = Path(__file__).resolve().parents[1]
    return TemplateSettings(
        walls=walls,
        limits=limits,
        threads=1,
        hidden=tuple(str(root / name) for name in _LESSONS),
    )
