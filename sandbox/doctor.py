"""`python -m sandbox doctor`: which walls stand here, which do not and why, and what to change."""

import argparse
import asyncio
import dataclasses
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.client import connect
from sandbox.jail import landlock, reach, seccomp, uids
from sandbox.jail.limits import limits_of
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.run import START_SECONDS, ignore_output, own_sandbox
from sandbox.wire import BackendUnavailable, Busy, Cell, SessionSpec

_OK, _NO_SANDBOX = 0, 3

_LOOK = """
import os
places = []
for top in ("/tmp", "/var/tmp", "/dev/shm", "/run", os.path.expanduser("~"), os.getcwd(), ".."):
    try:
        name = os.path.join(top, "tensor-tutor-doctor")
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.unlink(name)
        places.append("its own folder" if os.path.realpath(top) == os.getcwd() else top)
    except OSError:
        pass
print(*dict.fromkeys(places), sep="\\n")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One wall: whether it is on, and why or why not."""

    name: str
    on: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found. `serves` tells whether a real run went through; `trouble` why not."""

    serves: bool
    trouble: str | None
    tier: str | None
    layers: tuple[Layer, ...]
    limits: Mapping[str, float]
    torch: str | None
    writable: tuple[str, ...]
    better: tuple[str, ...]


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
    lines = [
        f"{state}: tier {found.tier or 'none'}, torch {found.torch or 'not installed'}",
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
    tier: str | None = None
    trouble: str | None = None
    writable: tuple[str, ...] = ()
    try:
        tier = detect().tier
        writable = asyncio.run(_try(options))
    except NoSandbox as error:
        trouble = str(error)
    except (BackendUnavailable, Busy) as error:
        trouble = f"the sandbox does not start: {error}"
    return Findings(
        serves=trouble is None,
        trouble=trouble,
        tier=tier,
        layers=_layers(tier),
        limits=dataclasses.asdict(limits_of(options)),
        torch=_torch(),
        writable=writable,
        better=_better(tier),
    )


async def _try(options: argparse.Namespace) -> tuple[str, ...]:
    """Run a cell for real and return where it could write. Every child has tried its walls before."""
    async with own_sandbox(options) as path, connect(path) as executor:
        ref = await executor.open("doctor", SessionSpec(), START_SECONDS)
        result = await executor.run(ref, Cell(_LOOK), ignore_output)
    if result.status != "ok":
        raise BackendUnavailable(f"a first run ended with {result.status}")
    return tuple("".join(text for _, text in result.output).split("\n")[:-1])


def _layers(tier: str | None) -> tuple[Layer, ...]:
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
            name="private view of the interpreter",
            on=tier == "A" and closed is not None,
            why=f"{closed} is closed to others" if closed else "not needed: others can reach it",
        ),
    )


def _better(tier: str | None) -> tuple[str, ...]:
    if tier == "A":
        return ()
    if os.geteuid() == 0:
        return ("keep the capabilities SETUID, SETGID, KILL and CHOWN",)
    return ("start the sandbox as root, which drops to a uid of its own for every session",)


def _torch() -> str | None:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return None
