"""What makes the next run quick: pages copied before it comes; and what is given up for it later."""

import asyncio
import contextlib
import ctypes
import mmap
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from sandbox.child import hot
from sandbox.client import connect
from sandbox.wire import SessionSpec
from tests.sandbox.processes import group, read
from tests.sandbox.test_resilience import start
from tests.sandbox.test_snapshots import Notebook

_PRINT = "import torch; x = torch.rand(5, 5); print(x)"
_MOST_FAULTS = 500
"""Without it a run after a rest waits for the copies of more than seven hundred pages."""

_REST_SECONDS = 0.2
_PATIENCE_STEPS = 400


@contextlib.asynccontextmanager
async def _notebook(*flags: str) -> AsyncIterator[Notebook]:
    with start(*flags) as started:
        async with connect(started.path) as executor:
            yield Notebook(executor, await executor.open("learner", SessionSpec(), 60))


def test_pages_are_found_that_are_written_to_again_and_again() -> None:
    with mmap.mmap(-1, 100 * mmap.PAGESIZE, mmap.MAP_PRIVATE) as memory:
        memory[:] = b"x" * len(memory)
        first = _address_of(memory)

        def rehearse() -> None:
            for page in (3, 4, 5, 40):
                memory[page * mmap.PAGESIZE] = 1

        wanted = {first + page * mmap.PAGESIZE for page in (3, 4, 5, 40)}
        found = {
            at
            for start_, length in hot.find(rehearse)
            for at in range(start_, start_ + length, mmap.PAGESIZE)
        }
        assert wanted <= found
        untouched = {first + page * mmap.PAGESIZE for page in (0, 10, 99)}
        assert not untouched & found


def test_a_rehearsal_that_fails_finds_nothing() -> None:
    def fail() -> None:
        raise ValueError

    assert hot.find(fail) == ()


def test_holes_of_the_heap_are_filled_once() -> None:
    code = (
        "kept = [bytes(1000) for _ in range(9000)][::2]\n"
        "from sandbox.child import holes\n"
        "first, second = holes.fill(), holes.fill()\n"
        "assert first > 4_000_000 and second < first / 10, (first, second)\n"
        "assert len([bytes(5000) for _ in range(999)]) == 999\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.jail
async def test_a_run_after_a_rest_copies_few_pages() -> None:
    async with _notebook() as notebook:
        await notebook.rest_after("pass")
        counted = []
        for _ in range(4):
            await notebook.rest_after(_PRINT)
            await asyncio.sleep(_REST_SECONDS)
            before = _faults(notebook.group)
            await notebook.run(_PRINT)
            counted.append(_faults(notebook.group) - before)
        assert min(counted) < _MOST_FAULTS, counted


@pytest.mark.jail
async def test_a_session_left_alone_keeps_one_snapshot_and_its_variables() -> None:
    async with _notebook("--ready-seconds", "0.5") as notebook:
        await notebook.rest_after("import os; x = 1")
        await notebook.rest_after("x += 1")
        both = set(group(notebook.group))
        assert len(both) == 3
        await _until(lambda: len(group(notebook.group)) == 2)
        assert notebook.group in group(notebook.group)
        assert (await notebook.run("x += 1; os._exit(1)")).restored
        assert (await notebook.run("x")).value == "2"


@pytest.mark.jail
async def test_a_session_left_alone_runs_an_edited_cell_on_what_is() -> None:
    async with _notebook("--ready-seconds", "0.5") as notebook:
        await notebook.rest_after("x = 1")
        await notebook.rest_after("x += 10")
        await _until(lambda: len(group(notebook.group)) == 2)
        result = await notebook.run("x += 100; x", rewind=True)
        assert (result.rewound, result.value) == (False, "111")


@pytest.mark.jail
async def test_where_memory_is_short_the_state_before_the_latest_cell_goes_first() -> None:
    async with _notebook("--memory-floor-bytes", str(1 << 60)) as notebook:
        await notebook.rest_after("x = 1")
        await notebook.run("x += 10")
        await asyncio.sleep(1)
        result = await notebook.run("x += 100; x", rewind=True)
        assert (result.rewound, result.value) == (False, "111")


def _address_of(memory: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _faults(pid: int) -> int:
    """Return how many pages a process had to wait for that were in memory (proc(5), minflt)."""
    return int(read(pid, "stat").rpartition(")")[2].split()[7])


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(_PATIENCE_STEPS):
        if is_so():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not come to be")
