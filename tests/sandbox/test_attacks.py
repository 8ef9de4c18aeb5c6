"""Every attack of `attacks/` through the public socket, in every tier this machine offers."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.client import LocalExecutor, connect
from sandbox.jail import uids
from sandbox.jail.tiers import NoSandbox, detect
from sandbox.wire import Cell, RunResult, SessionSpec, Stream
from tests.conftest import serving
from tests.sandbox.plain_user import serving_in_tier_c

pytestmark = pytest.mark.jail

_ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
_AGAIN = "import sys\nsys.stdout.write('still here')\n1 + 1"
_LIMITS = ("--wall-seconds", "4", "--cpu-seconds", "3")


@pytest.fixture(scope="module", params=["A", "C"])
def attacked(request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    try:
        tier = detect().tier
    except NoSandbox as error:
        pytest.skip(str(error))
    os.environ["SANDBOX_TEST_TOKEN"] = "a secret"
    try:
        if request.param == tier:
            with serving(*_LIMITS) as path:
                yield path, tier
        elif request.param == "C":
            with serving_in_tier_c(*_LIMITS) as path:
                yield path, "C"
        else:
            pytest.skip("tier A needs root")
    finally:
        del os.environ["SANDBOX_TEST_TOKEN"]


@pytest.fixture
async def executor(attacked: tuple[Path, str]) -> AsyncIterator[LocalExecutor]:
    async with connect(attacked[0]) as connected:
        yield connected


async def _nothing(_stream: Stream, _text: str) -> None:
    pass


@pytest.mark.parametrize("attack", _ATTACKS, ids=lambda path: path.stem)
async def test_attack_ends_as_its_header_says_and_harms_nobody(
    attack: Path, executor: LocalExecutor, attacked: tuple[Path, str]
) -> None:
    code = attack.read_text(encoding="utf-8")
    expected = dict(re.findall(r"(\w+)=(\S+)", code.splitlines()[0]))
    neighbour = await executor.open("neighbour", SessionSpec(), 20)
    await executor.run(neighbour, Cell("kept = 41"), _nothing)
    ref = await executor.open("attacker", SessionSpec(), 20)

    result = await executor.run(ref, Cell(code), _nothing)

    assert result.tier == attacked[1]
    _check(result, expected)
    after = await executor.run(neighbour, Cell("kept + 1"), _nothing)
    assert after.value == "42", "the neighbour's session was disturbed"
    if result.alive and expected.get("again") == "silent":
        assert (await executor.run(ref, Cell("1 + 1"), _nothing)).value == "forged"
    elif result.alive:
        again = await executor.run(ref, Cell(_AGAIN), _nothing)
        assert (again.output, again.value) == ((("stdout", "still here"),), "2")
    await executor.close(ref)
    await executor.close(neighbour)


def _check(result: RunResult, expected: dict[str, str]) -> None:
    text = "".join(text for _, text in result.output)
    assert "BREACH" not in text, text
    assert result.status in expected["status"].split("|"), result
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


def test_there_are_attacks() -> None:
    assert len(_ATTACKS) > 30


def test_closed_sessions_leave_no_process_of_their_uid(sandbox_socket: Path) -> None:
    """What `daemons.py` starts outlives its cell, but not its session."""
    if detect().tier != "A":
        pytest.skip("only tier A gives each session a uid")
    script = f"""
import asyncio
from pathlib import Path
from sandbox.client import connect
from sandbox.wire import Cell, SessionSpec

async def quiet(stream, text): pass

async def main():
    async with connect({str(sandbox_socket)!r}) as executor:
        ref = await executor.open("x", SessionSpec(), 20)
        code = Path({str(_ATTACKS[0].parent / "daemons.py")!r}).read_text()
        await executor.run(ref, Cell(code), quiet)
        owner = await executor.run(ref, Cell("import os; os.getuid()"), quiet)
        print(owner.value)
        await executor.close(ref)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert uids.processes_of(int(done.stdout)) == []
