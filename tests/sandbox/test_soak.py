"""Hundreds of good and hostile runs, eight at a time: every status right, and nothing left or grown.

`SOAK_RUNS=5000 pytest tests/sandbox/test_soak.py` is the long form.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.wire import SessionSpec
from tests.sandbox.soaking import MARK, Soak

_RUNS = int(os.environ.get("SOAK_RUNS", "200"))
_AT_ONCE = 8
_SPARES = 2
_GROWTH_BYTES = 8 * 2**20
_PATIENCE_SECONDS = 60.0
_LIMITS = ("--cpu-seconds", "1", "--memory-bytes", str(200 * 2**20), "--processes", "24")

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120 + _RUNS)]


@dataclass(frozen=True)
class Held:
    """What the sandbox holds while nobody is served and exactly the usual spares are ready."""

    processes: int
    descriptors: int
    tasks: int
    folders: int
    shared_files: int


@dataclass(frozen=True)
class Soaked:
    """A sandbox of the test's own, whose supervisor can be counted."""

    guard: int
    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "sandbox.sock"

    @property
    def supervisor(self) -> int:
        (pid,) = _children(self.guard)
        return pid

    async def held(self, executor: LocalExecutor, expected: Held | None = None) -> Held:
        """Count what is held, once everything closed is gone; waits a while for `expected`."""
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while True:
            capacity = await executor.capacity()
            for _ in range(capacity.spares - _SPARES):  # more were wanted at times
                await executor.close(await executor.open("nobody", SessionSpec(), 20))
            await asyncio.sleep(0.2)
            settled = (capacity.spares, capacity.sessions, capacity.running) == (_SPARES, 0, 0)
            held = self._count()
            if settled and expected in (held, None):
                return held
            if time.monotonic() > give_up:
                assert settled, capacity
                return held

    def resident_bytes(self) -> int:
        """Return how much memory the supervisor itself holds."""
        text = Path(f"/proc/{self.supervisor}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in text.splitlines() if "VmRSS" in line) * 1024

    def _count(self) -> Held:
        supervisor = self.supervisor
        links = [_target(entry) for entry in Path(f"/proc/{supervisor}/fd").iterdir()]
        return Held(
            processes=len(_descendants(supervisor)),
            descriptors=sum(link.startswith(("pipe:", "socket:")) for link in links),
            tasks=self._tasks(),
            folders=len(list(self.folder.glob("tensor-tutor-*/[0-9]*"))),
            shared_files=len(list(Path("/dev/shm").glob(f"{MARK}*"))),
        )

    def _tasks(self) -> int:
        counts = self.folder / "counts"
        counts.unlink(missing_ok=True)
        os.kill(self.supervisor, signal.SIGUSR2)
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while not counts.exists():
            assert time.monotonic() < give_up, "the supervisor does not answer"
            time.sleep(0.01)
        return int(json.loads(counts.read_text(encoding="ascii"))["tasks"])


async def test_many_hostile_runs_leave_nothing_behind() -> None:
    with _start() as soaked:
        async with connect(soaked.socket) as executor:
            soak = Soak(soaked.socket, executor, random.Random(7))
            before = await soaked.held(executor)
            await soak.until(_RUNS // 2, _AT_ONCE)
            assert await soaked.held(executor, before) == before
            resident = soaked.resident_bytes()
            await soak.until(_RUNS, _AT_ONCE)
            assert await soaked.held(executor, before) == before
            assert soaked.resident_bytes() < resident + _GROWTH_BYTES
            assert soak.restored > 0


@contextmanager
def _start() -> Iterator[Soaked]:
    try:
        detect()
    except NoSandbox as error:
        pytest.skip(str(error))
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tt-test-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        guard = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.sandbox.counted_serve", "serve"),
                *("--socket", str(folder / "sandbox.sock"), "--lifeline", str(lifeline)),
                *("--spares", str(_SPARES), *_LIMITS),
            ],
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": name, "COUNTS": str(folder / "counts")},
        )
        os.close(lifeline)
        assert guard.stdout is not None
        try:
            assert json.loads(guard.stdout.readline())["ready"]
            yield Soaked(guard.pid, folder)
        finally:
            os.close(ours)
            guard.wait(timeout=_PATIENCE_SECONDS)
            guard.stdout.close()
        assert not list(folder.glob("tensor-tutor-*"))


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for child in _children(pid):
        found |= {child} | _descendants(child)
    return found
