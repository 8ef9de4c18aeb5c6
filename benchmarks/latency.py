"""How long a run takes: a new learner's first, one in a live session, in Jupyter, and cold.

All are interleaved, so that a noisy machine is noisy for all of them. A newcomer comes after a pause,
in which a spare is made; live runs and Jupyter's come in bursts, so that both are equally warm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.jupyter import Jupyter, jupyter
from benchmarks.sandbox import open_session, run
from benchmarks.table import Row
from benchmarks.times import CODE, Times, cold, timed
from sandbox.client import LocalExecutor, connect
from sandbox.wire import SessionRef

_STEPS = """
import torch
model = torch.nn.Linear(10, 1)
optimiser = torch.optim.{optimiser}(model.parameters(), lr=0.1)
for _ in range({steps}):
    optimiser.zero_grad()
    loss = torch.nn.functional.mse_loss(model(torch.rand(8, 10)), torch.rand(8, 1))
    loss.backward()
    optimiser.step()
"""
_SGD = _STEPS.format(optimiser="SGD", steps=5)
_ADAM = _STEPS.format(optimiser="Adam", steps=1)

_BURST = 5
_RUN_UP = 6
"""The first few cells of a quick series wait for a snapshot; that is measured by itself."""

_WARM_UP = 5
_PAUSE_SECONDS = 0.12
"""A learner's pause: long enough for a spare to be made before the next newcomer."""

_REST_SECONDS = 0.15
"""Long enough for a snapshot to be taken, which makes the next run copy the pages it writes to."""

_PACED = 2
"""So many sessions take turns to be run in twice in a row: who does that all the time gets no
snapshot at once, and has none to wait for."""


async def rows(path: Path, effort: Effort) -> list[Row]:
    """Measure on the sandbox at `path`."""
    async with jupyter() as kernel, connect(path) as executor:
        times = await _measure(executor, kernel, effort)
        kernel_bytes = kernel.bytes()
    return [*_time_rows(times), Row("memory of one Jupyter kernel", f"{kernel_bytes / 1e6:.0f} MB")]


async def _measure(executor: LocalExecutor, kernel: Jupyter, effort: Effort) -> Times:
    times = Times()
    live = await open_session(executor)
    paced = [await open_session(executor) for _ in range(_PACED)]
    for number in range(-_WARM_UP, effort.rounds):
        found = Times() if number < 0 else times
        await _newcomers(executor, found)
        found.add("live", *await _burst(lambda: run(executor, live, CODE)))
        found.add("jupyter", *await _burst(lambda: kernel.run(CODE)))
        await asyncio.sleep(_REST_SECONDS)
        await _after_a_rest(executor, paced[number % _PACED], kernel, found)
        if number >= 0 and number % max(1, effort.rounds // effort.cold_rounds) == 0:
            times.add("cold", cold())
    for ref in (live, *paced):
        await executor.close(ref)
    return times


async def _burst(once: Callable[[], Awaitable[object]]) -> list[float]:
    for _ in range(_RUN_UP):
        await once()
    return [await timed(once) for _ in range(_BURST)]


async def _newcomers(executor: LocalExecutor, times: Times) -> None:
    for what, code in (("first", CODE), ("first sgd", _SGD), ("first adam", _ADAM)):
        await asyncio.sleep(_PAUSE_SECONDS)
        newcomer = _Newcomer(executor)
        times.add(what, await timed(lambda n=newcomer, c=code: n.come(c)))  # type: ignore[misc]
        await newcomer.leave()


async def _after_a_rest(
    executor: LocalExecutor, ref: SessionRef, kernel: Jupyter, times: Times
) -> None:
    times.add("jupyter rested", await timed(lambda: kernel.run(CODE)))
    times.add("rested", await timed(lambda: run(executor, ref, CODE)))
    times.add("behind a fork", await timed(lambda: run(executor, ref, CODE)))
    times.add("jupyter sgd", await timed(lambda: kernel.run(_SGD)))
    times.add("jupyter adam", await timed(lambda: kernel.run(_ADAM)))


class _Newcomer:
    """Opens a session and runs once in it; leaves afterwards, when nobody looks at the clock."""

    def __init__(self, executor: LocalExecutor) -> None:
        self._executor = executor
        self._ref: SessionRef | None = None

    async def come(self, code: str) -> None:
        self._ref = await open_session(self._executor)
        await run(self._executor, self._ref, code)

    async def leave(self) -> None:
        if self._ref is not None:
            await self._executor.close(self._ref)


def _time_rows(times: Times) -> list[Row]:
    colder = times.ratio("cold", "first")
    return [
        _row(times, "first run of a new learner", "first", "jupyter", 1.0),
        Row(
            'cold `python -c "import torch; …"` / first run of a new learner',
            f"{colder:.0f} ×",
            "≥ 100 ×",
            colder >= 100,
        ),
        _row(times, "run in a live session, one after the other", "live", "jupyter", 0.3),
        _row(times, "run in a live session, after a rest", "rested", "jupyter rested", 0.3),
        _row(times, "five SGD steps as a new learner's first run", "first sgd", "jupyter sgd"),
        _row(times, "first Adam step as a new learner's first run", "first adam", "jupyter adam"),
        Row(
            "live run that comes while the snapshot is forked / plain live run",
            f"{times.ratio('behind a fork', 'live'):.1f} ×",
            spread=times.spread("behind a fork"),
        ),
    ]


def _row(times: Times, name: str, what: str, to: str, most: float | None = None) -> Row:
    ratio = times.ratio(what, to)
    return Row(
        f"{name} / the same in warm Jupyter",
        f"{ratio:.2f} ×",
        *((f"≤ {most} ×", ratio <= most) if most is not None else ()),
        spread=times.spread(what),
    )
