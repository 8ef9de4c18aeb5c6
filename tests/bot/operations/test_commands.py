"""`tensor-tutor doctor` and `tensor-tutor backup` as an operator meets them: words, JSON, exit status."""

import asyncio
import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.discord.double import TOKEN, Discord
from tests.e2e.program import ROOT, Program, environment

NO_SANDBOX = "sandbox: {socket: nobody.sock}\n"


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(folder, **environ),
        capture_output=True,
        text=True,
        timeout=110,
    )


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A folder whose configuration names a sandbox that is not there: nothing has to start."""
    (tmp_path / "config.yaml").write_text(NO_SANDBOX)
    return tmp_path


@pytest.fixture
def program(quick: Path) -> Iterator[Program]:
    started = Program(quick)
    yield started
    started.close()


# doctor -----------------------------------------------------------------------------------------


def test_a_sound_installation_is_told_to_be_one(tmp_path: Path, sandbox_socket: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        f"sandbox: {{socket: {sandbox_socket}}}\nbackup: {{folder: backups}}\n"
    )
    done = run(tmp_path, "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "ok     configuration: config.yaml is in order"
    assert lines[-1] == "Nothing is wrong."
    for part in ("database", "backups", "lessons", "sandbox", "GPU", "Discord"):
        assert any(f"  {part}: " in line for line in lines), part
    assert "code runs, tier " in done.stdout
    assert not (tmp_path / "tensor-tutor.sqlite3").exists()

    done = run(tmp_path, "doctor", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["well"] is True
    assert checks(done)["sandbox"]["facts"]["tier"] in {"A", "B", "C"}


def test_the_sandbox_that_the_program_starts_is_tried_with_its_walls(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--json")
    found = checks(done)["sandbox"]
    if "running code needs" in found["found"]:
        pytest.skip(found["found"])
    assert done.returncode == 0, found
    assert found["facts"]["walls"]["seccomp"] is True


def test_what_is_wrong_is_told_with_what_to_do_and_ends_in_1(quick: Path) -> None:
    (quick / "tensor-tutor.sqlite3").write_text("my thesis, " * 100)
    lesson = quick / "mine" / "09-mine" / "lesson.yaml"
    lesson.parent.mkdir(parents=True)
    lesson.write_text("schema: 1\nid: mine\nrev: 1\nlocales: [en]\ntitel: Mine\nsections: []\n")
    (quick / "config.yaml").write_text(f"{NO_SANDBOX}lesson_dirs: [mine]\n")
    done = run(quick, "doctor")
    assert done.returncode == 1
    assert (
        "WRONG  database: tensor-tutor.sqlite3: the database is no SQLite database" in done.stdout
    )
    assert "       -> move it away, or name another file as `database`" in done.stdout
    assert "lesson.yaml:5: titel: " in done.stdout
    assert "WRONG  sandbox: at nobody.sock not ready" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 of 7 are wrong."
    assert "Traceback" not in done.stderr
    assert json.loads(run(quick, "doctor", "--json").stdout)["well"] is False


def test_a_configuration_of_no_use_ends_in_2(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("locale: en\nlocales: ko\n")
    done = run(tmp_path, "doctor")
    assert done.returncode == 2
    assert "       -> config.yaml:2: locales: unknown key" in done.stdout
    done = run(tmp_path, "doctor", "--json", "--config", "other.yaml")
    assert done.returncode == 2
    assert "other.yaml" in checks(done)["configuration"]["advice"][0]


async def test_the_token_is_tried_and_never_printed(quick: Path) -> None:
    async with Discord() as double:
        double.guild("Physics")
        done = await asyncio.to_thread(run, quick, "doctor", "--json", **double.environ)
        assert checks(done)["Discord"]["state"] == "well"
        assert TOKEN not in done.stdout + done.stderr
        # Whoever serves a chat wants an operator.
        assert "operators" in checks(done)["configuration"]["advice"][0]

        other = {**double.environ, "DISCORD_TOKEN": "some.other.token"}
        done = await asyncio.to_thread(run, quick, "doctor", **other)
        assert "WRONG  Discord: the token in DISCORD_TOKEN is refused" in done.stdout
        assert "some.other.token" not in done.stdout + done.stderr


# backup -----------------------------------------------------------------------------------------


def test_a_backup_of_the_running_program_can_be_put_back(quick: Path, program: Program) -> None:
    assert "Section 1 of" in program.say("/learn")
    assert "Section 2 of" in program.say("/next")
    done = run(quick, "backup", "copy.sqlite3")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("copy.sqlite3: 0.")
    assert "Section 3 of" in program.say("/next")
    assert program.leave() == 0

    for left in quick.glob("tensor-tutor.sqlite3*"):
        left.unlink()
    shutil.copyfile(quick / "copy.sqlite3", quick / "tensor-tutor.sqlite3")
    again = Program(quick)
    assert "Section 2 of" in again.say("/learn")
    assert again.leave() == 0
    again.close()


def test_a_backup_that_cannot_be_made_says_why_in_one_line(quick: Path) -> None:
    done = run(quick, "backup", "copy.sqlite3")
    assert done.returncode == 1
    assert "there is no database yet" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert run(quick, "backup").returncode == 2
    (quick / "config.yaml").write_text("databse: x\n")
    done = run(quick, "backup", "copy.sqlite3")
    assert done.returncode == 2
    assert "config.yaml:1: databse" in done.stderr


def test_the_running_program_makes_backups_by_itself(quick: Path) -> None:
    (quick / "config.yaml").write_text(f"{NO_SANDBOX}backup: {{folder: backups}}\n")
    program = Program(quick)
    program.say("/learn")
    assert program.leave() == 0
    program.close()
    (made,) = (quick / "backups").iterdir()
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("SELECT count(*) FROM learner").fetchone() is not None


def test_a_database_newer_than_the_program_is_refused_in_one_line(quick: Path) -> None:
    program = Program(quick)
    program.leave()
    program.close()
    with closing(sqlite3.connect(quick / "tensor-tutor.sqlite3")) as database, database:
        database.execute("INSERT INTO migration VALUES (99, 'future')")
    for command in ("console", "export"):
        done = run(quick, command)
        assert done.returncode == 1
        assert "a newer version of Tensor Tutor made this database" in done.stderr
        assert "update the program" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def restoring(folder: Path, how: str) -> str:
    """Return what the document says between stopping and starting, for copy.sqlite3 in `folder`."""
    document = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    section = document.partition("## Backup and restore\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.+?)```", section, re.DOTALL)
    (block,) = [one for one in blocks if f"{how} stop" in one]
    stop, *steps, start = block.splitlines()
    assert (f"{how} stop" in stop, f"{how} start" in start) == (True, True)
    words = shlex.split("\n".join(steps), comments=True)
    script = words[-1] if how == "docker compose" else "\n".join(steps)
    return re.sub(r"/var/backups/tensor-tutor/\S+|/data/backup\S+", "copy.sqlite3", script).replace(
        "/data", str(folder)
    )


@pytest.mark.parametrize("how", ["systemctl", "docker compose"])
def test_restoring_works_as_the_document_says(quick: Path, program: Program, how: str) -> None:
    assert "Section 1 of" in program.say("/learn")
    assert run(quick, "backup", "copy.sqlite3").returncode == 0
    assert "Section 2 of" in program.say("/next")
    program.close()  # as a kill does: what was stored last is still in the log beside the database
    assert (quick / "tensor-tutor.sqlite3-wal").exists()
    script = restoring(quick, how)
    done = subprocess.run(["sh", "-ec", script], cwd=quick, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    again = Program(quick)
    assert "Section 1 of" in again.say("/learn")
    again.close()


def test_the_document_names_every_part_that_the_doctor_looks_at(quick: Path) -> None:
    document = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    section = document.partition("## When something is wrong\n")[2].partition("\n## ")[0]
    block = section.partition("```sh\n")[2].partition("```")[0]
    assert shlex.split(block, comments=True) == ["tensor-tutor", "doctor"]
    for part in checks(run(quick, "doctor", "--json")):
        assert part in section
