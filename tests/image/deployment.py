"""compose.yaml with compose.cpu.yaml, up and running, and what an operator can do to it."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sandbox.jail import uids
from tests.container.engine import ROOT
from tests.image.daemon import Docker, install
from tests.sandbox.canaries import Canaries, canaries

TOKEN = "a-token.of-the.image-test"
PROJECT = "tensor-tutor-image-test"
START_SECONDS = 90.0
_BUILD_SECONDS = 1800.0
_FILES = ("compose.yaml", "compose.cpu.yaml")


@dataclass
class Deployment:
    """The two containers. `seconds` tells how long what took."""

    docker: Docker
    command: Sequence[str]
    environ: Mapping[str, str]
    watched: Canaries
    seconds: dict[str, float] = field(default_factory=dict)

    def compose(self, *arguments: str, seconds: float = 120, **environ: str) -> str:
        """Run compose, which has to succeed; return all that it says."""
        began = time.monotonic()
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=ROOT,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
        )
        self.seconds[" ".join(arguments)] = time.monotonic() - began
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, said[-3000:]
        return said

    def container(self, service: str) -> str:
        """Return the id of the service's container, running or not."""
        found = self.docker.said(
            *("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"),
            *("--filter", f"label=com.docker.compose.service={service}"),
        )
        (one,) = found.split()
        return one

    def inspect(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.docker.said("inspect", self.container(service)))[0]
        return found

    def inside(
        self, service: str, *command: str, user: str | None = None, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` in the service's container."""
        who = ["--user", user] if user else []
        return self.docker.run(
            *("exec", "--interactive", *who, self.container(service), *command),
            stdin=stdin,
            seconds=300,
        )

    def main_pid(self, service: str) -> int:
        """Return what runs as pid 1 in there, as seen from here."""
        return int(self.inspect(service)["State"]["Pid"])

    def program_pid(self, service: str, words: str) -> int:
        """Return the first process behind the init whose command line has `words` in it."""
        listed = self.docker.said("top", self.container(service), "-eo", "pid,args").splitlines()
        return int(next(line for line in listed if words in line and "init" not in line).split()[0])

    def words(self, service: str) -> str:
        logs = self.docker.run("logs", self.container(service))
        return logs.stdout + logs.stderr

    def socket(self) -> Path:
        """Return where the sandbox's socket is found from here."""
        return Path(f"/proc/{self.main_pid('sandbox')}/root/run/tensor-tutor/socket")

    def kill(self, service: str) -> None:
        """Kill all of a container as the kernel would, not by Docker, which would take it for meant."""
        before = self.inspect(service)["State"]["StartedAt"]
        os.kill(self.main_pid(service), signal.SIGKILL)
        until(lambda: self.inspect(service)["State"]["StartedAt"] != before, "it is not restarted")

    def is_healthy(self, service: str) -> bool:
        return bool(self.inspect(service)["State"]["Health"]["Status"] == "healthy")

    def ready(self) -> None:
        """Wait until the sandbox serves and the bot's container reaches it."""
        health = ("python", "-m", "sandbox", "health", "--socket", "/run/tensor-tutor/socket")
        until(
            lambda: self.inside("bot", *health).returncode == 0,
            "no sandbox: " + self.words("sandbox")[-1000:] + self.words("bot")[-1000:],
        )


def until(happened: Callable[[], bool], otherwise: str, seconds: float = START_SECONDS) -> None:
    """Wait for something; fail with `otherwise` if it does not happen."""
    give_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up, otherwise
        time.sleep(0.3)


@contextmanager
def deployment(docker: Docker, base: str, wheels: str) -> Iterator[Deployment]:
    """Build, and start as an operator does without a GPU. Raises NoImages."""
    with tempfile.TemporaryDirectory(prefix="tt-compose-") as name:
        folder = Path(name)
        (folder / "lessons").mkdir()
        more = _more(docker, base, wheels)
        _write(folder, more)
        environ = {**docker.environ, "DISCORD_TOKEN": TOKEN, "TUTOR_LESSONS": f"{folder}/lessons"}
        with canaries(0) as watched:
            started = Deployment(docker, _compose(docker, folder), environ, watched)
            try:
                started.compose("build", seconds=_BUILD_SECONDS)
                more["services"]["sandbox"]["volumes"] = _shown(watched)
                _write(folder, more)
                began = time.monotonic()
                started.compose("up", "-d")
                started.ready()
                started.seconds["first start"] = time.monotonic() - began
                yield started
            finally:
                started.compose("down", "--volumes", "--timeout", "20")


def _more(docker: Docker, base: str, wheels: str) -> dict[str, Any]:
    """Return what is set here and by no operator: where building finds things, and a quick pulse."""
    args = {"BASE": base, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels}
    service: dict[str, Any] = {
        "build": {"args": args, "network": "host"},
        "healthcheck": {"interval": "3s", "start_period": "60s"},
    }
    network: dict[str, Any] = {}
    if docker.run("network", "create", f"{PROJECT}-probe").returncode:
        network = {"network_mode": "host"}  # a kernel without bridges
    docker.run("network", "rm", f"{PROJECT}-probe")
    memory = {"mem_limit": "4g", "memswap_limit": "4g"}
    return {"services": {"bot": {**service, **network}, "sandbox": {**service, **memory}}}


def _shown(watched: Canaries) -> list[str]:
    """Return what attackers are to leave alone, and the locks that keep uids from two at a time."""
    locks = uids.lock_folder()
    return [f"{watched.folder}:{watched.folder}", f"{locks}:/run/{locks.name}"]


def _write(folder: Path, more: Mapping[str, Any]) -> None:
    (folder / "more.yaml").write_text(yaml.safe_dump(dict(more)), "utf-8")


def _compose(docker: Docker, folder: Path) -> list[str]:
    """Return the command; the files are given as they are to a Compose that is new enough."""
    said = docker.run("compose", "version", "--short").stdout
    found = re.match(r"v?(\d+)\.(\d+)", said)
    if found and (int(found[1]), int(found[2])) >= (2, 24):
        program, files = ["docker", "compose"], [ROOT / name for name in _FILES]
    else:
        install(**{"docker-compose": "docker-compose"})
        program, files = ["docker-compose"], _without_reset(folder)
    named = [word for file in [*files, folder / "more.yaml"] for word in ("--file", str(file))]
    return [*program, "--project-name", PROJECT, "--project-directory", str(ROOT), *named]


class _Loader(yaml.SafeLoader):
    """Reads `!reset` too, which Compose 1 does not know: it takes away what an earlier file has."""


_RESET = object()
_Loader.add_constructor("!reset", lambda *_: _RESET)


def _without_reset(folder: Path) -> list[Path]:
    """Return copies of the two files in which what one takes away from the other is gone."""
    whole, override = (yaml.load((ROOT / name).read_text("utf-8"), _Loader) for name in _FILES)
    for name, service in override["services"].items():
        for key in [key for key, value in service.items() if value is _RESET]:
            del service[key], whole["services"][name][key]
    del whole["services"]["bot"]["ports"]  # Compose 1 refuses them where the network is the host's
    for name, content in zip(_FILES, (whole, override), strict=True):
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return [folder / name for name in _FILES]
