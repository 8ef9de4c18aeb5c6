"""`python -m benchmarks [--quick]`: measure, then print one table with the targets beside the figures."""

import argparse
import asyncio

from benchmarks import (
    bot,
    discord,
    greedy,
    inspector,
    latency,
    memory,
    pictures,
    starting,
    throughput,
)
from benchmarks.effort import FULL, QUICK, Effort
from benchmarks.sandbox import own_sandbox
from benchmarks.table import Row, print_table


async def _collect(effort: Effort) -> list[Row]:
    most = max(effort.sessions) + 2  # the warm one, and one to spare
    room = (
        "--max-sessions",
        str(most),
        "--most-spares",
        "4",
    )  # more would count as sessions' memory
    async with own_sandbox(*room) as path:
        rows = await latency.rows(path, effort)
        rows += await throughput.rows(path, effort)
        rows += await starting.rows(path, effort)
        rows += await memory.rows(path, effort)
    chatting = ("--max-sessions", str(discord.sessions(effort.live)), "--most-spares", "4")
    async with own_sandbox(*chatting) as path:
        rows += await discord.rows(path, effort)
    rows += await greedy.rows(effort)
    rows += await pictures.rows(effort)
    rows += inspector.rows(effort)
    return [*rows, *await bot.rows()]


def _effort() -> Effort:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="only see that it works")
    return QUICK if parser.parse_args().quick else FULL


if __name__ == "__main__":
    print_table(asyncio.run(_collect(_effort())))
