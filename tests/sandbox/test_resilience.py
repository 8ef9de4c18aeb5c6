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
from sandbox.wire import (
    BackendUnavailable,
    Cell,
    Evaluation,
    SessionLost,
    SessionSpec,
    Stream,
    ValueOf,
)
from tests.sandbox.processes import alive, children, command, descendants
from tests.sandbox.talking import quiet

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
        (pid,) = children(self.guard.pid)
        return pid

    @property
    def template(self) -> int:
        return _templates(self)[0]

    def everything(self) -> set[int]:
        return {self.guard.pid, *descendants(self.guard.pid)}


@contextmanager
def start(
    *flags: str, before_ready: Callable[[Started], None] = lambda _: None
) -> Iterator[Started]:
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
                *("--lifeline", str(lifeline), "--spares", "2", "--most-spares", "2", *flags),
            ],
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": folder},
        )
        os.close(lifeline)
        assert guard.stdout is not None
        started = Started(path, guard, ours, Path(folder))
        try:
            before_ready(started)
            assert json.loads(guard.stdout.readline())["ready"]
            yield started
        finally:
            _close(ours)
            guard.wait(timeout=_PATIENCE_SECONDS)
            guard.stdout.close()


@asynccontextmanager
async def busy(
    started: Started, then: str = "time.sleep(15)"
) -> AsyncIterator[tuple[LocalExecutor, asyncio.Task[object]]]:
    """A client with a session in the middle of a long run."""
    async with connect(started.path) as executor:
        ref = await executor.open("learner", SessionSpec(), 20)
        began = asyncio.Event()

        async def listen(_stream: Stream, _text: str) -> None:
            began.set()

        code = f"import os, time\nif os.fork() == 0: time.sleep(60)\nprint('on')\n{then}"
        running = asyncio.create_task(executor.run(ref, Cell(code), listen))
        await asyncio.wait_for(began.wait(), 20)
        yield executor, running
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_killed_supervisor_leaves_nothing_and_another_serves() -> None:
    with start() as started:
        async with busy(started) as (executor, running):
            ref = await executor.open("another", SessionSpec(), 20)
            everything = started.everything() - {started.guard.pid}
            assert len(everything) >= 4
            os.kill(started.supervisor, signal.SIGKILL)
            with pytest.raises(SessionLost) as lost:
                await asyncio.wait_for(running, _PATIENCE_SECONDS)
            assert lost.value.ran == "unknown"
            with pytest.raises(BackendUnavailable):
                await executor.capacity()
        async with reconnected(started) as executor:
            assert not alive(everything)
            with pytest.raises(SessionLost) as lost:
                await executor.run(ref, Cell("1"), quiet)
            assert (lost.value.why, lost.value.ran) == ("the sandbox was restarted", "no")
            await _works(executor)
        assert len(list(started.temporary.glob("tensor-tutor-*"))) == 1


@pytest.mark.parametrize(
    "roles",
    [["guard"], ["guard", "supervisor"], ["guard", "supervisor", "template"]],
    ids="+".join,
)
async def test_killing_the_guard_and_others_at_once_leaves_not_even_a_spinning_cell(
    roles: list[str],
) -> None:
    with start() as started:
        async with busy(started, then="while True: pass") as (_, running):
            everything = started.everything()
            assert len(everything) >= 5
            victims = [started.guard.pid, *(getattr(started, role) for role in roles[1:])]
            for pid in victims:
                os.kill(pid, signal.SIGSTOP)  # or one would hear of another's death in time
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            with pytest.raises((SessionLost, BackendUnavailable)):
                await asyncio.wait_for(running, _PATIENCE_SECONDS)
        started.guard.wait(timeout=_PATIENCE_SECONDS)
        await _until(lambda: not alive(everything))


