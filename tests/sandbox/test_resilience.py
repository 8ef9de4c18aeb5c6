"""Whatever dies, callers get the right error and nothing is left over."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.wire import BackendUnavailable, Cell, SessionLost, SessionSpec, Stream

pytestmark = pytest.mark.jail

_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Started:
    """A sandbox of the test's own: its socket and its processes, by role."""

    path: Path
    guard: subprocess.Popen[bytes]
    lifeline: int
    temporary: Path

    @property
    def supervisor(self) -> int:
        (pid,) = _children(self.guard.pid)
        return pid

    @property
    def template(self) -> int:
        return next(p for p in _children(self.supervisor) if "sandbox.child" in _command(p))

    def everything(self) -> set[int]:
        return {self.guard.pid, *_descendants(self.guard.pid)}


@contextmanager
def start() -> Iterator[Started]:
    try:
        detect()
    except NoSandbox as error:
        pytest.skip(str(error))
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tt-test-") as folder:
        Path(folder).chmod(0o711)
        path = Path(folder) / "sandbox.sock"
        guard = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "serve", "--socket", str(path)),
                *("--lifeline", str(lifeline), "--spares", "2"),
            ],
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": folder},
        )
        os.close(lifeline)
        assert guard.stdout is not None
        try:
            assert json.loads(guard.stdout.readline())["ready"]
            yield Started(path, guard, ours, Path(folder))
        finally:
            _close(ours)
            guard.wait(timeout=_PATIENCE_SECONDS)
            guard.stdout.close()


@asynccontextmanager
async def busy(started: Started) -> AsyncIterator[tuple[LocalExecutor, asyncio.Task[object]]]:
    """A client with a session in the middle of a long run."""
    async with connect(started.path) as executor:
        ref = await executor.open("learner", SessionSpec(), 20)
        began = asyncio.Event()

        async def listen(_stream: Stream, _text: str) -> None:
            began.set()

        code = "import os, time\nif os.fork() == 0: time.sleep(60)\nprint('on')\ntime.sleep(15)"
        running = asyncio.create_task(executor.run(ref, Cell(code), listen))
        await asyncio.wait_for(began.wait(), 20)
        yield executor, running
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _quiet(_stream: Stream, _text: str) -> None:
    pass


@pytest.mark.parametrize(
    "victim",
    [lambda s: s.supervisor, lambda s: s.guard.pid],
    ids=["supervisor", "guard"],
)
async def test_killing_the_supervisor_or_its_guard_leaves_nothing(
    victim: Callable[[Started], int],
) -> None:
    with start() as started:
        async with busy(started) as (_, running):
            everything = started.everything()
            assert len(everything) >= 5
            os.kill(victim(started), signal.SIGKILL)
            with pytest.raises((SessionLost, BackendUnavailable)):
                await asyncio.wait_for(running, _PATIENCE_SECONDS)
        await _until(lambda: not _alive(everything - {started.guard.pid}))
        started.guard.wait(timeout=_PATIENCE_SECONDS)


async def test_cutting_the_lifeline_leaves_nothing() -> None:
    with start() as started:
        async with busy(started):
            everything = started.everything()
            _close(started.lifeline)
            started.guard.wait(timeout=_PATIENCE_SECONDS)
        assert not _alive(everything)
        assert not list(started.temporary.glob("tensor-tutor-*"))


async def test_a_dead_template_is_replaced_and_sessions_live_on() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            ref = await executor.open("learner", SessionSpec(), 20)
            await executor.run(ref, Cell("x = 41"), _quiet)
            os.kill(started.template, signal.SIGKILL)
            assert (await executor.run(ref, Cell("x + 1"), _quiet)).value == "42"
            opened = [await executor.open("another", SessionSpec(), 60) for _ in range(4)]
            for another in opened:
                assert (await executor.run(another, Cell("1 + 1"), _quiet)).value == "2"
            lost = await executor.run(ref, Cell("import os; os._exit(5)"), _quiet)
            assert (lost.status, lost.exit_code) == ("killed", 5)


async def test_a_killed_session_is_a_killed_run_and_its_neighbour_goes_on() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            ref = await executor.open("a", SessionSpec(), 20)
            other = await executor.open("b", SessionSpec(), 20)
            pid = (await executor.run(ref, Cell("import os; os.getpid()"), _quiet)).value
            assert pid is not None
            running = asyncio.create_task(
                executor.run(ref, Cell("import time; time.sleep(15)"), _quiet)
            )
            await asyncio.sleep(0.3)
            os.kill(int(pid), signal.SIGKILL)
            result = await running
            assert (result.status, result.signal, result.restored) == ("killed", 9, True)
            assert (await executor.run(other, Cell("1"), _quiet)).value == "1"


async def test_two_supervisors_share_no_uid_and_do_not_disturb_each_other() -> None:
    with start() as one, start() as two:
        async with connect(one.path) as first, connect(two.path) as second:
            ours = await first.open("a", SessionSpec(), 20)
            theirs = await second.open("b", SessionSpec(), 20)
            uid = Cell("import os; os.getuid(), os.getpid()")
            mine = (await first.run(ours, uid, _quiet)).value
            other = (await second.run(theirs, uid, _quiet)).value
            assert mine != other
            if detect().tier == "A":
                assert str(mine).split(",")[0] != str(other).split(",")[0]
            os.kill(two.supervisor, signal.SIGKILL)
            two.guard.wait(timeout=_PATIENCE_SECONDS)
            assert (await first.run(ours, Cell("6 * 7"), _quiet)).value == "42"


async def test_a_client_that_breaks_the_protocol_is_cut_off_and_nobody_else() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            for garbage in (b"\xff" * 64, os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n"):
                reader, writer = await asyncio.open_unix_connection(str(started.path))
                writer.write(garbage)
                assert await asyncio.wait_for(reader.read(), _PATIENCE_SECONDS) == b""
                writer.close()
            ref = await executor.open("x", SessionSpec(), 20)
            assert (await executor.run(ref, Cell("1"), _quiet)).value == "1"


async def _until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.05)


def _alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if _state(pid) not in ("", "Z")}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


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


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
