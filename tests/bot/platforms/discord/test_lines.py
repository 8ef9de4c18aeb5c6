"""Everybody's own line: in order, let go with the first reply, and no obstacle to Stop."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.platforms.discord.lines import Lines
from bot.tutor.reply import Note, Reply

REPLY = Reply((Note("info", "hello"),))


async def test_one_after_the_other_in_the_order_of_arrival() -> None:
    lines, order = Lines(), []

    async def does(name: str) -> None:
        async with lines.turn(1):
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(*(does(name) for name in "abc"))
    assert order == list("aabbcc")
    assert len(lines) == 0


async def test_another_person_and_stop_do_not_wait() -> None:
    lines = Lines()
    async with lines.turn(1), asyncio.timeout(1):
        async with lines.turn(2):
            pass
        async with lines.turn(1, jumps=True):
            pass


async def test_with_at_once_only_the_replies_wait() -> None:
    lines, seen = Lines(), []

    async def replies() -> AsyncGenerator[Reply, None]:
        seen.append("second")
        yield REPLY

    async def presses() -> None:
        async with lines.turn(1, at_once=True) as turn:
            seen.append("acknowledged")
            async for _ in turn.until_first(replies()):
                pass

    async with lines.turn(1):
        pressing = asyncio.create_task(presses())
        await asyncio.sleep(0.01)
        seen.append("first")
    await pressing
    assert seen == ["acknowledged", "first", "second"]
    assert len(lines) == 0


async def test_the_next_comes_up_with_the_first_reply() -> None:
    lines, goes_on = Lines(), asyncio.Event()

    async def replies() -> AsyncGenerator[Reply, None]:
        yield REPLY
        await goes_on.wait()
        yield REPLY

    async def long() -> None:
        async with lines.turn(1) as turn:
            async for _ in turn.until_first(replies()):
                pass

    running = asyncio.create_task(long())
    async with asyncio.timeout(1), lines.turn(1):
        assert not running.done()
    goes_on.set()
    await running
    assert len(lines) == 0


async def test_who_fails_or_gives_up_holds_nobody_up() -> None:
    lines = Lines()
    with pytest.raises(RuntimeError):
        async with lines.turn(1):
            raise RuntimeError
    async with lines.turn(1):
        waiting = asyncio.create_task(lines.turn(1).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), lines.turn(1):
        pass
