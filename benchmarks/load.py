"""Holds the bot and the sandbox, in the limits of their containers, to a class of learners for minutes.

    python -m benchmarks.load [--minutes 10] [--learners 300]

Exit status 0: every action had exactly one reply, and memory did not grow; 1: it was not so.
"""

import argparse
import asyncio
import itertools
import os
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from benchmarks.fence import Fence, fence, limits_of
from benchmarks.pupil import READING, Pupil, Tally
from benchmarks.table import Row, print_table
from tests.doubles.discord.double import Discord

ARRIVING = 60.0
"""Seconds within which all learners arrive, if there is time enough."""

MOST_GROWTH = 0.05
"""Of memory, from the median of one half of the time after the warm-up to that of the other."""

WARMING_MINUTES = 6.0
"""Until nearly everybody has run two cells, and so has a session with both its snapshots: half of what they do
runs code, every 30 s. Shorter runs do not judge memory."""

_DEFAULT_SESSIONS = 200
_START_SECONDS = 90.0
_SAMPLE_SECONDS = 3.0


@dataclass(slots=True)
class Memory:
    """Bytes that the two processes hold with all that they have started, by seconds since the start."""

    bot: list[tuple[float, int]] = field(default_factory=list)
    sandbox: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    tally: Tally
    memory: Memory
    violations: list[str]
    fences: dict[str, str]


