"""Waiting for something to change, as those do who look at a screen."""

import asyncio
from collections.abc import Callable
from typing import Any


class Pulse:
    """Wakes those who wait for something to change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        for one in self._waiting:
            if not one.done():
                one.set_result(None)
        self._waiting.clear()

    async def wait(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)


async def until(
    pulse: Pulse, found: Callable[[], Any], seconds: float, what: Callable[[], str]
) -> Any:
    """Wait until `found` returns something, looking again at each beat; fails in the words of `what`."""
    try:
        async with asyncio.timeout(seconds):
            while not (one := found()):
                await pulse.wait()
            return one
    except TimeoutError:
        raise AssertionError(what()) from None
