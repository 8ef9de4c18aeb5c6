"""A disk that is full under the real program: what is not saved is said not to be, and nothing ends."""

import contextlib
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.discord.double import Discord
from tests.e2e.discord_learner import Learner
from tests.e2e.discord_program import UNHURRIED, running
from tests.e2e.program import Program, environment

NO_SANDBOX = "sandbox: {socket: nobody.sock}\n"
TAKES_NOTHING = "could not be saved: the tutor’s disk takes nothing right now."
IS_FULL = "could not be saved: the tutor’s disk is full."
STEPS = 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"a small disk takes root: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room at all."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def test_in_a_terminal_the_step_is_told_not_to_be_saved(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(NO_SANDBOX)
    program = Program(tmp_path)
    try:
        assert "Section 1 of" in program.say("/learn")
        _, hard = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (4096, hard))
        assert TAKES_NOTHING in program.say("/next")
        assert TAKES_NOTHING in program.say("/next")
        assert "Section 1 of" in program.say("/learn")
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert "Section 2 of" in program.say("/next")
        assert program.leave() == 0
        assert program.complaints().count("could not be read or written") == 1
    finally:
        program.close()


@pytest.mark.jail
async def test_on_discord_learners_are_told_and_go_on_once_there_is_room(small_disk: Path) -> None:
    config = {**UNHURRIED, "database": str(small_disk / "tutor.sqlite3")}
    async with Discord() as double, running(double, config) as program:
        guild = double.guild("School")
        ada = double.person("ada", guild)
        learner = Learner(ada, ada.dm)
        await learner.does("/learn", "Section 1")
        await learner.does("```\nprint('warm', 1 + 1)\n```", "warm 2")

        filler = fill(small_disk)
        shown = ""
        for number in range(STEPS):  # the log has some room left in it
            shown = await learner.does(f"```\nprint('run', {number})  # {'a' * 1500}\n```", "run")
            if IS_FULL in shown:
                break
        assert IS_FULL in shown
        assert "run " in shown
        assert IS_FULL in await learner.does("/next")
        newcomer = double.person("bob", guild)
        bob = Learner(newcomer, newcomer.dm)
        assert IS_FULL in await bob.does("/learn")
        assert "went wrong" not in program.log

        filler.unlink()
        await learner.does("/next", "Section 2")
        await bob.does("/learn", "Section 1")
        await learner.does("```\nprint('again', 2 + 2)\n```", "again 4")
        assert program.log.count("disk is full; free some space") == 1
        assert program.log.count("can be written again") == 1
        assert "Traceback" not in program.log
        await program.restart(killed=True)
        await learner.does("/learn", "Section 2")
        assert double.violations == []


def test_on_a_full_disk_every_command_says_so_in_one_line(small_disk: Path) -> None:
    (small_disk / "config.yaml").write_text(NO_SANDBOX)
    program = Program(small_disk)
    program.say("/learn")
    assert program.leave() == 0
    program.close()
    filler = fill(small_disk)
    for command in (["console"], ["backup", "copy.sqlite3"], ["export"]):
        done = tutor(small_disk, *command)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert re.search("disk is full; free some space|No space left on device", done.stderr)
    done = tutor(small_disk, "doctor")
    assert done.returncode == 1
    assert "WRONG  database: tensor-tutor.sqlite3: " in done.stdout
    assert "the disk is full" in done.stdout
    filler.unlink()
    assert "WRONG  database" in tutor(small_disk, "doctor").stdout  # there is still little room
    again = Program(small_disk)
    assert "Section 2 of" in again.say("/next")
    again.close()


def tutor(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
