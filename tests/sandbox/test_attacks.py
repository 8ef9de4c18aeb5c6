"""Every attack of `attacks/` through the public socket, in every tier this machine offers.

The first line of an attack says what must come of it. `expect:` names the result of its last cell
(cells are parted by `# %%`); `job=evaluation` sends it as grading work, `quiet=yes` wants its session
to do nothing while no cell runs. A line `# open in A, C: why` names what does not hold yet: those
tests must fail. Whatever the header says, the canaries, the neighbour, the template and the
supervisor are looked at from outside afterwards.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.jail import uids
from sandbox.supervisor.disk import folder_holds
from sandbox.supervisor.usage import cpu_seconds
from sandbox.wire import (
    CallOf,
    Cell,
    Evaluation,
    Exports,
    PlainValue,
    RunResult,
    SessionLost,
    SessionRef,
    SessionSpec,
    Value,
    ValueOf,
)
from tests.sandbox.canaries import MARK, SECRET, Canaries, Supervisor, canaries
from tests.sandbox.processes import group
from tests.sandbox.talking import quiet, text_of
from tests.sandbox.tiers import TIERS, serving_in

pytestmark = pytest.mark.jail

_ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
_AGAIN = "import sys\nsys.stdout.write('still here')\n1 + 1"
_SHORT = ("--wall-seconds", "4", "--cpu-seconds", "3")
_LONG = ("--wall-seconds", "60", "--cpu-seconds", "60")
_PATIENCE_SECONDS = 20.0
_QUIET_WITHIN_SECONDS = 4.0
_MOST_DISK_BYTES = 300 << 20
_MOST_GROWTH = 96 << 20
_NEIGHBOUR = f"""
import os
kept = 41
secret = {SECRET!r}
file = open("secret", "w")
file.write(secret)
file.flush()
pattern = torch.frombuffer(bytearray((secret * 20000).encode()), dtype=torch.uint8).clone()
import random
print(os.getpid(), os.getcwd(), torch.initial_seed(), random.random())
"""
_NEIGHBOUR_AGAIN = """
import threading
thread = threading.Thread(target=lambda: print("threads too"))
thread.start()
thread.join()
assert open("secret").read() == secret
kept + 1
"""


@dataclass(frozen=True)
class Surroundings:
    """One sandbox under attack and what stands around it."""

    tier: str
    path: Path
    supervisor: Supervisor
    template: int
    canaries: Canaries


@dataclass(frozen=True)
class Neighbour:
    """Another learner's session."""

    ref: SessionRef
    pid: int
    folder: str
    seed: int
    draw: float


@dataclass(frozen=True)
class Pair:
    """A sandbox for attacks that the clock must end, and one where a busy machine ends none."""

    short: Surroundings
    long: Surroundings


