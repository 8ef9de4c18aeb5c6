"""Seconds that things took, by name, and what of them is quoted."""

import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

CODE = "import torch; x = torch.rand(5, 5); print(x)"
"""What every comparison runs unless it says otherwise."""


@dataclass(slots=True)
class Times:
    """Seconds of every measured run, by what was measured."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, *seconds: float) -> None:
        self.seconds.setdefault(what, []).extend(seconds)

    def p50(self, what: str) -> float:
        return statistics.median(self.seconds[what])

    def p95(self, what: str) -> float:
        seconds = self.seconds[what]
        return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]

    def spread(self, what: str) -> float:
        return self.p95(what) / self.p50(what)

    def ratio(self, what: str, to: str) -> float:
        return self.p50(what) / self.p50(to)


async def timed(once: Callable[[], Awaitable[object]]) -> float:
    """Return how many seconds `once` takes."""
    started = time.perf_counter()
    await once()
    return time.perf_counter() - started


def cold(code: str = CODE) -> float:
    """Return how many seconds a Python takes that starts for `code` alone."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
