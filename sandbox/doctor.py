"""`python -m sandbox doctor`: which walls stand here, which do not and why, and what to change."""

import argparse
import asyncio
import contextlib
import dataclasses
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.client import connect
from sandbox.jail import landlock, reach, seccomp, uids
from sandbox.jail.limits import limits_of
from sandbox.jail.tiers import NoSandbox, Walls, detect
from sandbox.run import START_SECONDS, ignore_output, own_sandbox
from sandbox.wire import BackendUnavailable, Busy, Cell, SessionSpec

_OK, _NO_SANDBOX = 0, 3

_GPUS = Path("/proc/driver/nvidia/gpus")

_LOOK = """
import json, os, torch
places = []
for top in ("/tmp", "/var/tmp", "/dev/shm", "/run", os.path.expanduser("~"), os.getcwd(), ".."):
    try:
        name = os.path.join(top, "tensor-tutor-doctor")
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.unlink(name)
        places.append("its own folder" if os.path.realpath(top) == os.getcwd() else top)
    except OSError:
        pass
print(json.dumps([torch.version.cuda, list(dict.fromkeys(places))]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One wall: whether it is on, and why or why not."""

    name: str
    on: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found. `serves` tells whether a real run went through; `trouble` why not.

    `cuda` is the version that torch was built for, None for a build without and where none ran.
    """

    serves: bool
    trouble: str | None
    tier: str | None
    layers: tuple[Layer, ...]
    limits: Mapping[str, float]
    torch: str | None
    cuda: str | None
    gpus: tuple[str, ...]
    writable: tuple[str, ...]
    better: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What a cell that ran for real found: the tier it ran in, and as in Findings."""

    tier: str
    cuda: str | None
    writable: tuple[str, ...]


def doctor(options: argparse.Namespace) -> int:
    """Print the findings; returns 0 when code can run here, else 3."""
    found = _examine(options)
    if options.json:
        print(json.dumps(dataclasses.asdict(found), ensure_ascii=False))  # noqa: T201
    else:
        print(as_text(found))  # noqa: T201
    return _OK if found.serves else _NO_SANDBOX


def as_text(found: Findings) -> str:
    """Return the findings as lines to read."""
    state = "ready" if found.serves else "NOT ready"
    hardware = f"CUDA {found.cuda or 'not built in'}, GPUs: {', '.join(found.gpus) or 'none'}"
    lines = [
        f"{state}: tier {found.tier or 'none'}, torch {found.torch or 'not installed'}, {hardware}",
        *([f"trouble: {found.trouble}"] if found.trouble else []),
        "",
        *(f"  {'on ' if layer.on else 'off'}  {layer.name}: {layer.why}" for layer in found.layers),
        "",
        *(f"  limit  {name}: {value:,.0f}" for name, value in found.limits.items()),
        *(f"  learner code can write: {place}" for place in found.writable),
        *(f"\nto get a better tier: {advice}" for advice in found.better),
    ]
    return "\n".join(lines)


def _examine(options: argparse.Namespace) -> Findings:
    walls: Walls | None = None
    trouble: str | None = None
    look: _Look | None = None
    try:
        walls = detect()
        look = asyncio.run(_try(options))
        walls = _as_served(walls, look)
    except NoSandbox as error:
        trouble = str(error)
    except (BackendUnavailable, Busy) as error:
        trouble = f"the sandbox does not start: {error}"
    return Findings(
        serves=trouble is None,
        trouble=trouble,
        tier=walls.tier if walls else None,
        layers=_layers(walls),
        limits=dataclasses.asdict(limits_of(options)),
        torch=_torch(),
        cuda=look.cuda if look else None,
        gpus=_gpus(),
        writable=look.writable if look else (),
        better=_better(walls),
    )


def _as_served(walls: Walls, look: _Look) -> Walls:
    """Return `walls` as they stood around the run: tier B falls to C where it does not start."""
    if look.tier == walls.tier or look.tier != "C":
        return walls
    why = "a warm process did not start in them: `python -m sandbox serve` says why"
    return dataclasses.replace(walls, tier="C", no_namespaces=why)


