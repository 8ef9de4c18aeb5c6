"""`python -m sandbox serve`: the guard in front, the supervisor behind it, one line when ready."""

import argparse
import asyncio
import contextlib
import dataclasses
import functools
import json
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.childwire import TemplateSettings
from sandbox.guard import Guard
from sandbox.jail import kernel
from sandbox.jail.limits import Limits, limits_of
from sandbox.jail.tiers import Walls, detect

if TYPE_CHECKING:  # the guard stays small without these
    from sandbox.supervisor.gpus import Gpus, Offer
    from sandbox.supervisor.pool import GuardLine, Pool
    from sandbox.supervisor.sessions import Room

    Find = Callable[[argparse.Namespace], Offer]

_log = logging.getLogger(__name__)

_FAILED, _NO_SANDBOX = 1, 3
_PATIENCE_SECONDS = 10.0
"""How much longer than a run may last a client may be behind with reading."""

_LESSONS = ("lessons", "bot")


def serve(options: argparse.Namespace, find: "Find | None" = None) -> int:
    """Serve until SIGTERM or until the lifeline is cut; returns the exit status.

    `find` is how GPUs are found, if not by NVIDIA's library. Raises NoSandbox when this machine
    cannot wall learner code in.
    """
    walls = detect()
    supervise = functools.partial(_supervise, walls, options, find or _find)
    status = Guard(supervise, options.lifeline).keep(once=options.once)
    Path(options.socket).unlink(missing_ok=True)
    return status if status >= 0 else _FAILED


def _supervise(
    walls: Walls,
    options: argparse.Namespace,
    find: "Find",
    channel: socket.socket,
    folder: Path,
    announce: bool,  # noqa: FBT001
) -> int:
    from sandbox.logs import log_to  # noqa: PLC0415  (the guard stays small without it)

    log_to(sys.stderr, options.log_format, options.log_level, prefix="sandbox")
    return asyncio.run(_serve(walls, options, find, channel, folder, announce=announce))


async def _serve(
    walls: Walls,
    options: argparse.Namespace,
    find: "Find",
    channel: socket.socket,
    folder: Path,
    *,
    announce: bool,
) -> int:
    from sandbox.server import listen  # noqa: PLC0415  (the guard stays small without these)
    from sandbox.supervisor.pool import GuardLine  # noqa: PLC0415
    from sandbox.supervisor.sessions import Supervisor  # noqa: PLC0415

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    guard = GuardLine(channel)
    canary = _closed_socket(folder)
    started = await _start_best(walls, options, find, folder, guard)
    if started is None:
        return _NO_SANDBOX
    walls, pool, gpus = started
    supervisor = Supervisor(
        pool,
        tier=walls.tier,
        room=_room(options),
        evaluations=max(2, os.cpu_count() or 1),
        gpus=gpus,
        gpu_first=options.device == "cuda",
    )
    server = await listen(
        Path(options.socket),
        supervisor,
        options.wall_seconds + _PATIENCE_SECONDS,
        group=options.socket_group,
    )
    if announce:
        print(json.dumps({"ready": True, "tier": walls.tier}), flush=True)  # noqa: T201
    guard.serving()
    keeping = asyncio.gather(supervisor.keep_calm(), supervisor.keep_gpus())
    await stopping.wait()
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
    server.close()
    await asyncio.gather(*(side.close() for side in (gpus, pool) if side is not None))
    canary.close()
    shutil.rmtree(folder, ignore_errors=True)  # in case the guard is dead
    return 0


def _room(options: argparse.Namespace) -> "Room":
    from sandbox.supervisor.sessions import Room  # noqa: PLC0415

    return Room(
        max_sessions=options.max_sessions,
        idle_seconds=options.idle_minutes * 60,
        memory_floor_bytes=options.memory_floor_bytes,
    )


