"""One person's doings are taken up in order; what has to be acknowledged does not wait for that."""

import asyncio
from collections.abc import AsyncGenerator

from bot.platforms.discord.lines import Lines
from bot.tutor.reply import Note, Reply

ADA, BOB = 1, 2


async def said(log: list[str], text: str, after: float = 0.0) -> AsyncGenerator[Reply, None]:
    log.append(f"{text} begins")
    await asyncio.sleep(after)
    yield Reply((Note("info", text),))


class Doing:
    """Things that people do, each of which logs when it is taken up."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.log: list[str] = []

    async def does(
        self, person: int, text: str, after: float = 0.0, *, at_once: bool = False
    ) -> None:
        async with self.lines.turn(person, at_once=at_once) as turn:
            self.log.append(f"{text} heard")
            async for reply in turn.until_first(said(self.log, text, after)):
                assert isinstance(reply.parts[0], Note)
                self.log.append(f"{reply.parts[0].text} answered")


async def test_the_next_is_taken_up_when_the_first_reply_has_come() -> None:
    doing = Doing()
    await asyncio.gather(doing.does(ADA, "one", 0.05), doing.does(ADA, "two"))
    assert doing.log.index("one answered") < doing.log.index("two heard")
    assert len(doing.lines) == 0


async def test_what_is_answered_at_once_is_heard_but_not_taken_up() -> None:
    doing = Doing()
    await asyncio.gather(
        doing.does(ADA, "one", 0.05),
        doing.does(ADA, "two", 0.05, at_once=True),
        doing.does(ADA, "three", at_once=True),
    )
    assert doing.log.index("three heard") < doing.log.index("one answered")
    begun = [line for line in doing.log if line.endswith("begins")]
    assert begun == ["one begins", "two begins", "three begins"]
    assert doing.log.index("one answered") < doing.log.index("two begins")
    assert doing.log.index("two answered") < doing.log.index("three begins")
    assert len(doing.lines) == 0


async def test_people_do_not_wait_for_each_other() -> None:
    doing = Doing()
    await asyncio.gather(doing.does(ADA, "one", 0.05), doing.does(BOB, "two"))
    assert doing.log.index("two answered") < doing.log.index("one answered")


async def test_whoever_leaves_the_line_holds_nobody_up() -> None:
    doing = Doing()
    first = asyncio.create_task(doing.does(ADA, "one", 0.05))
    second = asyncio.create_task(doing.does(ADA, "two", at_once=True))
    await asyncio.sleep(0.01)
    second.cancel()
    async with doing.lines.turn(ADA, at_once=True):
        pass  # it came to nothing
    await asyncio.wait_for(doing.does(ADA, "three"), 1)
    await first
    assert "two begins" not in doing.log
    assert doing.log.index("one answered") < doing.log.index("three begins")
    assert len(doing.lines) == 0
