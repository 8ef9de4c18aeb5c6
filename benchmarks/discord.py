"""How long learners on Discord wait for what a press leads to, beside a bare discord.py echo bot.

Both bots are processes of their own and meet a loopback Discord each, in turns. All learners are in
the chat at once: each presses, reads what came for a few seconds, and presses again; every fourth
press runs code. A reply counts from the press to the moment at which it stands in the chat.

The echo bot is pressed twice as long: on a machine that does nothing else, and on one where each
fourth press starts the same code as in a lesson, in the same sandbox and with no bot in between. The
first tells what a learner waits for code and bot together, the second what our bot adds to discord.py.

All are pressed twice, in turns: first as a class that has just come in, where each first Run opens a
session, which takes ten times the CPU of a run in one; and then as a class that is at work.
"""

import asyncio
import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from benchmarks.effort import Effort
from benchmarks.sandbox import open_session, run
from benchmarks.table import Row
from benchmarks.times import Times
from bot.curriculum import LessonShelf
from sandbox.client import LocalExecutor, connect
from sandbox.wire import SessionRef
from tests.doubles.discord.double import Discord
from tests.doubles.discord.people import Person
from tests.doubles.discord.seeing import Seen

ARRIVING, AT_WORK = "arriving", "at work"

READING = (4.0, 16.0)
"""Seconds that a learner takes to read, at least and at most."""

PATIENCE = 60.0
MOST_TIMES_AN_ECHO = 2.0
_STEPS = ("Next", "Run", "Next", "Back")
_PAGE, _CODE = "page", "run"
_OURS, _ECHO, _ECHO_BESIDE_CODE = "ours", "echo", "echo-beside-code"
_CONFIG = {"access": {"runs_per_minute": 1000}}
_LESSON, _FIRST = "tensors-101", 2
"""The lesson that they read, and the index of the section whose code is the first they run. `_STEPS`
leads to the next one each time."""


class Code:
    """What one learner runs, section by section, in a session of theirs, without a bot."""

    def __init__(self, executor: LocalExecutor, sections: Sequence[str]) -> None:
        self._executor = executor
        self._sections = iter(sections)
        self._ref: SessionRef | None = None

    async def run(self) -> None:
        """Run the next section's; opens the session at first, as a bot does."""
        code = next(self._sections)
        if self._ref is None:
            self._ref = await open_session(self._executor)
        await run(self._executor, self._ref, code)


class Learner:
    """Somebody in direct messages with the bot, pressing button after button."""

    def __init__(
        self, person: Person, times: Times, name: str, seed: int, beside: Code | None = None
    ) -> None:
        self._person = person
        self._times = times
        self._name = name
        self._random = random.Random(seed)
        self._beside = beside
        self._running: list[asyncio.Task[None]] = []
        self._page: Seen | None = None
        self._steps = 0

    async def arrive(self) -> None:
        """Ask for the first page, and go on to one that leads both ways."""
        asked = await self._person.slash(self._person.dm, "learn")
        self._page = await self._person.reads(asked, PATIENCE)
        await self._press("Next")

    async def learn(self, phase: str, seconds: float) -> None:
        """Press and read for a while; a last reply is waited for."""
        until = time.perf_counter() + seconds
        await asyncio.sleep(self._random.uniform(0, READING[1]))
        while time.perf_counter() < until:
            label = _STEPS[self._steps % len(_STEPS)]
            self._steps += 1
            what = _CODE if label == "Run" else _PAGE
            if what == _CODE and self._beside is not None:
                self._running.append(asyncio.create_task(self._beside.run()))
            self._times.add(f"{self._name} {phase} {what}", await self._press(label))
            await asyncio.sleep(self._random.uniform(*READING))
        await asyncio.gather(*self._running)

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
    """The learners of one bot; `beside` has code that runs when they press Run."""

    def __init__(
        self, double: Discord, count: int, times: Times, name: str, beside: Sequence[Code] = ()
    ) -> None:
        codes = beside or [None] * count
        self._learners = [
            Learner(double.person(f"{name}-{seed}"), times, name, seed, code)
            for seed, code in zip(range(count), codes, strict=True)
        ]

    async def arrive(self) -> None:
        """Let the learners arrive a few at a time, as this is not measured."""
        for start in range(0, len(self._learners), 10):
            await asyncio.gather(*(one.arrive() for one in self._learners[start : start + 10]))

    async def learn(self, phase: str, seconds: float) -> None:
        await asyncio.gather(*(one.learn(phase, seconds) for one in self._learners))


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
    """Return the times of our bot, of the echo bot alone, and of that one with code beside it."""
    times = Times()
    # What other measurements have left in this process, which is Discord for both bots: to search all
    # that for garbage would take a tenth of a second now and then, in which nobody gets a reply.
    gc.collect()
    gc.freeze()
    async with connect(socket) as executor, Discord() as ours, Discord() as bare:
        sections = _sections()
        codes = [Code(executor, sections) for _ in range(learners)]
        crowds = [
            Crowd(ours, learners, times, _OURS),
            Crowd(bare, learners, times, _ECHO),
            Crowd(bare, learners, times, _ECHO_BESIDE_CODE, codes),
        ]
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            config = _CONFIG | {"sandbox": {"socket": str(socket)}}
            (Path(one) / "config.yaml").write_text(yaml.safe_dump(config))
            async with (
                _bot(ours, Path(one), "bot", "discord"),
                _bot(bare, Path(other), "benchmarks.echo_bot"),
            ):
                for crowd in crowds:
                    await crowd.arrive()
                for phase in (ARRIVING, AT_WORK):
                    for crowd in crowds:
                        await crowd.learn(phase, seconds)
        for double in (ours, bare):
            if double.violations:
                raise SystemExit(f"a bot broke Discord's rules: {double.violations[:3]}")
    return times


