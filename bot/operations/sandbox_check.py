"""Checks that code runs in the sandbox, and behind which walls."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.operations.report import Check
from sandbox.client import Sink
from sandbox.wire import (
    BackendUnavailable,
    Busy,
    Capacity,
    Cell,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
)

PATIENCE_SECONDS = 60.0
LEARNER = "doctor"
TRY = Cell("import torch\nprint(int(torch.ones(2, 3).sum()))")
RIGHT = "6\n"


class Runs(Protocol):
    """An executor, as far as it is asked here."""

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef: ...

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult: ...

    async def close(self, ref: SessionRef) -> None: ...

    async def capacity(self) -> Capacity: ...


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking the sandbox: how full it is, or why it cannot be reached or used."""

    capacity: Capacity | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Walls:
    """What `python -m sandbox doctor --json` tells; empty where the sandbox is somebody else's."""

    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the walls that do not stand."""
        layers = self.told.get("layers", ())
        return tuple(str(layer["name"]) for layer in layers if not layer["on"])

    @property
    def advice(self) -> tuple[str, ...]:
        return tuple(str(one) for one in self.told.get("better", ()))


async def try_sandbox(executor: Runs, spec: SessionSpec) -> Tried:
    """Run one line of PyTorch for real in a session of its own, and ask how full the sandbox is."""
    try:
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            ref = await executor.open(LEARNER, spec, PATIENCE_SECONDS)
            try:
                result = await executor.run(ref, TRY, _unheard)
            finally:
                await executor.close(ref)
            capacity = await executor.capacity()
    except TimeoutError:
        return Tried(trouble=f"it does not answer within {2 * PATIENCE_SECONDS:.0f} s")
    except Busy:
        return await _full(executor)
    except (BackendUnavailable, SessionLost) as error:
        return Tried(trouble=str(error) or "it cannot be reached")
    printed = "".join(text for _, text in result.output)
    if result.status != "ok" or printed != RIGHT:
        return Tried(trouble=f"a first line of PyTorch ended with {result.status}")
    return Tried(capacity)


async def _full(executor: Runs) -> Tried:
    try:
        return Tried(await asyncio.wait_for(executor.capacity(), PATIENCE_SECONDS))
    except (TimeoutError, Busy, BackendUnavailable) as error:
        return Tried(trouble=str(error) or "it cannot be reached")


async def _unheard(_stream: object, _text: str) -> None:
    pass


def sandbox_check(socket: Path | None, tried: Tried, walls: Walls) -> Check:
    """Check that code ran, and say what would keep learners apart better."""
    capacity = tried.capacity
    if capacity is None:
        where = f"at {socket} " if socket else ""
        return Check("sandbox", "wrong", f"{where}not ready: {tried.trouble}", _mended(socket))
    facts = {
        "tier": capacity.tier,
        "sessions": capacity.sessions,
        "most_sessions": capacity.max_sessions,
        "spares": capacity.spares,
        "gpu_slots": capacity.gpu_slots,
        "gpu_free": capacity.gpu_free,
        "walls": {str(layer["name"]): bool(layer["on"]) for layer in walls.told.get("layers", ())},
    }
    text = (
        f"code runs, tier {capacity.tier}, {capacity.sessions} of {capacity.max_sessions} "
        "sessions taken"
    )
    if capacity.sessions >= capacity.max_sessions:
        more = "raise `sandbox.limits.max_sessions`, if there is memory for it"
        return Check("sandbox", "note", f"full: {text}", (more,), facts)
    if capacity.tier == "A":
        return Check("sandbox", "well", text, (), facts)
    if walls.missing:
        text += "; without: " + ", ".join(walls.missing)
    advice = walls.advice or (_ASK_THERE,)
    return Check("sandbox", "well" if capacity.tier == "B" else "note", text, advice, facts)


_ASK_THERE = "`python -m sandbox doctor`, where the sandbox runs, says what would be better"


def _mended(socket: Path | None) -> tuple[str, ...]:
    if socket:
        return (
            f"start it: `docker compose up -d`, or `python -m sandbox serve --socket {socket}`",
            "where it runs, `python -m sandbox doctor` says what stands in the way",
        )
    return (
        "`python -m sandbox doctor` says more",
        "running code needs Linux and PyTorch: `make run`",
    )
