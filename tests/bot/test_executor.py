import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.executor import Reachable, embedded
from bot.executor.embedded import PREFIX, sweep
from sandbox.client import Executor, Sink
from sandbox.wire import (
    BackendUnavailable,
    Capacity,
    Cell,
    Evaluation,
    Exports,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
)
from tests.e2e.program import family, gone


class Sandbox:
    """An executor that answers with its number, and breaks when told to."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.broken: Exception | None = None

    def _answered(self) -> None:
        if self.broken:
            raise self.broken

    async def open(self, learner: str, spec: SessionSpec, deadline: float) -> SessionRef:
        self._answered()
        return SessionRef(learner, f"epoch-{self.number}")

    async def run(self, ref: SessionRef, cell: Cell, on_output: Sink) -> RunResult:
        self._answered()
        raise SessionLost("unknown epoch", "no")

    async def evaluate(self, job: Evaluation, deadline: float) -> Exports:
        raise NotImplementedError

    async def interrupt(self, ref: SessionRef) -> None:
        self._answered()

    async def close(self, ref: SessionRef) -> None:
        self._answered()

    async def capacity(self) -> Capacity:
        self._answered()
        return Capacity("A", 0, 1, self.number, 0)


class Links:
    """Makes a new sandbox for every link, unless there is none to be had."""

    def __init__(self) -> None:
        self.made: list[Sandbox] = []
        self.ended: list[int] = []
        self.refusal: str | None = None
        self.open_door = asyncio.Event()
        self.open_door.set()

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Executor]:
        await self.open_door.wait()
        if self.refusal is not None:
            raise BackendUnavailable(self.refusal)
        sandbox = Sandbox(len(self.made) + 1)
        self.made.append(sandbox)
        try:
            yield sandbox
        finally:
            self.ended.append(sandbox.number)


async def _ignore(_stream: str, _text: str) -> None:
    return


async def opened(executor: Reachable) -> str:
    return (await executor.open("ada", SessionSpec(), 1.0)).epoch


async def test_the_link_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    links = Links()
    executor = Reachable(links.link)
    assert await asyncio.gather(*(opened(executor) for _ in range(5))) == ["epoch-1"] * 5
    await executor.aclose()
    assert links.ended == [1]


async def test_starting_does_not_wait_for_the_link() -> None:
    links = Links()
    links.open_door.clear()
    executor = Reachable(links.link)
    executor.start()
    asking = asyncio.create_task(opened(executor))
    await asyncio.sleep(0)
    assert not asking.done()
    links.open_door.set()
    assert await asking == "epoch-1"
    await executor.aclose()


async def test_a_call_finds_a_new_sandbox_when_the_old_one_is_gone() -> None:
    links = Links()
    executor = Reachable(links.link)
    await opened(executor)
    links.made[0].broken = BackendUnavailable("the sandbox closed the connection")
    assert await opened(executor) == "epoch-2"
    await executor.aclose()
    assert sorted(links.ended) == [1, 2]


async def test_a_lost_cell_is_never_run_a_second_time() -> None:
    links = Links()
    executor = Reachable(links.link)
    with pytest.raises(SessionLost):
        await executor.run(SessionRef("ada", "epoch-0"), Cell("x"), _ignore)
    assert len(links.made) == 1
    await executor.aclose()


async def test_without_a_sandbox_calls_say_why_and_a_later_one_tries_again() -> None:
    links = Links()
    links.refusal = "this kernel has no Landlock"
    executor = Reachable(links.link)
    with pytest.raises(BackendUnavailable, match="Landlock"):
        await opened(executor)
    assert executor.trouble == "this kernel has no Landlock"
    links.refusal = None
    assert await opened(executor) == "epoch-1"
    assert executor.trouble is None
    await executor.aclose()


async def test_a_closed_executor_starts_nothing_more() -> None:
    links = Links()
    executor = Reachable(links.link)
    await executor.aclose()
    with pytest.raises(BackendUnavailable):
        await opened(executor)
    assert links.made == []


async def test_closing_while_the_link_is_being_made_takes_it_down() -> None:
    links = Links()
    links.open_door.clear()
    executor = Reachable(links.link)
    executor.start()
    await asyncio.sleep(0)
    await executor.aclose()
    links.open_door.set()
    await asyncio.sleep(0)
    assert links.made == []


async def test_a_sandbox_that_does_not_start_is_told_in_its_own_words() -> None:
    with pytest.raises(BackendUnavailable, match="--no-such-flag"):
        async with embedded(["--no-such-flag"], os.environ):
            pass


def test_what_was_killed_while_it_started_is_swept_away_later(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (f"{PREFIX}a", f"{PREFIX}b", "other"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "sandbox.sock").touch()
    for folder in (old, other):
        os.utime(folder, (1000, 1000))
    sweep(tmp_path, time.time())
    assert sorted(tmp_path.iterdir()) == sorted([new, other])


@pytest.mark.jail
async def test_an_embedded_sandbox_knows_no_token_and_leaves_nothing_behind() -> None:
    environ = {**os.environ, "DISCORD_TOKEN": "secret"}
    before = family(os.getpid())
    async with embedded(["--spares", "1"], environ) as executor:
        ref = await executor.open("ada", SessionSpec(), 30)
        code = "import os; print(os.environ.get('DISCORD_TOKEN'))"
        result = await executor.run(ref, Cell(code), _ignore)
        assert result.output == (("stdout", "None\n"),)
        started = family(os.getpid()) - before
        assert len(started) > 2
    assert gone(started)
    with pytest.raises(BackendUnavailable):
        await executor.capacity()