async def _try(options: argparse.Namespace) -> _Look:
    """Run a cell for real and return what it saw. Every child has tried its walls before."""
    async with own_sandbox(options) as path, connect(path) as executor:
        ref = await executor.open("doctor", SessionSpec(), START_SECONDS)
        result = await executor.run(ref, Cell(_LOOK), ignore_output)
    if result.status != "ok":
        raise BackendUnavailable(f"a first run ended with {result.status}")
    cuda, writable = json.loads("".join(text for _, text in result.output))
    return _Look(result.tier, cuda, tuple(writable))


def _layers(walls: Walls | None) -> tuple[Layer, ...]:
    tier = walls.tier if walls else None
    abi = landlock.abi()
    closed = reach.closed_ancestor(sys.base_prefix) or reach.closed_ancestor(sys.prefix)
    scoped = landlock.signals_are_scoped(abi)
    return (
        Layer(
            name="own uid for each session",
            on=tier == "A",
            why=f"leased with lock files in {uids.lock_folder()}"
            if tier == "A"
            else "needs SETUID, SETGID, KILL and CHOWN",
        ),
        Layer(
            name="own user, mount, network and IPC namespaces for each session",
            on=tier == "B",
            why=_why_namespaces(walls),
        ),
        Layer(
            name="root folder with nothing but Python and system libraries, read-only",
            on=tier == "B",
            why="comes with the namespaces"
            if tier == "B"
            else "needs them; Landlock alone decides",
        ),
        Layer(
            name="private shared memory",
            on=tier == "B",
            why="comes with the namespaces" if tier == "B" else "needs them; names are shared",
        ),
        Layer(
            name="Landlock",
            on=abi > 0,
            why=f"ABI {abi}" + ("" if scoped else "; signals are held back by seccomp instead"),
        ),
        Layer(
            name="seccomp",
            on=seccomp.supported(),
            why="an allow-list, for x86_64 and aarch64",
        ),
        Layer(
            name="limit for all files of a session together",
            on=tier is not None,
            why="looked at as the session's own uid, which needs SETUID and SETGID, no DAC_OVERRIDE"
            if tier == "A"
            else "looked at as this user",
        ),
        Layer(
            name="no local sockets",
            on=tier == "C",
            why=_why_sockets(tier),
        ),
        Layer(
            name="private view of the interpreter",
            on=tier == "A" and closed is not None,
            why=f"{closed} is closed to others" if closed else "not needed: others can reach it",
        ),
        Layer(
            name="lower priority for long runs",
            on=walls is not None and walls.priority_returns,
            why="it can be given back"
            if walls is not None and walls.priority_returns
            else "needs SYS_NICE or `ulimit -e 20`, else it could not be given back",
        ),
    )


def _why_sockets(tier: str | None) -> str:
    if tier == "C":
        return "they could lead to this user's other programs; DataLoader workers do without"
    where = "the own root shows no sockets of others" if tier == "B" else "modes guard them"
    return f"DataLoader workers need some; {where}"


def _why_namespaces(walls: Walls | None) -> str:
    if walls is None or walls.tier == "A":
        return "only plain users need them: own uids keep sessions apart"
    return walls.no_namespaces or "tried at every start"


def _better(walls: Walls | None) -> tuple[str, ...]:
    if walls is not None and walls.tier == "A":
        return ()
    if os.geteuid() == 0:
        return ("keep the capabilities SETUID, SETGID, KILL and CHOWN",)
    tier_a = "for tier A, start the sandbox as root: every session gets a uid of its own"
    if walls is None or walls.no_namespaces is None:
        return (tier_a,)
    refused = f"what was refused is {walls.no_namespaces}"
    return (
        tier_a,
        f"for tier B, allow user namespaces, which a container's rules usually forbid; {refused}",
    )


def _gpus() -> tuple[str, ...]:
    """Return the models of the NVIDIA GPUs that the driver lists."""
    models = []
    for information in sorted(_GPUS.glob("*/information")):
        with contextlib.suppress(OSError):
            lines = information.read_text(encoding="utf-8", errors="replace").splitlines()
            models += [line.split(":", 1)[1].strip() for line in lines if line.startswith("Model:")]
    return tuple(models)


def _torch() -> str | None:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return None
