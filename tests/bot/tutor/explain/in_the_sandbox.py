"""Runs many cells in one session of the real sandbox, for tests of what is said about their errors."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.client import connect
from sandbox.wire import Cell, RunResult, SessionSpec, Stream


async def _quiet(_stream: Stream, _text: str) -> None:
    pass


async def results(socket: Path, setup: str, cells: Mapping[str, str]) -> dict[str, RunResult]:
    """Return how each of `cells` ended; a session that was lost is replaced by a new one."""
    found = {}
    async with connect(socket) as executor:
        ref = await executor.open("learner", SessionSpec(), 60)
        await executor.run(ref, Cell(setup), _quiet)
        for name, code in cells.items():
            found[name] = await executor.run(ref, Cell(code), _quiet)
            if not found[name].alive:
                ref = await executor.open("learner", SessionSpec(), 60)
                await executor.run(ref, Cell(setup), _quiet)
        await executor.close(ref)
    return found
