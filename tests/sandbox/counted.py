"""A sandbox of a test's own that can be counted: what it holds while nobody is served."""

import asyncio
import json
import os
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

from sandbox.client import LocalExecutor
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.wire import SessionSpec
from tests.sandbox.processes import children, descendants

SHARED_MARK = f"tensor-tutor-test-{os.getpid()}-"
"""How the names begin of what tests leave in /dev/shm."""

_SPARES = 2
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Held:
    """What the sandbox holds while nobody is served and exactly the usual spares are ready."""

    processes: int
    descriptors: int
    tasks: int
    folders: int
    shared_files: int


@dataclass(frozen=True)
class Counted:
    """`guard` is the pid of its guard, `folder` holds its socket and all its files."""

    guard: int
    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "sandbox.sock"

    @property
    def supervisor(self) -> int:
        (pid,) = children(self.guard)
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
            processes=len(descendants(supervisor)),
            descriptors=sum(link.startswith(("pipe:", "socket:")) for link in links),
            tasks=self._tasks(),
            folders=len(list(self.folder.glob("tensor-tutor-*/[0-9]*"))),
            shared_files=len(list(Path("/dev/shm").glob(f"{SHARED_MARK}*"))),
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


@contextmanager
def counted(*flags: str) -> Iterator[Counted]:
    """Start it with `flags` of `serve`, and make sure at the end that no file is left."""
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
                *("--spares", str(_SPARES), "--most-spares", str(_SPARES), *flags),
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
            yield Counted(guard.pid, folder)
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
