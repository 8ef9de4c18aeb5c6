"""Keeps the bot below the fifty requests that Discord takes from it in a second, whatever asks for them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import aiohttp

A_SECOND = 40.0
AT_ONCE = 8
"""With `A_SECOND` no second ever sees more than 48."""

_EXEMPT = ("/interactions/", "/webhooks/")
_API = "/api/"


class Throttle:
    """Holds requests back; those that answer interactions are not counted by Discord."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._free_at = 0.0

    def trace(self) -> aiohttp.TraceConfig:
        """Return what a client of discord.py takes as `http_trace`."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._before_request)
        return config

    async def _before_request(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestStartParams,
    ) -> None:
        path = request.url.path
        if _API in path and not any(part in path for part in _EXEMPT):
            await self.turn()

    async def turn(self) -> None:
        """Wait for a turn; they come in the order in which they were asked for."""
        now = self._clock()
        # How far ahead turns are given away; a few of them need not wait.
        self._free_at = max(self._free_at, now) + 1 / A_SECOND
        wait = self._free_at - now - AT_ONCE / A_SECOND
        if wait > 0:
            await self._sleep(wait)
