"""The load on both processes: that it runs, and that it sees what it is there to see."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.fence import Limits, fence, limits_of
from benchmarks.load import WARMING_MINUTES, Load, Memory, measured, rows
from benchmarks.pupil import Pupil, Tally
from tests.doubles.discord.double import Discord

pytestmark = pytest.mark.timeout(60)


def verdicts(load: Load) -> dict[str, bool | None]:
    return {row.name: row.met for row in rows(load, 1, 1)}


def at(*megabytes: int) -> list[tuple[float, int]]:
    """Return samples that begin after the warm-up."""
    return [(WARMING_MINUTES * 60 + n, size * 10**6) for n, size in enumerate(megabytes)]


@pytest.mark.jail
def test_a_few_learners_get_each_reply_once() -> None:
    load = asyncio.run(measured(4, 4, hurry=0.015))
    assert (load.tally.lost, load.tally.doubled, load.violations) == ([], [], [])
    assert load.tally.actions > 8
    assert {"open", "next page"} <= set(load.tally.times.seconds)
    assert load.memory.bot
    assert False not in verdicts(load).values()


async def test_a_reply_that_never_comes_is_a_lost_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.pupil.PATIENCE", 0.05)
    async with Discord() as double:  # with the command, and without the bot
        double.application.commands.append({"id": "1", "name": "learn", "type": 1})
        tally = Tally()
        await Pupil(double.person("p"), tally, 0, hurry=0.001).learn(0, 0)
    assert len(tally.lost) == 1


def test_what_is_lost_doubled_or_grows_is_missed() -> None:
    flat = Memory(at(50, 50, 51, 51), at(900, 900, 900, 900))
    fine = Load(Tally(actions=1), flat, [], {})
    assert set(verdicts(fine).values()) == {None, True}
    grown = Load(
        Tally(actions=1, lost=["one"], doubled=["one"]),
        Memory(at(50, 50, 60, 60), at(900, 900, 1000, 1000)),
        ["a rule"],
        {},
    )
    missed = {name for name, met in verdicts(grown).items() if met is False}
    assert missed == {
        "replies lost",
        "replies doubled",
        "rules of Discord broken",
        "memory of the bot",
        "memory of the sandbox",
    }


def test_the_limits_are_those_of_compose_yaml() -> None:
    assert limits_of("bot") == Limits(512 << 20, 128)
    assert limits_of("sandbox") == Limits(16 << 30, 2048)


async def test_a_fence_holds_what_is_started_in_it(tmp_path: Path) -> None:
    with fence("test", Limits(64 << 20, 16)) as around:
        if around.memory() is None:
            pytest.skip(around.told)
        wants = "b = bytearray(256 << 20); open('done', 'w')"
        process = await asyncio.create_subprocess_exec(
            *around.around("python3", "-c", wants), cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() != 0
        assert not (tmp_path / "done").exists()