def _sections() -> list[str]:
    """Return the code that learners run, in its order."""
    lesson = LessonShelf(()).lesson(_LESSON)
    sections = lesson.sections[_FIRST:] if lesson is not None else ()
    codes = [section.run.code for section in sections if section.run is not None]
    if not codes:
        raise SystemExit(f"{_LESSON} has no code from page {_FIRST + 1} on")
    return codes


def sessions(learners: int) -> int:
    """Return how many sessions measuring so many learners takes."""
    return 2 * learners


async def rows(socket: Path, effort: Effort) -> list[Row]:
    """Measure on a sandbox of the caller's, which has to hold `sessions` of them."""
    times = await measured(effort.live, effort.chat_seconds, socket)
    rows = []
    for phase in (AT_WORK, ARRIVING):
        name = f"press → reply on Discord, {effort.live} learners {phase}"
        for echo, beside in ((_ECHO, ""), (_ECHO_BESIDE_CODE, " with the same code beside it")):
            for measure, of in (("p50", Times.p50), ("p95", Times.p95)):
                label = f"{name}, {measure} / an echo bot's{beside}"
                rows.append(_ratio(times, phase, label, of, echo))
        ran = f"press Run → its output on Discord, {effort.live} learners {phase}, p50 / p95"
        rows.append(Row(ran, _both(times, f"{_OURS} {phase} {_CODE}")))
    return rows


def _ratio(
    times: Times, phase: str, name: str, of: Callable[[Times, str], float], echo_bot: str
) -> Row:
    ours, echo = (of(times, f"{bot} {phase} {_PAGE}") for bot in (_OURS, echo_bot))
    here = f"{ours / echo:.1f} × ({ours * 1000:.0f} ms, {echo * 1000:.0f} ms)"
    met = ours <= MOST_TIMES_AN_ECHO * echo
    return Row(name, here, f"≤ {MOST_TIMES_AN_ECHO:.0f} ×", met)


def _both(times: Times, what: str) -> str:
    return f"{times.p50(what) * 1000:.0f} / {times.p95(what) * 1000:.0f} ms"


if __name__ == "__main__":
    from benchmarks.effort import FULL, QUICK
    from benchmarks.sandbox import own_sandbox

    async def main() -> None:
        effort = FULL if "--full" in sys.argv else QUICK
        most = str(sessions(effort.live))
        async with own_sandbox("--max-sessions", most, "--most-spares", "4") as path:
            for row in await rows(path, effort):
                print(row)

    asyncio.run(main())
