"""`python -m benchmarks`: measure, then print one table with the targets beside the figures."""

import asyncio
import os
import platform
import sys

from benchmarks.bot import bot_resident_bytes
from benchmarks.memory import bytes_per_session
from benchmarks.sandbox import own_sandbox
from benchmarks.times import Times, measure

_SESSIONS = (1, 20, 100, 195)


async def _collect() -> list[tuple[str, str, str, bool]]:
    async with own_sandbox() as path:
        times = await measure(path)
        memory = {count: await bytes_per_session(path, count) for count in _SESSIONS}
    resident = await bot_resident_bytes()
    return [*_time_rows(times), *_memory_rows(memory), _bot_row(resident)]


def _time_rows(times: Times) -> list[tuple[str, str, str, bool]]:
    first, live, jupyter = times.p50("first"), times.p50("live"), times.p50("jupyter")
    cold = times.p50("cold")
    return [
        (
            "first run of a new learner / warm Jupyter execute",
            f"{first / jupyter:.2f} ×",
            "≤ 1.0 ×",
            first <= jupyter,
        ),
        (
            'cold `python -c "import torch; …"` / first run of a new learner',
            f"{cold / first:.0f} ×",
            "≥ 100 ×",
            cold >= 100 * first,
        ),
        (
            "run in a live session / warm Jupyter execute",
            f"{live / jupyter:.2f} ×",
            "≤ 0.3 ×",
            live <= 0.3 * jupyter,
        ),
        (
            "first run, p95 / p50",
            f"{times.p95('first') / first:.1f} ×",
            "≤ 3 ×",
            times.p95("first") <= 3 * first,
        ),
    ]


def _memory_rows(memory: dict[int, float]) -> list[tuple[str, str, str, bool]]:
    return [
        (
            f"memory per idle session that trained with Adam, {count} open",
            f"{held / 1e6:.1f} MB",
            "≤ 12 MB",
            held <= 12e6,
        )
        for count, held in memory.items()
    ]


def _bot_row(resident: int) -> tuple[str, str, str, bool]:
    megabytes = resident / 1e6
    return (
        "resident memory of the bot process",
        f"{megabytes:.0f} MB",
        "≤ 150 MB",
        megabytes <= 150,
    )


def _print(rows: list[tuple[str, str, str, bool]]) -> None:
    print(f"\n{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print("| measure | here | target | |")
    print("|---|---|---|---|")
    for name, here, target, met in rows:
        print(f"| {name} | {here} | {target} | {'met' if met else 'missed'} |")


if __name__ == "__main__":
    _print(asyncio.run(_collect()))
    sys.exit(0)
