import asyncio
import copy
import logging
import math
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.pictures.drawer import Drawer, Worker, drawing_aside
from bot.tutor.drawing import Card, Drawing, Formula, Graph, HeatMap, Panel, Pixels, Step
from bot.tutor.ports import Pictures
from tests.bot.pictures.samples import CARD, GOLDEN, PRODUCT

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.close()


@pytest.mark.parametrize("name", GOLDEN)
async def test_every_kind_of_drawing_comes_back_as_png(name: str) -> None:
    async with drawing_aside() as pictures:
        shown: Pictures = pictures
        picture = await shown.png(GOLDEN[name])
    assert picture is not None
    assert picture.startswith(PNG)


async def test_the_loop_goes_on_while_a_picture_is_drawn(worker: Worker) -> None:
    release = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(release.wait, 30)
        pictures = Drawer(executor, worker)
        waiting = asyncio.ensure_future(pictures.png(PRODUCT))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        release.set()
        assert await asyncio.wait_for(waiting, 30) is not None


async def test_who_comes_when_too_many_wait_gets_no_picture(
    caplog: pytest.LogCaptureFixture, worker: Worker
) -> None:
    release = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(release.wait, 30)
        pictures = Drawer(executor, worker, most_waiting=2)
        waiting = [asyncio.ensure_future(pictures.png(PRODUCT)) for _ in range(2)]
        await asyncio.sleep(0)
        assert await pictures.png(PRODUCT) is None
        assert "2 drawings are waiting" in caplog.text
        release.set()
        assert None not in await asyncio.gather(*waiting)
        assert await pictures.png(PRODUCT) is not None


async def test_a_place_in_line_is_free_again_after_whoever_waited_has_left(worker: Worker) -> None:
    release = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(release.wait, 30)
        pictures = Drawer(executor, worker, most_waiting=1)
        waiting = asyncio.ensure_future(pictures.png(PRODUCT))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        release.set()
        assert await pictures.png(PRODUCT) is not None


WRONG: dict[str, Drawing] = {
    "no panels": Card("t", "", ()),
    "five panels": Card("t", "", CARD.panels * 3),
    "too few values": Card("t", "", (Panel("x", "", "", "", HeatMap(2, 2, (1.0,), ("", ""))),)),
    "too many cells": Card("t", "", (Panel("x", "", "", "", HeatMap(65, 1, (0,) * 65, ("", ""))),)),
    "too few bytes": Card("t", "", (Panel("x", "", "", "", Pixels(2, 2, 3, b"1", ("", ""))),)),
    "a graph that runs backwards": Graph(
        "t", (Step("a", "", False, (1,)), Step("b", "", False, (0,)))
    ),
    "a graph of too many steps": Graph("t", (Step("a", "", True),) * 31),
    "half a formula": Formula(r"\frac{1"),
    "an empty formula": Formula(""),
    "a formula too long": Formula("x + " * 400),
    "a formula too wide": Formula("abcdefgh + " * 12),
    "a formula in Korean": Formula(r"\text{평균} = 3"),
    "a formula without end": Formula(r"\frac{" * 160),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_cannot_be_drawn_is_no_picture_and_a_line_in_the_log(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with drawing_aside() as pictures:
        assert await pictures.png(WRONG[name]) is None
        assert await pictures.png(PRODUCT) is not None
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "could not be drawn" in record.getMessage()


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system knows no priorities")
def test_the_process_that_draws_lets_the_bot_go_first(worker: Worker) -> None:
    worker.draw(PRODUCT)
    assert worker.pid
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == 10
    assert os.getsid(worker.pid) == os.getsid(0)  # priorities may count within a session alone
    assert os.getpgid(worker.pid) == worker.pid  # out of reach of Ctrl-C


@pytest.mark.parametrize("name", GOLDEN)
async def test_what_a_whole_class_sees_is_drawn_once(name: str) -> None:
    async with drawing_aside() as pictures:
        first = await pictures.png(GOLDEN[name])
        assert first
        assert await pictures.png(copy.deepcopy(GOLDEN[name])) is first


async def test_who_wants_the_same_at_the_same_time_waits_for_one_drawing(worker: Worker) -> None:
    with ThreadPoolExecutor(1) as executor:
        pictures = Drawer(executor, worker)
        first, *others = await asyncio.gather(*(pictures.png(CARD) for _ in range(5)))
    assert first
    assert all(one is first for one in others)


async def test_a_picture_is_another_where_a_number_is(worker: Worker) -> None:
    with ThreadPoolExecutor(1) as executor:
        pictures = Drawer(executor, worker)
        numbers = (0.0, 1.0, math.nan, math.nan)
        zero, one, *not_numbers = [await pictures.png(_cell(number)) for number in numbers]
    assert zero != one
    assert not_numbers[0] is not_numbers[1]


def _cell(number: float) -> Card:
    return Card("t", "", (Panel("x", "", "", "", HeatMap(1, 1, (number,), ("1", "1"))),))


def test_a_process_that_was_killed_is_started_again(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    assert worker.draw(PRODUCT)
    assert worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    pictures = [worker.draw(PRODUCT), worker.draw(PRODUCT)]
    assert pictures[-1]
    assert len(caplog.records) == pictures.count(None)


def test_a_drawing_that_takes_too_long_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(seconds=0.0)
    assert worker.draw(CARD) is None
    assert "a Card could not be drawn" in caplog.text
    worker.close()


def test_the_process_that_draws_knows_no_token(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret-of-the-bot")
    assert worker.draw(PRODUCT)
    assert b"secret-of-the-bot" not in Path(f"/proc/{worker.pid}/environ").read_bytes()


async def test_the_process_that_draws_ends_with_the_bot() -> None:
    code = (
        "import os, signal\n"
        "from bot.pictures.drawer import Worker\n"
        "from tests.bot.pictures.samples import PRODUCT\n"
        "worker = Worker()\n"
        "assert worker.draw(PRODUCT)\n"
        "print(worker.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    async with asyncio.timeout(30):
        while Path(f"/proc/{int(said)}/stat").exists() and not _is_zombie(int(said)):
            await asyncio.sleep(0.02)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_nothing_is_imported_for_drawing_before_the_first_picture() -> None:
    code = (
        "import sys, bot.bootstrap.console, bot.bootstrap.chats\n"
        "sys.exit(any(name in sys.modules for name in ('PIL', 'ziamath', 'bot.pictures.draw')))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_what_waits_at_the_end_is_not_drawn() -> None:
    async with drawing_aside() as pictures:
        waiting = [asyncio.ensure_future(pictures.png(CARD)) for _ in range(50)]
        await asyncio.sleep(0)
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert any(isinstance(one, asyncio.CancelledError) for one in done)