@pytest.fixture(scope="module", params=TIERS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    os.environ["SANDBOX_TEST_TOKEN"] = SECRET
    try:
        with (
            _surroundings(request.param, _SHORT) as short,
            _surroundings(request.param, _LONG) as long,
        ):
            yield Pair(short, long)
    finally:
        del os.environ["SANDBOX_TEST_TOKEN"]


@contextmanager
def _surroundings(tier: str, limits: tuple[str, ...]) -> Iterator[Surroundings]:
    with serving_in(tier, "--most-spares", "4", *limits) as path:
        supervisor = Supervisor.behind(path)
        with canaries(supervisor.uid) as watched:
            yield Surroundings(tier, path, supervisor, supervisor.template, watched)


@pytest.fixture
def attacked(attack: Path, pair: Pair) -> Surroundings:
    return pair.short if "timeout" in _expected(attack)["status"] else pair.long


def _expected(attack: Path) -> dict[str, str]:
    header = attack.read_text(encoding="utf-8").splitlines()[0]
    return dict(re.findall(r"(\w+)=(\S+)", header))


@pytest.fixture
async def executor(attacked: Surroundings) -> AsyncIterator[LocalExecutor]:
    async with connect(attacked.path) as connected:
        yield connected


@pytest.fixture
async def neighbour(executor: LocalExecutor) -> AsyncIterator[Neighbour]:
    ref = await executor.open("neighbour", SessionSpec(), 20)
    said = text_of(await executor.run(ref, Cell(_NEIGHBOUR), quiet)).split()
    yield Neighbour(ref, int(said[0]), said[1], int(said[2]), float(said[3]))
    await executor.close(ref)


@pytest.mark.parametrize("attack", _ATTACKS, ids=lambda path: path.stem)
async def test_attack_ends_as_its_header_says_and_harms_nobody(
    attack: Path,
    executor: LocalExecutor,
    attacked: Surroundings,
    neighbour: Neighbour,
    request: pytest.FixtureRequest,
) -> None:
    code = attack.read_text(encoding="utf-8")
    expected = _expected(attack)
    _expect_failure_where_open(code, attacked.tier, request)
    before = attacked.supervisor.forget_peak()
    given = _given(attacked, neighbour)
    try:
        if expected.get("job") == "evaluation":
            await _grade(executor, code, given, expected)
        else:
            await _attack(executor, attacked, code, given, expected)
    finally:
        harm = [*attacked.canaries.harm(), *_harm(attacked, neighbour, before)]
    assert not harm
    after = await executor.run(neighbour.ref, Cell(_NEIGHBOUR_AGAIN), quiet)
    assert after.value == "42", f"the neighbour's session was disturbed: {after}"
    assert text_of(after) == "threads too\n"


def _expect_failure_where_open(code: str, tier: str, request: pytest.FixtureRequest) -> None:
    for tiers, why in re.findall(r"^# open in ([A-Z, ]+): (.+)$", code, re.MULTILINE):
        if tier in tiers:
            request.applymarker(pytest.mark.xfail(reason=why, strict=True))


async def _attack(
    executor: LocalExecutor,
    attacked: Surroundings,
    code: str,
    given: dict[str, Value],
    expected: dict[str, str],
) -> None:
    ref = await executor.open("attacker", SessionSpec(), 20)
    first = await executor.run(ref, Cell("import os; print(os.getpid(), os.getcwd())"), quiet)
    pid, folder = text_of(first).split()
    result = first
    try:
        for cell in code.split("\n# %%\n"):
            try:
                result = await executor.run(ref, Cell(cell, given=given), quiet)
            except SessionLost:
                assert expected.get("again") == "lost"
                return
            assert result.tier == attacked.tier
            _nothing_came_out(repr(result))
            if not result.alive:
                break
        _check(result, expected)
        if expected.get("quiet") == "yes":
            await _falls_quiet(int(pid), folder)
        if result.alive and expected.get("again") == "silent":
            assert (await executor.run(ref, Cell("1 + 1"), quiet)).value == "forged"
        elif result.alive and expected.get("again") == "lost":
            with pytest.raises((SessionLost, AssertionError)):
                assert (await executor.run(ref, Cell(_AGAIN), quiet)).status != "ok"
        elif result.alive and expected.get("again") != "any":
            again = await executor.run(ref, Cell(_AGAIN), quiet)
            assert (again.output, again.value) == ((("stdout", "still here"),), "2")
    finally:
        await executor.close(ref)
    await _until(lambda: not group(int(pid)), "processes are left")
    await _until(lambda: not Path(folder).exists(), "files are left")


async def _grade(
    executor: LocalExecutor, code: str, given: dict[str, Value], expected: dict[str, str]
) -> None:
    exports = {"answer": ValueOf("answer"), "twice": CallOf("twice", ("x",))}
    started = {**given, "x": PlainValue(21)}
    job = Evaluation(started, (code,), exports, 7, state=True)  # type: ignore[arg-type]
    result = await executor.evaluate(job, 20)
    _nothing_came_out(repr(result))
    assert result.status in expected["status"].split("|"), result
    assert "BREACH" not in result.stdout, result.stdout
    assert expected.get("output", "") in result.stdout
    if "answer" in expected:
        assert type(result.values["answer"]).__name__ == expected["answer"]
    fine = Evaluation({"x": PlainValue(21)}, (_FINE,), exports, 7)  # type: ignore[arg-type]
    after = await executor.evaluate(fine, 20)
    assert isinstance(after, Exports)
    assert after.values == {"answer": PlainValue(42), "twice": PlainValue(42)}


_FINE = "answer = 42\ndef twice(x): return 2 * x"


def _given(attacked: Surroundings, neighbour: Neighbour) -> dict[str, Value]:
    named = {
        **attacked.canaries.given(),
        "supervisor_pid": attacked.supervisor.pid,
        "supervisor_socket": str(attacked.path),
        "template_pid": attacked.template,
        "neighbour_pid": neighbour.pid,
        "neighbour_folder": neighbour.folder,
        "neighbour_seed": str(neighbour.seed),
        "neighbour_draw": neighbour.draw,
        "mark": MARK[::-1],
    }
    return {name: PlainValue(value) for name, value in named.items()}


def _harm(attacked: Surroundings, neighbour: Neighbour, before: int) -> list[str]:
    found = []
    if attacked.supervisor.template != attacked.template:
        found.append("the template was replaced")
    grown = attacked.supervisor.peak_bytes() - before
    if grown > _MOST_GROWTH:
        found.append(f"the supervisor grew by {grown >> 20} MiB")
    folder = Path(neighbour.folder)
    mode = folder.stat().st_mode & 0o777
    if mode != 0o700 or [path.name for path in folder.iterdir()] != ["secret"]:
        found.append(f"the neighbour's folder was changed: {mode:o}")
    if not attacked.path.is_socket() or attacked.path.stat().st_mode & 0o777 != 0o600:
        found.append("the supervisor's socket was changed")
        attacked.path.chmod(0o600)
    return found


def _nothing_came_out(shown: str) -> None:
    assert SECRET not in shown, "a secret came out"
    assert "\x1b" not in shown


def _check(result: RunResult, expected: dict[str, str]) -> None:
    text = text_of(result)
    assert "BREACH" not in text, text
    assert result.status in expected["status"].split("|"), result
    assert len(result.value or "") < 21_000
    assert len(result.error.traceback if result.error else "") < 9_000
    if "output" in expected:
        assert expected["output"] in text
    if "alive" in expected:
        survived = result.alive and not result.restored
        assert survived == (expected["alive"] == "yes"), result
    if "exit_code" in expected:
        assert result.exit_code == int(expected["exit_code"])
    if "signal" in expected:
        assert result.signal == int(expected["signal"])
    if "error" in expected:
        assert result.error is not None
        assert result.error.type == expected["error"]
    if expected.get("value") == "none":
        assert result.value is None
    _check_what_came_out(result, expected)


def _check_what_came_out(result: RunResult, expected: dict[str, str]) -> None:
    assert len(result.figures) <= 4
    assert len(result.files) <= 10
    for file in result.files:
        assert b"root:" not in file.data, "a link was followed"
        assert file.name.isprintable()
        assert not set("/\\") & set(file.name)
        assert len(file.name) <= 80
    if "files" in expected:
        assert [file.name for file in result.files] == expected["files"].split(",")
    if "count" in expected:
        assert len(result.files) == int(expected["count"])
    if "more_files" in expected:
        assert result.more_files == int(expected["more_files"])


async def _falls_quiet(pid: int, folder: str) -> None:
    """Fail unless the session's processes stop computing, with no more on disk than they may have."""
    give_up = time.monotonic() + _QUIET_WITHIN_SECONDS
    while True:
        before = sum(cpu_seconds(p) for p in group(pid))
        await asyncio.sleep(1.2)
        if sum(cpu_seconds(p) for p in group(pid)) - before < 0.03:
            break
        assert time.monotonic() < give_up, "it computes although no cell runs"
    assert folder_holds(folder, 10_000).bytes < _MOST_DISK_BYTES


async def _until(holds: Callable[[], bool], why: str) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up, why
        await asyncio.sleep(0.02)


def test_there_are_attacks() -> None:
    assert len(_ATTACKS) > 80


async def test_all_attacks_together_left_nothing_behind(pair: Pair) -> None:
    """Runs after the others; what a process keeps is four descriptors of the supervisor."""
    for attacked in (pair.short, pair.long):
        async with connect(attacked.path) as executor:
            while (capacity := await executor.capacity()).spares < 4:
                await asyncio.sleep(0.1)
            assert capacity.sessions == 0
            await _until(partial(_keeps_few, attacked.supervisor), "descriptors are kept")
    if pair.long.tier == "A":
        entries = os.scandir("/dev/shm")
        assert [e.name for e in entries if _is_leased(e.stat(follow_symlinks=False))] == []


def _keeps_few(supervisor: Supervisor) -> bool:
    return supervisor.channels() <= 4 * 4 + 12


def _is_leased(status: os.stat_result) -> bool:
    return uids.FIRST_UID <= status.st_uid <= uids.LAST_UID


async def test_closed_sessions_leave_no_process_of_their_uid(sandbox_socket: Path) -> None:
    """What `daemons.py` starts outlives its cell, but not its session."""
    async with connect(sandbox_socket) as executor:
        if executor.tier != "A":
            pytest.skip("only tier A gives each session a uid")
        ref = await executor.open("x", SessionSpec(), 20)
        code = next(path for path in _ATTACKS if path.stem == "daemons").read_text()
        await executor.run(ref, Cell(code), quiet)
        owner = await executor.run(ref, Cell("import os; os.getuid()"), quiet)
        await executor.close(ref)
        assert uids.processes_of(int(owner.value or 0)) == []
