"""Writes for four learners at once and says on stdout what the store has acknowledged, until killed.

With `moving` besides the path they only go from section to section.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.storage.sqlite import SqliteStore, open_store
from bot.tutor.event import Actor
from bot.tutor.records import Answer, Attempt, Position

LEARNERS = 4
LESSON = "tensors-101"


async def arrived(store: SqliteStore, who: int) -> tuple[int, int]:
    """Return a learner, and how far they had come before."""
    learner = (await store.learner(Actor("console", f"learner-{who}", "Learner"))).id
    position = await store.position(learner)
    return learner, int(position.item) if position else 0


async def write(store: SqliteStore, who: int) -> None:
    learner, number = await arrived(store, who)
    while True:
        number += 1
        attempt = Attempt(
            lesson=LESSON,
            rev=1,
            step="row",
            number=number,
            code="x = 1\n" * 50,
            outcome="wrong",
            points=0.0,
            say=None,
            at=datetime.now(UTC),
        )
        answer = Answer(
            lesson=LESSON,
            rev=1,
            question="row",
            given=str(number),
            correct=False,
            points=0.0,
            at=attempt.at,
        )
        place = Position(lesson=LESSON, stage="section", item=str(number))
        await store.add_attempt(learner, attempt, place, answer)
        sys.stdout.write(f"{learner} {number}\n")
        sys.stdout.flush()


async def move(store: SqliteStore, who: int) -> None:
    learner, number = await arrived(store, who)
    while True:
        number += 1
        await store.move(learner, Position(lesson=LESSON, stage="section", item=str(number)))
        sys.stdout.write(f"{learner} {number}\n")
        sys.stdout.flush()
        await asyncio.sleep(0)


async def main(path: Path, *, moving: bool) -> None:
    work = move if moving else write
    async with open_store(path) as store:
        await asyncio.gather(*(work(store, who) for who in range(LEARNERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), moving="moving" in sys.argv[2:]))