async def test_one_that_closed_its_pulse_ends_with_guard_and_supervisor() -> None:
    with start() as started:
        hostile = "os.closerange(4, 256)\nwhile True: pass"
        async with busy(started, then=hostile) as (_, running):
            everything = started.everything()
            for pid in (started.guard.pid, started.supervisor):
                os.kill(pid, signal.SIGKILL)
            with pytest.raises((SessionLost, BackendUnavailable)):
                await asyncio.wait_for(running, _PATIENCE_SECONDS)
        started.guard.wait(timeout=_PATIENCE_SECONDS)
        await _until(lambda: not alive(everything))


@pytest.mark.parametrize("delay", [0.0, 0.4, 1.5])
def test_a_supervisor_killed_while_it_starts_is_started_again(delay: float) -> None:
    def kill(started: Started) -> None:
        _soon(lambda: bool(children(started.guard.pid)))
        time.sleep(delay)
        os.kill(started.supervisor, signal.SIGKILL)

    with start(before_ready=kill) as started:
        asyncio.run(_works_at(started.path))


@pytest.mark.parametrize("delay", [0.1, 0.7, 1.4])
async def test_a_template_killed_while_it_starts_is_started_again(delay: float) -> None:
    with start() as started:
        first = started.template
        os.kill(first, signal.SIGKILL)
        await _until(lambda: first not in _templates(started) and bool(_templates(started)))
        await asyncio.sleep(delay)
        os.kill(started.template, signal.SIGKILL)
        async with connect(started.path) as executor:
            for _ in range(3):
                await _works(executor)


@pytest.mark.parametrize("role", ["supervisor", "template", "child"])
@pytest.mark.parametrize("delay", [0.0, 0.05])
async def test_a_kill_at_any_point_of_busy_work_is_told_and_service_resumes(
    role: str, delay: float
) -> None:
    """Opening, running, grading and closing go on all the time while somebody is killed."""
    with start() as started:
        async with connect(started.path) as executor:
            visits = [asyncio.create_task(_visit(executor)) for _ in range(3)]
            await asyncio.sleep(0.2 + delay)
            os.kill(await _one_of(started, role), signal.SIGKILL)
            await asyncio.wait_for(asyncio.gather(*visits), 60)
        async with reconnected(started) as executor:
            await _works(executor)
        everything = started.everything()
        _close(started.lifeline)
        started.guard.wait(timeout=_PATIENCE_SECONDS)
        assert not alive(everything)
        assert not list(started.temporary.glob("tensor-tutor-*"))


async def _visit(executor: LocalExecutor) -> None:
    """Do all there is to do, again and again; only the declared errors may come back."""
    job = Evaluation({}, ("y = 6 * 7",), {"y": ValueOf("y")}, seed=1)
    with contextlib.suppress(BackendUnavailable):
        for _ in range(6):
            try:
                ref = await executor.open("visitor", SessionSpec(), 30)
                result = await executor.run(
                    ref, Cell("import time; time.sleep(0.05); 6 * 7"), quiet
                )
                assert (result.status, result.value) in (("ok", "42"), ("killed", None))
                graded = await executor.evaluate(job, 30)
                assert graded.status in ("ok", "killed")
                await executor.close(ref)
            except SessionLost:
                continue


async def _one_of(started: Started, role: str) -> int:
    if role != "child":
        return int(getattr(started, role))
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not (there := children(started.template)):
            await asyncio.sleep(0.01)  # between two visits there may be none for a moment
    return there[-1]


async def _works_at(path: Path) -> None:
    async with connect(path) as executor:
        await _works(executor)


async def _works(executor: LocalExecutor) -> None:
    ref = await executor.open("somebody", SessionSpec(), 60)
    assert (await executor.run(ref, Cell("6 * 7"), quiet)).value == "42"
    await executor.close(ref)


@asynccontextmanager
async def reconnected(started: Started) -> AsyncIterator[LocalExecutor]:
    """Connect as soon as there is somebody to connect to."""
    give_up = time.monotonic() + 60
    while True:
        try:
            async with connect(started.path) as executor:
                yield executor
                return
        except BackendUnavailable:
            if time.monotonic() > give_up:
                raise
            await asyncio.sleep(0.1)


