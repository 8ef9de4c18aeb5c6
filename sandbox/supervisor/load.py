"""What a session takes while learner code runs, looked at again and again and held against its limits."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from sandbox.supervisor import disk, usage
from sandbox.supervisor.birth import Birth
from sandbox.supervisor.folder import Folder
from sandbox.supervisor.lineage import Lineage
from sandbox.supervisor.sharing import proportional_bytes

_LOOKS_PER_DISK_LOOK = 4
_SUSPICION_SECONDS = 0.3
_CALM_PER_COUNTING = 4
"""Counting takes longer the more processes there are, and others wait for the CPU meanwhile."""

Excess = Literal["oom", "killed"]
"""Too much memory, or too much on disk."""


class Load:
    """From its creation on, `look` calls `over` when there is too much of something.

    The snapshots that `lineage` knows only wait, and are charged for what they cannot share.
    """

    def __init__(
        self, birth: Birth, folder: Folder, lineage: Lineage, over: Callable[[Excess], None]
    ) -> None:
        self._birth = birth
        self._folder = folder
        self._lineage = lineage
        self._over = over
        self._looks = 0
        self._cpu_before: float | None = None
        self._next_suspicion = float("-inf")
        self.cpu_seconds = 0.0
        self.peak_bytes = 0
        self.processes = 1
        self.filled_disk = False

    def look(self) -> None:
        """Measure; at the disk only every few times, since that takes longest."""
        birth, limit = self._birth, self._birth.limits.memory_bytes
        now = usage.measure(birth.tree, birth.baseline_bytes, self._lineage.snapshots)
        self.peak_bytes = max(self.peak_bytes, now.memory_bytes)
        if self._cpu_before is None:  # read here, not at the start: nobody waits for this look
            self._cpu_before = now.cpu_seconds
        self.cpu_seconds = now.cpu_seconds - self._cpu_before
        self.processes = len(now.working)
        self._looks += 1
        if now.memory_bytes > limit:
            self._over("oom")
        elif now.most_bytes > limit:
            self._suspect(now.working)
        if self._looks % _LOOKS_PER_DISK_LOOK == 0 and self._is_over(
            disk.tree_holds(birth.tree, birth.folder, birth.limits.disk_files)
        ):
            self._over("killed")

    def leaves_too_much(self) -> bool:
        """Tell whether the folder holds more than it may, now that the run is over."""
        return self.filled_disk or self._is_over(self._folder.holds())

    def _is_over(self, held: disk.Held) -> bool:
        limits = self._birth.limits
        self.filled_disk = held.bytes > limits.disk_bytes or held.files > limits.disk_files
        return self.filled_disk

    def _suspect(self, pids: tuple[int, ...]) -> None:
        """Have it counted, elsewhere, what processes hold that may share nothing with the template."""
        started = time.monotonic()
        if started < self._next_suspicion:
            return
        self._next_suspicion = float("inf")
        counting = asyncio.get_running_loop().run_in_executor(
            None, proportional_bytes, pids, self._birth.baseline_bytes, self._birth.uid
        )
        counting.add_done_callback(lambda counted: self._judge(counted, started))

    def _judge(self, counting: "asyncio.Future[int | None]", started: float) -> None:
        now = time.monotonic()
        calm = _CALM_PER_COUNTING * (now - started)
        self._next_suspicion = max(started + _SUSPICION_SECONDS, now + calm)
        if counting.cancelled() or counting.exception() is not None:
            return
        held = counting.result()
        if held is not None and held > self._birth.limits.memory_bytes:
            self._over("oom")
