"""Watches a child that draws after its cell has ended: learner code again, held to limits of its own."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable

from sandbox.supervisor.load import Load

_log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.05
_DRAW_SECONDS = 5.0
"""Both of wall time and of CPU time; four large figures take about one."""

_GRACE_SECONDS = 1.0


class DrawingWatch:
    """From its creation until `close`: an interrupt when time is up, then its end.

    `load` is that of the run, and whoever is told there of too much is to call `end`, which kills
    the process and then calls `give_up`.
    """

    def __init__(
        self, load: Load, signal_main: Callable[[int], None], give_up: Callable[[], None]
    ) -> None:
        self._load = load
        self._signal_main = signal_main
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._started = time.monotonic()
        self._cpu_before: float | None = None
        self._interrupted_at: float | None = None
        self._has_ended = False
        self._timer = self._loop.call_later(_WATCH_SECONDS, self._watch)

    def interrupt(self) -> None:
        """Ask the drawing to stop; what is drawn by then still comes."""
        if self._interrupted_at is None:
            self._interrupted_at = time.monotonic()
            self._signal_main(signal.SIGINT)

    def end(self) -> None:
        """Kill the process that draws."""
        self._has_ended = True
        self._signal_main(signal.SIGKILL)
        self._give_up()

    def close(self) -> None:
        """The report came, or nobody waits for it any more."""
        self._has_ended = True
        self._timer.cancel()

    def _watch(self) -> None:
        try:
            self._look()
        except Exception:  # noqa: BLE001  (what nobody can watch must not go on)
            _log.exception("a drawing could not be watched")
            self.end()
        if not self._has_ended:
            self._timer = self._loop.call_later(_WATCH_SECONDS, self._watch)

    def _look(self) -> None:
        self._load.look()
        if self._cpu_before is None:
            self._cpu_before = self._load.cpu_seconds
        spent = self._load.cpu_seconds - self._cpu_before
        if max(spent, time.monotonic() - self._started) > _DRAW_SECONDS:
            self.interrupt()
        asked = self._interrupted_at
        if asked is not None and time.monotonic() - asked > _GRACE_SECONDS:
            self.end()