async def test_a_run_whose_caller_leaves_is_interrupted_and_its_session_kept() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            async with connect(started.path) as leaving:
                ref = await leaving.open("learner", SessionSpec(), 20)
                began = asyncio.Event()

                async def listen(_stream: Stream, _text: str) -> None:
                    began.set()

                code = "x = 41\nprint('on', flush=True)\nwhile True: pass"
                running = asyncio.create_task(leaving.run(ref, Cell(code), listen))
                await asyncio.wait_for(began.wait(), _PATIENCE_SECONDS)
            with pytest.raises(SessionLost):
                await running
            assert (await executor.run(ref, Cell("x + 1"), quiet)).value == "42"
            assert (await executor.capacity()).running == 0


async def test_cutting_the_lifeline_leaves_nothing() -> None:
    with start() as started:
        async with busy(started):
            everything = started.everything()
            _close(started.lifeline)
            started.guard.wait(timeout=_PATIENCE_SECONDS)
        assert not alive(everything)
        assert not list(started.temporary.glob("tensor-tutor-*"))


async def test_a_dead_template_is_replaced_and_sessions_live_on() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            ref = await executor.open("learner", SessionSpec(), 20)
            await executor.run(ref, Cell("x = 41"), quiet)
            os.kill(started.template, signal.SIGKILL)
            assert (await executor.run(ref, Cell("x + 1"), quiet)).value == "42"
            opened = [await executor.open("another", SessionSpec(), 60) for _ in range(4)]
            for another in opened:
                assert (await executor.run(another, Cell("1 + 1"), quiet)).value == "2"
            lost = await executor.run(ref, Cell("import os; os._exit(5)"), quiet)
            assert (lost.status, lost.exit_code) == ("killed", 5)


async def test_a_killed_session_is_a_killed_run_and_its_neighbour_goes_on() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            ref = await executor.open("a", SessionSpec(), 20)
            other = await executor.open("b", SessionSpec(), 20)
            pid = (await executor.run(ref, Cell("import os; os.getpid()"), quiet)).value
            assert pid is not None
            running = asyncio.create_task(
                executor.run(ref, Cell("import time; time.sleep(15)"), quiet)
            )
            await asyncio.sleep(0.3)
            os.kill(int(pid), signal.SIGKILL)
            result = await running
            assert (result.status, result.signal, result.restored) == ("killed", 9, True)
            assert (await executor.run(other, Cell("1"), quiet)).value == "1"


async def test_two_supervisors_share_no_uid_and_do_not_disturb_each_other() -> None:
    with start() as one, start() as two:
        async with connect(one.path) as first, connect(two.path) as second:
            ours = await first.open("a", SessionSpec(), 20)
            theirs = await second.open("b", SessionSpec(), 20)
            uid = Cell("import os; os.getuid(), os.getpid()")
            mine = (await first.run(ours, uid, quiet)).value
            other = (await second.run(theirs, uid, quiet)).value
            assert mine != other
            if detect().tier == "A":
                assert str(mine).split(",")[0] != str(other).split(",")[0]
            _close(two.lifeline)
            two.guard.wait(timeout=_PATIENCE_SECONDS)
            assert (await first.run(ours, Cell("6 * 7"), quiet)).value == "42"


async def test_a_client_that_breaks_the_protocol_is_cut_off_and_nobody_else() -> None:
    with start() as started:
        async with connect(started.path) as executor:
            for garbage in (b"\xff" * 64, os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n"):
                reader, writer = await asyncio.open_unix_connection(str(started.path))
                writer.write(garbage)
                assert await asyncio.wait_for(reader.read(), _PATIENCE_SECONDS) == b""
                writer.close()
            ref = await executor.open("x", SessionSpec(), 20)
            assert (await executor.run(ref, Cell("1"), quiet)).value == "1"


async def _until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.05)


def _soon(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def _templates(started: Started) -> list[int]:
    """Return the templates: sessions that lost theirs look alike, but lead a process group."""
    candidates = [p for p in children(started.supervisor) if "sandbox.child" in command(p)]
    return [p for p in candidates if not _leads(p)]


def _leads(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return os.getpgid(pid) == pid
    return False


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
