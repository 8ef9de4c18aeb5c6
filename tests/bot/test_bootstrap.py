import asyncio
import logging
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bot.bootstrap.executing import sandbox_flags
from bot.bootstrap.parts import Background, SystemClock, built
from bot.config import Access, Config, Limits, Sandbox
from bot.tutor.drawing import Progress, Row
from bot.tutor.event import Actor, Command, MessageKey, Place
from bot.tutor.reply import Fields
from sandbox.__main__ import _parser


def test_every_limit_reaches_the_command_line_of_the_sandbox() -> None:
    limits = Limits(
        wall_seconds=3.5,
        cpu_seconds=2.5,
        memory_bytes=512 * 1024**2,
        output_bytes=2048,
        processes=7,
        max_sessions=9,
        spares=3,
        most_spares=5,
        idle_minutes=2.5,
        memory_floor_bytes=2**30,
        gpu_slots=2,
    )
    flags = sandbox_flags(Sandbox(device="cuda", limits=limits))
    options = vars(_parser().parse_args(["serve", "--socket", "s", *flags]))
    assert {name: options[name] for name in limits.model_dump()} == limits.model_dump()
    assert options["device"] == "cuda"


async def test_background_work_is_kept_until_it_is_done() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    async with Background() as background:
        background.later(work())
        await asyncio.wait_for(done.wait(), 5)


async def test_background_work_that_fails_is_logged_and_harms_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        raise ValueError("this went wrong")

    async with Background() as background:
        background.later(work())
        await asyncio.sleep(0.01)
    assert "this went wrong" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


async def test_background_work_is_stopped_at_the_end() -> None:
    stopped = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.set()

    async with Background() as background:
        background.later(work())
        await asyncio.sleep(0)
    assert stopped.is_set()


def test_the_clock_knows_its_time_zone() -> None:
    assert SystemClock().now().tzinfo is not None


async def test_the_real_parts_answer_without_waiting_for_a_sandbox(tmp_path: Path) -> None:
    config = Config(
        database=tmp_path / "memory.sqlite3", sandbox=Sandbox(socket=tmp_path / "nobody.sock")
    )
    actor = Actor("console", "ada", "Ada")
    key = MessageKey("console", "ada", "1")
    event = Command(actor=actor, place=Place("terminal"), key=key, verb="learn")
    async with built(config, {}) as parts:
        replies = [reply async for reply in parts.tutor.handle(event)]
        assert len(replies) == 1
        await asyncio.sleep(0.01)
        assert "nobody.sock" in (parts.executor.trouble or "")


async def test_what_an_operator_has_set_reaches_the_tutor(tmp_path: Path) -> None:
    access = Access(
        servers=("1",), roles=("2",), dms=False, user_install=False, runs_per_minute=3,
        gpu_minutes_per_day=4
    )  # fmt: skip
    config = Config(
        database=tmp_path / "tutor.db",
        sandbox=Sandbox(socket=tmp_path / "nobody.sock"),
        operators=("console:ada",),
        access=access,
    )
    key = MessageKey("console", "ada", "1")
    ada, place = Actor("console", "ada", "Ada"), Place("terminal")
    event = Command(actor=ada, place=place, key=key, verb="tutor", args=("status",))
    async with built(config, {}) as parts:
        allowed = parts.services.access
        (status,) = [reply async for reply in parts.tutor.handle(event)]
        reload = replace(event, args=("reload",))
        (reloaded,) = [reply async for reply in parts.tutor.handle(reload)]
    assert asdict(allowed) == {
        **access.model_dump(),
        "servers": frozenset({"1"}),
        "roles": frozenset({"2"}),
    }
    assert ("Running, waiting", "0, 0") in [
        pair for part in status.parts if isinstance(part, Fields) for pair in part.pairs
    ]
    assert "nobody.sock" in str(status.parts)
    assert "loaded" in str(reloaded.parts)


async def test_the_tutor_has_somebody_who_draws(tmp_path: Path) -> None:
    config = Config(
        database=tmp_path / "tutor.db", sandbox=Sandbox(socket=tmp_path / "nobody.sock")
    )
    async with built(config, {}) as parts:
        picture = await parts.services.pictures.png(
            Progress("Your progress", (Row("Tensors", 2, 6, ()),))
        )
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
