import asyncio
import os
import signal

import pytest

from sandbox.supervisor.reaper import Reaper

MANY = 5000
"""More than the pipe that wakes the loop has room for."""


async def test_many_ends_at_once_are_collected_without_a_word(
    capfd: pytest.CaptureFixture[str],
) -> None:
    orphans: list[int] = []
    reaper = Reaper(lambda pid, _status: orphans.append(pid))
    loop = asyncio.get_running_loop()
    reaper.start()
    try:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        for _ in range(MANY):
            os.kill(os.getpid(), signal.SIGCHLD)
        async with asyncio.timeout(10):
            while not orphans:
                await asyncio.sleep(0.01)
    finally:
        loop.remove_signal_handler(signal.SIGCHLD)
    assert pid in orphans
    assert capfd.readouterr().err == ""