async def _gpus(
    options: argparse.Namespace,
    find: "Find",
    pool: "Pool",
    settings: TemplateSettings,
    folder: Path,
) -> "Gpus | None":
    """Start what GPUs there are. Raises BackendUnavailable where one was asked for and none works."""
    from sandbox.supervisor import gpus  # noqa: PLC0415
    from sandbox.supervisor.device_memory import MeterError, NoGpu  # noqa: PLC0415
    from sandbox.supervisor.process import ProcessBroken  # noqa: PLC0415
    from sandbox.wire import BackendUnavailable  # noqa: PLC0415

    if options.device == "cpu":
        return None
    try:
        offer = find(options)
    except NoGpu as error:
        if options.device == "auto":
            return None
        raise BackendUnavailable(f"device cuda: {error}") from error
    try:
        return await gpus.start(offer, pool, settings, folder)
    except (BackendUnavailable, ProcessBroken, MeterError) as error:
        if options.device == "auto":
            _log.warning("no GPU is offered: %s", error)
            return None
        raise BackendUnavailable(f"device cuda: {error}") from error


def _find(options: argparse.Namespace) -> "Offer":
    """Return what this machine offers. Raises NoGpu."""
    from sandbox.supervisor.device_memory import nvml  # noqa: PLC0415
    from sandbox.supervisor.gpus import Offer  # noqa: PLC0415
    from sandbox.supervisor.slots import Terms  # noqa: PLC0415

    terms = Terms(run_seconds=options.wall_seconds)
    return Offer(meter=nvml(), per_device=max(1, options.gpu_slots), terms=terms)


async def _start_best(
    walls: Walls,
    options: argparse.Namespace,
    find: "Find",
    folder: Path,
    guard: "GuardLine",
) -> "tuple[Walls, Pool, Gpus | None] | None":
    """Return what was started and behind which walls; says on stderr why nothing could be."""
    from sandbox.supervisor.demand import Demand  # noqa: PLC0415
    from sandbox.supervisor.pool import Pool  # noqa: PLC0415
    from sandbox.supervisor.process import ProcessBroken  # noqa: PLC0415
    from sandbox.wire import BackendUnavailable  # noqa: PLC0415

    limits = limits_of(options)
    for possible in _from_best(walls):
        pool = Pool(
            settings=_settings(possible, limits, folder),
            folder=folder,
            demand=Demand(options.spares, options.most_spares),
            guard=guard,
        )
        try:
            await pool.start()
            on_gpu = _settings(_for_gpu(possible), limits, folder)
            gpus = await _gpus(options, find, pool, on_gpu, folder)
        except (BackendUnavailable, ProcessBroken, OSError) as error:
            tier = "tier B: " if possible.tier == "B" else ""  # where another follows
            print(f"sandbox: {tier}{error}", file=sys.stderr)  # noqa: T201
            await pool.close()
            _clear(folder)
        else:
            return possible, pool, gpus
    return None


def _from_best(walls: Walls) -> tuple[Walls, ...]:
    """Return `walls`, and behind tier B the tier C that stands when a system's oddities break B."""
    if walls.tier != "B":
        return (walls,)
    return (walls, dataclasses.replace(walls, tier="C", no_namespaces="tier B did not start"))


def _for_gpu(walls: Walls) -> Walls:
    """Return the walls around a GPU: the root of tier B has no place for drivers, so C stands there."""
    if walls.tier != "B":
        return walls
    return dataclasses.replace(walls, tier="C", no_namespaces="a GPU needs the driver's files")


def _clear(folder: Path) -> None:
    """Delete what a pool that did not start has left of its sessions."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)


_CANARY = "closed.sock"
_LONGEST_ADDRESS = 107  # bytes, of a local socket: see unix(7)


def _closed_socket(folder: Path) -> socket.socket:
    """Listen as the real socket does: every child proves that it cannot connect here.

    A folder too deep for an address is left without: nobody could connect there either.
    """
    canary = socket.socket(socket.AF_UNIX)
    if len(os.fsencode(folder / _CANARY)) > _LONGEST_ADDRESS:
        return canary
    umask = os.umask(0o177)
    try:
        canary.bind(str(folder / _CANARY))
    finally:
        os.umask(umask)
    canary.listen()
    return canary


def _settings(walls: Walls, limits: Limits, folder: Path) -> TemplateSettings:
    root = Path(__file__).resolve().parents[1]
    home = os.path.expanduser("~")  # noqa: PTH111  (pathlib raises where there is no home)
    return TemplateSettings(
        walls=walls,
        limits=limits,
        threads=1,
        hidden=tuple(str(root / name) for name in _LESSONS),
        folder=str(folder),
        private=(home,) if home.startswith("/") and os.path.isdir(home) else (),  # noqa: PTH112
        closed_socket=str(folder / _CANARY) if (folder / _CANARY).exists() else None,
    )
