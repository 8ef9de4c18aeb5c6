"""A sandbox of the benchmark's own, started the way the bot starts its embedded one."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.client import LocalExecutor
from sandbox.wire import Cell, RunResult, SessionRef, SessionSpec, Stream

DEADLINE = 30.0


@asynccontextmanager
async def own_sandbox(*flags: str) -> AsyncIterator[Path]:
    """Yield the socket of a fresh sandbox, started with `flags` of `serve`."""
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sandbox.sock"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox", "serve", "--socket", str(path)),
            *("--lifeline", str(lifeline), *flags),
            pass_fds=[lifeline],
            stdout=asyncio.subprocess.PIPE,
        )
        os.close(lifeline)
        assert process.stdout is not None
        if not await process.stdout.readline():
            raise SystemExit("the sandbox did not start")
        try:
            yield path
        finally:
            os.close(ours)
            await process.wait()


async def open_session(executor: LocalExecutor) -> SessionRef:
    """Open a session as a new learner."""
    return await executor.open("benchmark", SessionSpec(), DEADLINE)


async def run(executor: LocalExecutor, ref: SessionRef, code: str) -> RunResult:
    """Run one cell that must succeed."""
    result = await executor.run(ref, Cell(code), ignore_output)
    if result.status != "ok" or result.inspection is None:
        raise SystemExit(f"a benchmark cell failed: {result}")
    return result


async def ignore_output(_stream: Stream, _text: str) -> None:
    """Nobody reads along; the result holds it all."""
