"""Every `docker` command in the documents does what they say, run as it stands against compose.yaml."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.documents.reading import ROOT, exercises
from tests.image.deployment import Deployment, until

pytestmark = pytest.mark.timeout(3600)

_CODE = "```\nprint(6 * torch.tensor(7))\n```\n"
_BACKUP = "/data/backup.sqlite3"
_TOKEN = "another-token.of-the.image-test"
# Adds which project is meant, and that there is no terminal. Compose 1 knows neither `cp` nor a `.env`
# beside whoever calls it.
_DOCKER = """#!/bin/sh
[ "$1" = compose ] || exec {docker} "$@"
shift
verb=$1
shift
[ -e .env ] && settings="--env-file $PWD/.env"
case "$verb" in
  cp) exec {docker} cp "$({compose} ps -q "${{1%%:*}}"):${{1#*:}}" "$2" ;;
  exec | run) exec {compose} $settings "$verb" -T "$@" ;;
  *) exec {compose} $settings "$verb" "$@" ;;
esac
"""


@dataclass(frozen=True)
class Operator:
    """Somebody at a shell on the host, in a folder of their own."""

    deployed: Deployment
    folder: Path

    def run(
        self, script: str, *, stdin: str = "", seconds: float = 300, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run what a document says to its end."""
        path = f"{self.folder.parent / 'shim'}{os.pathsep}{self.deployed.environ['PATH']}"
        return subprocess.run(
            ["bash", "-ec", script],
            cwd=self.folder,
            env={**self.deployed.environ, "PATH": path, **environ},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def said(self, script: str, *, stdin: str = "", seconds: float = 300) -> str:
        """Run what a document says, which has to succeed, and return its output."""
        done = self.run(script, stdin=stdin, seconds=seconds)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def learner(self, *lines: str) -> str:
        """Return what the tutor says to somebody whom it knows."""
        done = self.deployed.inside(
            *("bot", "tensor-tutor", "console", "--learner", "lin", "--locale", "en"),
            stdin="".join(f"{line}\n" for line in lines).encode(),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def operator(deployed: Deployment, tmp_path: Path) -> Iterator[Operator]:
    docker = shutil.which("docker", path=deployed.environ["PATH"])
    assert docker is not None
    (tmp_path / "shim").mkdir()
    (tmp_path / "folder").mkdir()
    program, *options = deployed.command
    compose = [docker if program == "docker" else program, *options]
    shim = tmp_path / "shim/docker"
    shim.write_text(_DOCKER.format(docker=docker, compose=shlex.join(compose)))
    shim.chmod(0o755)
    yield Operator(deployed, tmp_path / "folder")
    deployed.compose("up", "-d", "--no-build")
    _is_well(deployed)


def _is_well(deployed: Deployment) -> None:
    deployed.ready()
    for service in ("bot", "sandbox"):
        until(lambda service=service: deployed.is_healthy(service), f"{service} is not healthy")  # type: ignore[misc]


# Starting and stopping --------------------------------------------------------------------------


@exercises("docker compose up -d")
def test_what_is_down_is_started(operator: Operator, script: str) -> None:
    operator.deployed.compose("stop")
    operator.said(script)
    _is_well(operator.deployed)


@exercises(
    "echo 'DISCORD_TOKEN=…' >.env && docker compose up -d",
    "git clone … tensor-tutor && cd tensor-tutor … docker compose up -d",
)
def test_the_token_gets_from_the_file_to_the_bot(operator: Operator, script: str) -> None:
    filled = script.replace("TOKEN=…", f"TOKEN={_TOKEN}").replace("…", shlex.quote(str(ROOT)))
    filled = f"unset DISCORD_TOKEN\n{filled}"
    done = operator.run(filled)
    assert done.returncode == 0, done.stderr
    assert f"DISCORD_TOKEN={_TOKEN}" in operator.deployed.inspect("bot")["Config"]["Env"]
    (written,) = operator.folder.rglob(".env")
    if "chmod" in script:
        assert (written.stat().st_mode & 0o777, written.parent.name) == (0o600, "tensor-tutor")


@exercises("docker compose ps")
def test_both_containers_are_said_to_be_healthy(operator: Operator, script: str) -> None:
    assert operator.said(script).count("healthy") == 2


@exercises("docker compose restart bot")
def test_the_bot_is_started_anew(operator: Operator, script: str) -> None:
    before = operator.deployed.inspect("bot")["State"]["StartedAt"]
    operator.said(script)
    assert operator.deployed.inspect("bot")["State"]["StartedAt"] > before
    _is_well(operator.deployed)


@exercises("docker kill")
def test_what_the_operator_kills_stays_down(operator: Operator, script: str) -> None:
    operator.said(f"{script} {operator.deployed.container('bot')}")
    time.sleep(3)  # a container that is to come back would have done so by now
    state = operator.deployed.inspect("bot")["State"]
    assert (state["Running"], state["Restarting"]) == (False, False)


# The log ----------------------------------------------------------------------------------------


@exercises("docker compose logs")
def test_the_log_has_what_the_containers_say(operator: Operator, script: str) -> None:
    said = operator.deployed.words("bot").splitlines()
    assert said
    assert said[-1] in operator.said(script)


@exercises("docker compose logs | grep 3f9a0c7be211")
def test_one_request_is_found_in_the_log_by_its_name(operator: Operator, script: str) -> None:
    deployed = operator.deployed
    deployed.compose("up", "-d", "--no-build", SANDBOX_FLAGS="--log-level info")
    deployed.ready()
    operator.learner(_CODE)
    named = re.findall(r"\b[0-9a-f]{12}\b", deployed.words("sandbox"))
    assert named, deployed.words("sandbox")
    lines = operator.said(script.replace("3f9a0c7be211", named[-1])).splitlines()
    assert lines
    assert [line for line in lines if named[-1] not in line] == []


# The command inside -----------------------------------------------------------------------------


@exercises("docker compose exec bot tensor-tutor console")
def test_code_runs_for_whoever_sits_at_the_host(operator: Operator, script: str) -> None:
    assert "tensor(42)" in operator.said(script, stdin=_CODE)


@exercises("docker compose exec bot tensor-tutor doctor")
def test_the_doctor_sees_the_sandbox_from_the_bot(operator: Operator, script: str) -> None:
    said = operator.run(script).stdout  # this token is refused, which the doctor minds
    assert "sandbox: code runs, tier A" in said
    assert re.search(r"^ok +database: ", said, re.MULTILINE)


@exercises("docker compose exec sandbox python -m sandbox doctor")
def test_the_sandboxs_doctor_says_tier_a(operator: Operator, script: str) -> None:
    assert operator.said(script).startswith("ready: tier A")


# Backup and restore -----------------------------------------------------------------------------


@exercises(f"docker compose exec bot tensor-tutor backup {_BACKUP}")
def test_a_backup_is_made_in_the_volume(operator: Operator, script: str) -> None:
    assert operator.said(script).startswith(f"{_BACKUP}: ")
    assert operator.deployed.inside("bot", "test", "-s", _BACKUP).returncode == 0


@exercises(f"docker compose cp bot:{_BACKUP} .")
def test_a_backup_is_brought_to_the_host(operator: Operator, script: str) -> None:
    operator.learner("/learn")
    assert operator.deployed.inside("bot", "tensor-tutor", "backup", _BACKUP).returncode == 0
    operator.said(script)
    with closing(sqlite3.connect(operator.folder / "backup.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM learner").fetchone()[0] > 0


@exercises("docker compose stop bot … docker compose start bot")
def test_a_backup_in_the_volume_is_restored(operator: Operator, script: str) -> None:
    deployed = operator.deployed
    operator.learner("/learn")
    then = _section(operator.learner("/next"))
    assert deployed.inside("bot", "tensor-tutor", "backup", _BACKUP).returncode == 0
    assert _section(operator.learner("/next")) == then + 1
    operator.said(script)
    deployed.ready()
    assert _section(operator.learner("/learn")) == then
    assert deployed.inside("bot", "rm", "-r", "/data/broken").returncode == 0


def _section(said: str) -> int:
    """Return which section was shown last."""
    return int(re.findall(r"Section ([0-9]+) of", said)[-1])


# Building ---------------------------------------------------------------------------------------


@exercises("docker compose up -d --build")
def test_an_upgrade_builds_and_starts(operator: Operator, script: str) -> None:
    operator.said(script, seconds=1800)
    _is_well(operator.deployed)


@exercises("docker compose build --build-arg PIP_INDEX_URL=https://…")
def test_the_address_of_a_mirror_is_taken_and_stays_in_no_image(
    operator: Operator, script: str
) -> None:
    operator.said(script.replace("…", "mirror.invalid/simple"), seconds=3000)
    for image in ("tensor-tutor-bot", "tensor-tutor-sandbox"):
        assert "mirror.invalid" not in operator.deployed.docker.said("inspect", image)
        history = operator.deployed.docker.said("history", "--no-trunc", image)
        assert "mirror.invalid" not in history
