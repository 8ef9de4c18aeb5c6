"""Collects every child that ends: helpers, the template, and orphans that come to the supervisor."""

import asyncio
import os
import signal
from collections.abc import Callable


class Reaper:
    """The only caller of waitpid; `on_orphan` hears of ended children nobody watches."""

    def __init__(self, on_orphan: Callable[[int, int], None]) -> None:
        self._on_orphan = on_orphan
        self._watched: dict[int, asyncio.Future[int]] = {}

    def start(self) -> None:
        """Begin; call once from the running loop, before the first fork."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._collect)
        # Hundreds may end before the loop looks: one word of it is enough, so a full pipe is no news.
        signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)

    def watch(self, pid: int) -> asyncio.Future[int]:
        """Return what will hold the wait status of our child `pid`; call right after its fork."""
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._watched[pid] = ended
        return ended

    def _collect(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            ended = self._watched.pop(pid, None)
            if ended is None:
                self._on_orphan(pid, status)
            elif not ended.done():
                ended.set_result(status)
