"""What those who watch the program want to know of the connection to Discord."""

from collections.abc import Callable
from types import SimpleNamespace

import aiohttp


class Link:
    """Which shards are connected, and how Discord answers; `begin` names what an event starts."""

    def __init__(
        self,
        begin: Callable[[], object] = lambda: None,
        answered: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.begin = begin
        self._answered = answered
        self._shards: dict[int, bool] = {}

    @property
    def is_up(self) -> bool:
        """Whether every shard there has been is connected now."""
        return bool(self._shards) and all(self._shards.values())

    def connected(self, shard: int) -> None:
        self._shards[shard] = True

    def lost(self, shard: int) -> None:
        self._shards[shard] = False

    def closed(self) -> None:
        """Forget the shards: the next connection may have others."""
        self._shards.clear()

    def listen(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Have every answer to a request of the library's counted; returns `trace`."""
        trace.on_request_end.append(self._ended)
        trace.on_request_exception.append(self._failed)
        return trace

    async def _ended(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestEndParams,
    ) -> None:
        self._answered(request.response.status)

    async def _failed(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        _request: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        self._answered(0)
