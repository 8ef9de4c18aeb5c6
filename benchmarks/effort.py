"""How much is measured: enough for the README, or only enough to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """`sessions`: how many are open when memory is read. `live`: how many share one with a greedy one."""

    rounds: int
    cold_rounds: int
    starts: int
    refills: int
    window_seconds: float
    sessions: tuple[int, ...]
    single_repeats: int
    live: int
    greedy_seconds: float
    chat_seconds: float


FULL = Effort(
    rounds=60,
    cold_rounds=5,
    starts=3,
    refills=40,
    window_seconds=2.0,
    sessions=(1, 20, 100, 200),
    single_repeats=5,
    live=200,
    greedy_seconds=12.0,
    chat_seconds=24.0,
)
QUICK = Effort(
    rounds=6,
    cold_rounds=1,
    starts=1,
    refills=6,
    window_seconds=0.4,
    sessions=(1, 20),
    single_repeats=3,
    live=30,
    greedy_seconds=2.0,
    chat_seconds=10.0,
)