@asynccontextmanager
async def _child(
    around: Fence, folder: Path, log: str, *command: str, environ: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m command` in its fence until the block ends."""
    with (folder / log).open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *around.around(sys.executable, "-m", *command),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        if await process.wait() != 0:
            print((folder / log).read_text(errors="replace")[-2000:], file=sys.stderr)


async def measured(
    learners: int, seconds: float, hurry: float = 1.0, flags: Sequence[str] = ()
) -> Load:
    """Let the learners come and learn, all in this process; the two programs are its children."""
    names = ("bot", "sandbox")
    with (
        tempfile.TemporaryDirectory(prefix="load-") as name,
        fence("bot", limits_of("bot")) as for_bot,
        fence("sandbox", limits_of("sandbox")) as for_sandbox,
    ):
        folder, socket = Path(name), Path(name, "socket")
        folder.chmod(0o711)  # learners' processes have to find their own folders in it
        (folder / "config.yaml").write_text(yaml.safe_dump({"sandbox": {"socket": str(socket)}}))
        serve = ("sandbox", "serve", "--socket", str(socket), *flags)
        async with (
            Discord() as double,
            _child(for_sandbox, folder, "sandbox.log", *serve, environ={"TMPDIR": name}) as sandbox,
            _child(for_bot, folder, "bot.log", "bot", "discord", environ=double.environ) as bot,
        ):
            await _ready(double, socket, sandbox, bot)
            tally, memory = Tally(), Memory()
            watching = asyncio.create_task(_watch(memory, bot.pid, for_bot, for_sandbox))
            await _learn(double, tally, learners, seconds, hurry)
            watching.cancel()
            for one, child in zip(names, (bot, sandbox), strict=True):
                if child.returncode is not None:
                    tally.lost.append(f"{one} has ended with {child.returncode}")
            told = {"bot": for_bot.told, "sandbox": for_sandbox.told}
            return Load(tally, memory, [*double.violations, *double.invalid], told)


async def _ready(double: Discord, socket: Path, *children: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while not (socket.exists() and double.gateway.shards and double.application.commands):
            if any(child.returncode is not None for child in children):
                raise SystemExit("the bot or the sandbox did not start")
            await asyncio.sleep(0.05)


async def _learn(
    double: Discord, tally: Tally, learners: int, seconds: float, hurry: float
) -> None:
    until = time.perf_counter() + seconds
    apart = min(ARRIVING, seconds / 3) / learners
    pupils = [Pupil(double.person(f"p{n}"), tally, n, hurry) for n in range(learners)]
    await asyncio.gather(*(one.learn(n * apart, until) for n, one in enumerate(pupils)))


async def _watch(memory: Memory, bot: int, for_bot: Fence, for_sandbox: Fence) -> None:
    """Look at memory every few seconds."""
    started, before = time.perf_counter(), _available()
    while True:
        at = time.perf_counter() - started
        memory.bot.append(
            (at, _resident(bot) if for_bot.memory() is None else for_bot.memory() or 0)
        )
        held = for_sandbox.memory()
        memory.sandbox.append((at, before - _available() if held is None else held))
        await asyncio.sleep(_SAMPLE_SECONDS)


def _resident(pid: int) -> int:
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:")


def _available() -> int:
    return _kilobytes(Path("/proc/meminfo"), "MemAvailable:")


def _kilobytes(path: Path, name: str) -> int:
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"no {name} in {path}")


def rows(load: Load, learners: int, minutes: float, hurry: float = 1.0) -> list[Row]:
    """Return what is to be told of it."""
    tally = load.tally
    least, most = (seconds * hurry for seconds in READING)
    told = [
        Row("learners at once, minutes", f"{learners}, {minutes:g}"),
        Row("a learner's time to read", f"{least:g} to {most:g} s"),
        *(Row(f"limits of the {one}", _limits(one, how)) for one, how in load.fences.items()),
        Row("actions", f"{tally.actions} ({tally.actions / minutes / 60:.1f} a second)"),
        Row("replies lost", str(len(tally.lost)), "0", not tally.lost),
        Row("replies doubled", str(len(tally.doubled)), "0", not tally.doubled),
        Row("rules of Discord broken", str(len(load.violations)), "0", not load.violations),
        Row("told to try again, with the wait", str(tally.refused)),
        *(
            Row(
                f"{kind}: p50 / p95 of {len(tally.times.seconds[kind])}",
                f"{tally.times.p50(kind) * 1000:.0f} / {tally.times.p95(kind) * 1000:.0f} ms",
            )
            for kind in sorted(tally.times.seconds)
        ),
    ]
    return [*told, _flat("bot", load.memory.bot), _flat("sandbox", load.memory.sandbox)]


def _limits(service: str, how: str) -> str:
    limits = limits_of(service)
    return f"{limits.memory >> 20} MiB, {limits.pids} processes and threads, {how}"


def _flat(name: str, samples: Sequence[tuple[float, int]]) -> Row:
    """Compare the two halves of the time after the warm-up."""
    name, most = f"memory of the {name}", max((held for _, held in samples), default=0)
    warm = [held for at, held in samples if at >= WARMING_MINUTES * 60]
    if len(warm) < 4:
        return Row(name, f"at most {most / 1e6:.0f} MB; too short to tell whether it grows")
    first, second = (
        statistics.median(half) for half in (warm[: len(warm) // 2], warm[len(warm) // 2 :])
    )
    here = f"{first / 1e6:.0f} MB, then {second / 1e6:.0f} MB; by minutes {_by_minutes(samples)}"
    return Row(name, here, f"≤ {MOST_GROWTH:.0%} more", second <= first * (1 + MOST_GROWTH))


def _by_minutes(samples: Sequence[tuple[float, int]]) -> str:
    """Return the median of each minute, in MB."""
    minutes = itertools.groupby(samples, key=lambda sample: int(sample[0] // 60))
    return " ".join(
        f"{statistics.median(held for _, held in of_one) / 1e6:.0f}" for _, of_one in minutes
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.load", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--learners", type=int, default=300)
    parser.add_argument("--sandbox-flags", help="as SANDBOX_FLAGS (default: a session for each)")
    parser.add_argument("--hurry", type=float, default=1.0, help="of a person's time to read")
    given = parser.parse_args(arguments)
    flags = given.sandbox_flags
    if flags is None:
        flags = f"--max-sessions {max(_DEFAULT_SESSIONS, given.learners)}"
    load = asyncio.run(
        measured(given.learners, given.minutes * 60, given.hurry, shlex.split(flags))
    )
    found = [Row("SANDBOX_FLAGS", flags), *rows(load, given.learners, given.minutes, given.hurry)]
    print_table(found)
    for one in [*load.tally.lost, *load.tally.doubled, *load.violations][:12]:
        print(one[:600], file=sys.stderr)
    return int(any(row.met is False for row in found))


if __name__ == "__main__":
    sys.exit(main())
