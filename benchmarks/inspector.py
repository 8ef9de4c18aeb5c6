"""What a look at a session's tensors costs after a run, beside what lovely-tensors takes for the same.

`python -m benchmarks.inspector` alone prints the seconds as JSON: it imports torch, so it is a
process of its own, on one thread as a session is.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.effort import Effort
from benchmarks.table import Row
from benchmarks.times import Times

_CASES = {
    "1 tensor of 5 × 5": (1, (5, 5)),
    "20 tensors of 64 × 64": (20, (64, 64)),
    "200 tensors of 64 × 64, 24 of them in detail": (200, (64, 64)),
    "a tensor of 10⁸ elements": (1, (100_000_000,)),
}
_SLOW_SECONDS = 0.5
"""What takes longer is measured once."""

_PEER = "lovely-tensors"
_MOST_SECONDS = 120.0


def rows(effort: Effort) -> list[Row]:
    """Measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.inspector", str(effort.rounds)],
        check=True,
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    times = Times()
    for what, seconds in json.loads(done.stdout).items():
        times.add(what, *seconds)
    return [_row(times, what) for what in _CASES]


def _row(times: Times, what: str) -> Row:
    peer = f"{_PEER}: {what}"
    name, spread = f"inspector's report of {what}", times.spread(what)
    if peer not in times.seconds:
        found = f"{times.p50(what) * 1000:.2f} ms ({_PEER} is not installed)"
        return Row(name, found, spread=spread)
    ratio = times.ratio(peer, what)
    return Row(f"{_PEER} / {name}", f"{ratio:.3g} ×", "≥ 1 ×", ratio >= 1, spread)


def _measure(rounds: int) -> dict[str, list[float]]:
    import torch  # noqa: PLC0415  (only the process that measures may know it)

    from sandbox.child.inspector.collector import Inspector  # noqa: PLC0415

    torch.set_num_threads(1)
    lovely = _lovely()
    found = {}
    for what, (count, shape) in _CASES.items():
        namespace = {f"x{number}": torch.rand(shape) for number in range(count)}
        inspector = Inspector()
        found[what] = _timed(lambda i=inspector, n=namespace: i.report(n), rounds)  # type: ignore[misc]
        if lovely is not None:
            one_by_one = lambda n=namespace: [str(lovely(x)) for x in n.values()]  # noqa: E731
            found[f"{_PEER}: {what}"] = _timed(one_by_one, rounds)
    return found


def _lovely() -> Callable[[Any], object] | None:
    try:
        from lovely_tensors import lovely  # noqa: PLC0415
    except ImportError:
        return None
    return lovely  # type: ignore[no-any-return]


def _timed(once: Callable[[], object], rounds: int) -> list[float]:
    seconds = []
    for _ in range(2 + rounds):  # two to warm up
        started = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - started)
        if statistics.median(seconds) > _SLOW_SECONDS:
            return seconds
    return seconds[2:]


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
