"""How long learners on Discord wait for what a press leads to, beside a bare discord.py echo bot.

Both bots are processes of their own and meet a loopback Discord each, in turns. All learners are in
the chat at once: each presses, reads what came for a few seconds, and presses again; every fourth
press runs code. A reply counts from the press to the moment at which it stands in the chat.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from benchmarks.effort import Effort
from benchmarks.table import Row
from benchmarks.times import Times
from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.seeing import Seen

TURNS = 2
"""How often each bot is measured, in turns with the other."""

READING = (4.0, 16.0)
"""Seconds that a learner takes to read, at least and at most."""

PATIENCE = 60.0
MOST_TIMES_AN_ECHO = 2.0
_STEPS = ("Next", "Run", "Next", "Back")
_PAGE, _CODE = "page", "run"
_CONFIG = {"access": {"runs_per_minute": 1000}}


class Learner:
    """Somebody in direct messages with the bot, pressing button after button."""

    def __init__(self, person: Person, times: Times, name: str, seed: int) -> None:
        self._person = person
        self._times = times
        self._name = name
        self._random = random.Random(seed)
        self._page: Seen | None = None
        self._steps = 0

    async def arrive(self) -> None:
        """Ask for the first page, and go on to one that leads both ways."""
        asked = await self._person.slash(self._person.dm, "learn")
        self._page = await self._person.reads(asked, PATIENCE)
        await self._press("Next")

    async def learn(self, seconds: float) -> None:
        """Press and read for a while; a last reply is waited for."""
        until = time.perf_counter() + seconds
        await asyncio.sleep(self._random.uniform(0, READING[1]))
        while time.perf_counter() < until:
            label = _STEPS[self._steps % len(_STEPS)]
            self._steps += 1
            what = _CODE if label == "Run" else _PAGE
            self._times.add(f"{self._name} {what}", await self._press(label))
            await asyncio.sleep(self._random.uniform(*READING))

    async def _press(self, label: str) -> float:
        """Return the seconds until the reply to a press stood there, of which there has to be one."""
        assert self._page is not None
        started = time.perf_counter()
        asked = self._person.starts_pressing(self._page, label)
        message = await asked.reply(PATIENCE)
        seconds = time.perf_counter() - started
        if label != "Run":
            self._page = Seen(message)
        if len(asked.messages) != 1:
            raise SystemExit(f"{asked} led to {len(asked.messages)} messages")
        return seconds


class Crowd:
    """The learners of one bot."""

    def __init__(self, double: Discord, count: int, times: Times, name: str) -> None:
        self._learners = [
            Learner(double.person(f"learner-{seed}"), times, name, seed) for seed in range(count)
        ]

    async def arrive(self) -> None:
        """Let the learners arrive a few at a time, as this is not measured."""
        for start in range(0, len(self._learners), 10):
            await asyncio.gather(*(one.arrive() for one in self._learners[start : start + 10]))

    async def learn(self, seconds: float) -> None:
        await asyncio.gather(*(one.learn(seconds) for one in self._learners))


@asynccontextmanager
async def _bot(double: Discord, folder: Path, *command: str) -> AsyncIterator[None]:
    """Run a bot against `double` until the block ends."""
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *command),
            cwd=folder,
            env={**os.environ, **double.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=log,
            stderr=log,
        )
    try:
        await double.connected()
        async with asyncio.timeout(PATIENCE):
            while not double.application.commands:
                await asyncio.sleep(0.05)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def measured(learners: int, seconds: float, socket: Path) -> Times:
    """Return the times of both bots."""
    times = Times()
    async with Discord() as ours, Discord() as bare:
        crowds = [Crowd(ours, learners, times, "ours"), Crowd(bare, learners, times, "echo")]
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            config = _CONFIG | {"sandbox": {"socket": str(socket)}}
            (Path(one) / "config.yaml").write_text(yaml.safe_dump(config))
            async with (
                _bot(ours, Path(one), "bot", "discord"),
                _bot(bare, Path(other), "benchmarks.echo_bot"),
            ):
                for crowd in crowds:
                    await crowd.arrive()
                for _ in range(TURNS):
                    for crowd in crowds:
                        await crowd.learn(seconds)
        for double in (ours, bare):
            if double.violations:
                raise SystemExit(f"a bot broke Discord's rules: {double.violations[:3]}")
    return times


async def rows(socket: Path, effort: Effort) -> list[Row]:
    """Measure on a sandbox of the caller's."""
    times = await measured(effort.live, effort.chat_seconds, socket)
    return [
        _ratio(times, f"press → reply on Discord, p50, {effort.live} learners at once", Times.p50),
        _ratio(times, f"press → reply on Discord, p95, {effort.live} learners at once", Times.p95),
        Row("press Run → its output on Discord, p50 / p95", _both(times, f"ours {_CODE}")),
    ]


def _ratio(times: Times, name: str, of: Callable[[Times, str], float]) -> Row:
    ours, echo = of(times, f"ours {_PAGE}"), of(times, f"echo {_PAGE}")
    here = f"{ours / echo:.1f} × an echo bot ({ours * 1000:.0f} ms, {echo * 1000:.0f} ms)"
    met = ours <= MOST_TIMES_AN_ECHO * echo
    return Row(name, here, f"≤ {MOST_TIMES_AN_ECHO:.0f} × an echo bot", met)


def _both(times: Times, what: str) -> str:
    return f"{times.p50(what) * 1000:.0f} / {times.p95(what) * 1000:.0f} ms"


if __name__ == "__main__":
    from benchmarks.effort import FULL, QUICK
    from benchmarks.sandbox import own_sandbox

    async def main() -> None:
        async with own_sandbox("--max-sessions", "202", "--most-spares", "4") as path:
            for row in await rows(path, FULL if "--full" in sys.argv else QUICK):
                print(row)

    asyncio.run(main())
