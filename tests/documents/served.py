"""The program as an operator starts it in a shell, seen from the Discord that it serves."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.documents.stage import Environ, Stage
from tests.doubles.discord.double import Discord
from tests.e2e.program import processes

PATIENCE = 60.0
_AROUND = ("bash", "sh", "make")


@asynccontextmanager
async def served(
    here: Stage, double: Discord, script: str, environ: Environ
) -> AsyncIterator[None]:
    """Run `script` until the block ends; then ask the program to end, which it has to do with 0."""
    log = here.folder / "served.log"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-ec", script),
            cwd=here.checkout,
            env=here.environ(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        await joined(double, log)
        yield
        os.kill(_program(process.pid), signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0, log.read_text("utf-8")
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def joined(double: Discord, log: Path) -> None:
    """Wait until the bot is connected and has its commands; if it fails, tell what it said."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (double.gateway.shards and double.application.commands):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"it does not connect: {log.read_text('utf-8')[-3000:]}") from None


def _program(pid: int) -> int:
    """Return the process that `pid` and the shells below it have started."""
    while Path(f"/proc/{pid}/comm").read_text().strip() in _AROUND:
        pid = next(one for one, parent, _ in processes() if parent == pid)
    return pid
