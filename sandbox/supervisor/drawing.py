"""Watches a child that draws after its cell has ended: learner code again, held to limits of its own."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable

from sandbox.supervisor import disk, usage
from sandbox.supervisor.birth import Birth

_log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.05
_LOOKS_PER_DISK_LOOK = 4
_DRAW_SECONDS = 5.0
"""Both of wall time and of CPU time; four large figures take about one."""

_GRACE_SECONDS = 1.0


class DrawingWatch:
    """From its creation until `close`: an interrupt when time is up, then `give_up`.

    `give_up` is called at once when the session's memory or disk is over its limit.
    """

    def __init__(
        self, birth: Birth, signal_main: Callable[[int], None], give_up: Callable[[], None]
    ) -> None:
        self._birth = birth
        self._signal_main = signal_main
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._started = time.monotonic()
        self._cpu_before: float | None = None
        self._interrupted_at: float | None = None
        self._looks = 0
        self._timer = self._loop.call_later(_WATCH_SECONDS, self._watch)

    def interrupt(self) -> None:
        """Ask the drawing to stop; what is drawn by then still comes."""
        if self._interrupted_at is None:
            self._interrupted_at = time.monotonic()
            self._signal_main(signal.SIGINT)

    def close(self) -> None:
        """The report came, or nobody waits for it any more."""
        self._timer.cancel()

    def _watch(self) -> None:
        try:
            goes_on = self._look()
        except Exception:  # noqa: BLE001  (what nobody can watch must not go on)
            _log.exception("a drawing could not be watched")
            goes_on = False
        if goes_on:
            self._timer = self._loop.call_later(_WATCH_SECONDS, self._watch)
        else:
            self._signal_main(signal.SIGKILL)
            self._give_up()

    def _look(self) -> bool:
        birth, now = self._birth, usage.measure(self._birth.tree, self._birth.baseline_bytes)
        if self._cpu_before is None:
            self._cpu_before = now.cpu_seconds
        spent = now.cpu_seconds - self._cpu_before
        if max(spent, time.monotonic() - self._started) > _DRAW_SECONDS:
            self.interrupt()
        self._looks += 1
        asked = self._interrupted_at
        return not (
            now.memory_bytes > birth.limits.memory_bytes
            or (asked is not None and time.monotonic() - asked > _GRACE_SECONDS)
            or (self._looks % _LOOKS_PER_DISK_LOOK == 0 and self._fills_disk())
        )

    def _fills_disk(self) -> bool:
        limits = self._birth.limits
        held = disk.tree_holds(self._birth.tree, self._birth.folder, limits.disk_files)
        return held.bytes > limits.disk_bytes or held.files > limits.disk_files
