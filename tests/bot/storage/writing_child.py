"""Writes for four learners at once and says on stdout what the store has acknowledged, until killed."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.storage.sqlite import SqliteStore, open_store
from bot.tutor.event import Actor
from bot.tutor.records import Answer, Attempt, Position

LEARNERS = 4
LESSON = "tensors-101"


async def write(store: SqliteStore, who: int) -> None:
    learner = (await store.learner(Actor("console", f"learner-{who}", "Learner"))).id
    position = await store.position(learner)
    number = int(position.item) if position else 0
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


async def main(path: Path) -> None:
    async with open_store(path) as store:
        await asyncio.gather(*(write(store, who) for who in range(LEARNERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
