"""A Docker daemon to build and run with: the one that runs here, else one of our own that leaves nothing."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ENDED_WITH_US = ("docker-init", "-s", "-p", "SIGTERM", "--")
_INSTALLED = {
    "dockerd": "docker.io",
    "docker-init": "docker.io",
    "docker-compose": "docker-compose",
}
_PATIENCE_SECONDS = 60.0
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


class NoImages(Exception):  # noqa: N818
    """Images cannot be built or run here; the message says why."""


@dataclass(frozen=True)
class Docker:
    """A daemon and how to reach it."""

    environ: Mapping[str, str]

    def run(
        self, *arguments: str, seconds: float = 120, stdin: bytes | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `docker` to its end; what it says is in the result."""
        done = subprocess.run(
            ["docker", *arguments],
            env=self.environ,
            input=stdin,
            capture_output=True,
            timeout=seconds,
        )
        words = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, *words)

    def said(self, *arguments: str, seconds: float = 120) -> str:
        """Run `docker`, which has to succeed, and return what it prints."""
        done = self.run(*arguments, seconds=seconds)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def install(**packages: str) -> None:
    """Install Debian's packages for the programs that are missing. Raises NoImages."""
    missing = sorted(
        {pack for name, pack in packages.items() if not shutil.which(name, path=_PATH)}
    )
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoImages(f"not installed: {', '.join(missing)}; as root on Debian I would do it")
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "-qq", *command], capture_output=True, text=True, timeout=600
        )
        if done.returncode:
            raise NoImages(f"apt-get {' '.join(command)}: {done.stderr.strip()[-300:]}")


@contextmanager
def daemon() -> Iterator[Docker]:
    """Yield the daemon that runs, else start one. Raises NoImages."""
    environ = {**os.environ, "PATH": _PATH}
    running = Docker(environ)
    if shutil.which("docker", path=_PATH) and running.run("version").returncode == 0:
        yield running
        return
    if os.geteuid() != 0:
        raise NoImages("no Docker daemon runs, and starting one takes root")
    install(**{name: package for name, package in _INSTALLED.items() if name != "docker-compose"})
    folder = Path(tempfile.mkdtemp(prefix="tt-images-"))
    started = Docker({**environ, "DOCKER_HOST": f"unix://{folder}/docker.sock"})
    try:
        (folder / "daemon.json").write_text("{}")  # this machine's own is not for us
        process = _start(started, folder)
        try:
            yield started
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_SECONDS)
            process.kill()
            process.wait()
    finally:
        _remove(folder)


def _start(docker: Docker, folder: Path) -> subprocess.Popen[bytes]:
    """Start with overlayfs, which shares layers; where there is none every layer is a whole copy."""
    for driver in ("overlay2", "vfs"):
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                _command(folder, driver),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=docker.environ,
            )
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < give_up:
            if docker.run("version").returncode == 0:
                return process
            time.sleep(0.2)
        process.kill()
        process.wait()
    raise NoImages(f"dockerd: {(folder / 'log').read_text(errors='replace').strip()[-300:]}")


def _command(folder: Path, driver: str) -> list[str]:
    return [
        *_ENDED_WITH_US,
        *("dockerd", "--host", f"unix://{folder}/docker.sock", "--pidfile", f"{folder}/pid"),
        *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
        *("--config-file", f"{folder}/daemon.json", "--storage-driver", driver),
        *("--bridge=none", "--iptables=false", "--ip6tables=false", "--shutdown-timeout", "5"),
    ]


def _remove(folder: Path) -> None:
    with Path("/proc/self/mountinfo").open(encoding="utf-8") as mounts:
        points = [line.split()[4] for line in mounts]
    for point in reversed(points):
        if point.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", point], capture_output=True)
    shutil.rmtree(folder)
