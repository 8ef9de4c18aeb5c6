"""How much is let into the sandbox at once, and how long things may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers of runs and grading jobs, and times in seconds.

    `waiting` runs may be in line, `waiting_each` of one learner. When the sandbox is busy, a run is
    tried `busy_tries` times more, with at most `busy_wait` in between. Whoever waits for a run hears
    of it after `first_sign`, then at `every_sign`. `gpu_waiting` runs may be on GPUs or wait for
    one, each for at most `gpu_opening`; they do not count as in flight, which the CPU's do.
    """

    in_flight: int = 8
    evaluations: int = 4
    waiting: int = 64
    waiting_each: int = 5
    full_retry: float = 5.0
    busy_tries: int = 2
    busy_wait: float = 5.0
    opening: float = 20.0
    gpu_waiting: int = 32
    gpu_opening: float = 120.0
    grading: float = 60.0
    first_sign: float = 0.7
    every_sign: float = 0.5
    closing: float = 3.0
