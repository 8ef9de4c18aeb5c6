"""What was acknowledged survives SIGKILL at any moment."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bot.storage.sqlite import open_store

CHILD = Path(__file__).with_name("writing_child.py")
ROOT = Path(__file__).parents[3]
KILLS = 10
SEED = 20260301


def acknowledged_until_killed(path: Path, *how: str, after: int) -> list[tuple[int, int]]:
    """Kill the writing child after so many acknowledgements; return all it gave."""
    process = subprocess.Popen(
        [sys.executable, str(CHILD), str(path), *how],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(after)]
    process.kill()
    rest, _ = process.communicate()
    assert all(lines), "the child ended by itself"
    whole = [line for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith(b"\n")]
    return [(int(learner), int(number)) for learner, number in map(bytes.split, whole)]


async def test_nothing_acknowledged_is_lost_by_sigkill(path: Path) -> None:
    chance = random.Random(SEED)
    newest: dict[int, int] = {}
    for _ in range(KILLS):
        for learner, number in acknowledged_until_killed(path, after=chance.randint(1, 300)):
            newest[learner] = max(number, newest.get(learner, 0))
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        async with open_store(path) as store:
            for learner, number in newest.items():
                kept = [attempt.number for attempt in await store.attempts(learner, "tensors-101")]
                position = await store.position(learner)
                assert position
                # No gap, nothing twice, and each attempt together with its answer and where it led.
                assert kept == list(range(1, int(position.item) + 1))
                answers = await store.answers(learner, "tensors-101")
                assert [answer.given for answer in answers] == [str(number) for number in kept]
                read = await store.sections_read(learner, "tensors-101")
                assert read == {str(number) for number in kept}
                assert len(kept) >= number
    assert newest


async def test_no_step_that_was_acknowledged_is_lost_by_sigkill(path: Path) -> None:
    chance = random.Random(SEED)
    newest: dict[int, int] = {}
    for _ in range(KILLS):
        for learner, number in acknowledged_until_killed(
            path, "moving", after=chance.randint(1, 300)
        ):
            newest[learner] = max(number, newest.get(learner, 0))
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        async with open_store(path) as store:
            for learner, number in newest.items():
                position = await store.position(learner)
                assert position
                assert int(position.item) >= number
                read = await store.sections_read(learner, "tensors-101")
                assert read == {str(one) for one in range(1, int(position.item) + 1)}
    assert newest
