"""A session in the sandbox of `sandbox_socket`, which a module may replace by one of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.wire import Cell, SessionRef, SessionSpec
from tests.sandbox.talking import Run, quiet


@pytest.fixture
async def executor(sandbox_socket: Path) -> AsyncIterator[LocalExecutor]:
    async with connect(sandbox_socket) as connected:
        yield connected


@pytest.fixture
async def ref(executor: LocalExecutor) -> AsyncIterator[SessionRef]:
    opened = await executor.open("learner", SessionSpec(), 20)
    yield opened
    await executor.close(opened)


@pytest.fixture
def run(executor: LocalExecutor, ref: SessionRef) -> Run:
    return lambda code: executor.run(ref, Cell(code), quiet)
