"""The table that the benchmarks print: a row for each measure, its target beside it."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass

MOST_SPREAD = 3.0
"""No time may have a p95 of more than this many times its p50."""

_NONE = "—"


@dataclass(frozen=True, slots=True)
class Row:
    """`spread` is p95 / p50 of a time; `met` is None where there is no target."""

    name: str
    here: str
    target: str = _NONE
    met: bool | None = None
    spread: float | None = None

    def cells(self) -> tuple[str, ...]:
        spread = _NONE if self.spread is None else f"{self.spread:.1f} ×"
        return (self.name, self.here, spread, self.target, self._verdict())

    def _verdict(self) -> str:
        too_wide = self.spread is not None and self.spread > MOST_SPREAD
        if self.met is False or too_wide:
            return "missed"
        return _NONE if self.met is None and self.spread is None else "met"


def print_table(rows: Iterable[Row]) -> None:
    """Print `rows` as Markdown, and what they were measured on."""
    print(f"\n{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print(f"| measure | here | p95 / p50 (≤ {MOST_SPREAD:.0f} ×) | target | |")
    print("|---|---|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row.cells())} |")
