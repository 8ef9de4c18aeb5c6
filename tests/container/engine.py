"""What starts containers for the tests: a Docker daemon of their own, or runc without any daemon."""

import contextlib
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sandbox.jail import uids
from tests.container.bundle import config

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    *("--network", "none", "--read-only", "--cap-drop", "ALL"),
    *(flag for name in ("SETUID", "SETGID", "KILL", "CHOWN") for flag in ("--cap-add", name)),
    *("--security-opt", "no-new-privileges:true"),
    *("--tmpfs", "/sessions:size=1g,mode=0711,nosuid,nodev", "--tmpfs", "/tmp:size=64m"),
    *("--shm-size", "256m", "--pids-limit", "2048", "--memory", "4g", "--memory-swap", "4g"),
)
"""What `docs/deploying.md` tells people to run the sandbox with; never `--privileged`."""

PYTHON = sys.executable
"""The host's, which is where it is in the container too."""

_PROFILE = ROOT.parent / "shared" / "specs" / "moby_seccomp_default.json"
"""Docker's seccomp profile, which comes with a daemon but not with runc."""

_ENDED_WITH_US = ("docker-init", "-s", "-p", "SIGTERM", "--")
"""A small init in front: it collects what is orphaned behind it, and ends it when we are killed."""

_IMAGE = "tensor-tutor-test:latest"
_PATIENCE_SECONDS = 60.0
_PROGRAMS = ("docker", "docker-init", "dockerd", "containerd", "runc")
_SYSTEM = ("usr", "bin", "lib", "lib64")


class NoDocker(Exception):  # noqa: N818
    """There is no Docker to test with here; the message says why."""


class Engine(Protocol):
    """Containers with our flags and what the host has, read-only."""

    def run(self, *command: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run `command` in a container of its own to its end."""

    def start(self, *command: str, flags: Sequence[str] = ()) -> str:
        """Start `command` in a container of its own; returns the container's id."""

    def main_pid(self, container: str) -> int:
        """Return the pid, as seen from here, of what runs as pid 1 in there."""

    def is_running(self, container: str) -> bool:
        """Tell whether it has not ended."""

    def exit_code(self, container: str) -> int:
        """Return how a container that has ended did so."""

    def words(self, container: str) -> str:
        """Return what a container has written."""

    def stop(self, container: str) -> None:
        """Send SIGTERM and wait for the end; SIGKILL follows after 20 seconds."""

    def remove(self, container: str) -> None:
        """Leave nothing of a container."""


@dataclass(frozen=True)
class Docker:
    """A running daemon, reached by its socket."""

    socket: Path

    def run(self, *command: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        return self._docker("run", "--rm", *FLAGS, *_mounts(), *flags, _IMAGE, *command)

    def start(self, *command: str, flags: Sequence[str] = ()) -> str:
        begun = self._docker("run", "--detach", *FLAGS, *_mounts(), *flags, _IMAGE, *command)
        assert begun.returncode == 0, begun.stderr
        return begun.stdout.strip()

    def main_pid(self, container: str) -> int:
        return int(self._inspect(container, "{{.State.Pid}}"))

    def _inspect(self, container: str, what: str) -> str:
        return self._docker("inspect", "--format", what, container).stdout.strip()

    def is_running(self, container: str) -> bool:
        return self._inspect(container, "{{.State.Running}}") == "true"

    def exit_code(self, container: str) -> int:
        return int(self._inspect(container, "{{.State.ExitCode}}"))

    def words(self, container: str) -> str:
        logs = self._docker("logs", container)
        return logs.stdout + logs.stderr

    def stop(self, container: str) -> None:
        self._docker("stop", "--time", "20", container)

    def remove(self, container: str) -> None:
        self._docker("rm", "--force", "--volumes", container)

    def load_image(self) -> None:
        """Make the image: mount points and one file, because all else is the host's, read-only."""
        made = subprocess.run(
            [*self._client(), "import", "-", _IMAGE],
            input=_root_folder(),
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
        )
        if made.returncode:
            raise NoDocker(f"docker import: {made.stderr.decode(errors='replace').strip()}")

    def _docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._client(), *arguments],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
        )

    def _client(self) -> list[str]:
        return ["docker", "--host", f"unix://{self.socket}"]


@dataclass(frozen=True)
class Runc:
    """runc alone, with Docker's flags and profile translated; all it keeps is below `folder`."""

    folder: Path
    _started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, *command: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(f"run-{next(self._numbers)}", command, flags),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
        )

    def start(self, *command: str, flags: Sequence[str] = ()) -> str:
        container = f"start-{next(self._numbers)}"
        with self._log(container).open("wb") as log:
            self._started[container] = subprocess.Popen(
                self._command(container, command, flags),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return container

    def main_pid(self, container: str) -> int:
        state = subprocess.run(
            [*self._runc(), "state", container], capture_output=True, check=True, timeout=20
        )
        return int(json.loads(state.stdout)["pid"])

    def is_running(self, container: str) -> bool:
        return self._started[container].poll() is None

    def exit_code(self, container: str) -> int:
        return self._started[container].wait(_PATIENCE_SECONDS)

    def words(self, container: str) -> str:
        return self._log(container).read_text("utf-8", errors="replace")

    def stop(self, container: str) -> None:
        self._started[container].terminate()  # runc passes it on
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._started[container].wait(20)

    def remove(self, container: str) -> None:
        subprocess.run(
            [*self._runc(), "delete", "--force", container],
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
        )
        self._started.pop(container).wait(_PATIENCE_SECONDS)

    def _command(self, container: str, command: Sequence[str], flags: Sequence[str]) -> list[str]:
        bundle = self.folder / container
        bundle.mkdir()
        written = config(command, [*FLAGS, *_mounts(), *flags], _PROFILE, self.folder / "rootfs")
        (bundle / "config.json").write_text(json.dumps(written), "utf-8")
        return [*_ENDED_WITH_US, *self._runc(), "run", "--bundle", str(bundle), container]

    def _runc(self) -> list[str]:
        return ["runc", "--root", str(self.folder / "state")]

    def _log(self, container: str) -> Path:
        return self.folder / f"{container}.log"


@contextmanager
def engine() -> Iterator[Engine]:
    """Start a Docker daemon, or where none starts do with runc. Raises NoDocker."""
    with contextlib.ExitStack() as stack:
        try:
            started: Engine = stack.enter_context(docker())
        except NoDocker as no_daemon:
            try:
                started = stack.enter_context(runc())
            except NoDocker as no_runc:
                raise NoDocker(f"{no_daemon}; {no_runc}") from None
        yield started


@contextmanager
def runc() -> Iterator[Runc]:
    """Make ready for containers without a daemon. Raises NoDocker."""
    _must_have("runc", "docker-init")
    if not _PROFILE.is_file():
        raise NoDocker(f"no {_PROFILE}, Docker's own seccomp profile")
    folder = Path(tempfile.mkdtemp(prefix="tt-runc-"))
    try:
        rootfs = folder / "rootfs"
        with tarfile.open(fileobj=io.BytesIO(_root_folder())) as archive:
            archive.extractall(rootfs, filter="fully_trusted")
        yield Runc(folder)
    finally:
        _remove(folder)


def _must_have(*programs: str) -> None:
    missing = [name for name in programs if not _which(name)]
    if os.geteuid() != 0:
        raise NoDocker("containers of our own need root")
    if missing:
        raise NoDocker(f"not installed: {', '.join(missing)} (Debian, Ubuntu: docker.io)")


@contextmanager
def docker() -> Iterator[Docker]:
    """Start a daemon that touches no network and no other daemon's files. Raises NoDocker."""
    _must_have(*_PROGRAMS)
    folder = Path(tempfile.mkdtemp(prefix="tt-docker-"))
    try:
        (folder / "daemon.json").write_text("{}")  # this machine's own is not for us
        with (folder / "log").open("wb") as log:
            daemon = subprocess.Popen(
                _daemon(folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            started = Docker(folder / "docker.sock")
            _await_answer(started, daemon, folder / "log")
            started.load_image()
            yield started
        finally:
            _end(daemon)
    finally:
        _remove(folder)


def _daemon(folder: Path) -> list[str]:
    return [
        *_ENDED_WITH_US,
        *("dockerd", "--host", f"unix://{folder}/docker.sock", "--pidfile", f"{folder}/pid"),
        *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
        *("--config-file", f"{folder}/daemon.json", "--storage-driver", "vfs"),
        *("--bridge=none", "--iptables=false", "--ip6tables=false", "--shutdown-timeout", "5"),
    ]


def _await_answer(started: Docker, daemon: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while started._docker("version").returncode:
        if daemon.poll() is not None or time.monotonic() > give_up:
            raise NoDocker(f"dockerd: {log.read_text(errors='replace').strip()[-300:]}")
        time.sleep(0.1)


def _end(daemon: subprocess.Popen[bytes]) -> None:
    """Stop the daemon, which stops its containers and its containerd."""
    daemon.terminate()
    try:
        daemon.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _remove(folder: Path) -> None:
    """Delete the daemon's folder, with whatever is still mounted in it unmounted first."""
    with Path("/proc/self/mountinfo").open(encoding="utf-8") as mounts:
        points = [line.split()[4] for line in mounts]
    for point in reversed(points):
        if point.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", point], capture_output=True)
    shutil.rmtree(folder)


def _which(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _mounts() -> list[str]:
    """Return the flags that show the host's system, Python and this repository, all read-only.

    The locks of learners' uids are shared with the host, so that its sandboxes and those in here
    never take the same uid.
    """
    shown = {*(f"/{name}" for name in _SYSTEM if _is_folder(f"/{name}")), "/etc/ld.so.cache"}
    python = {sys.base_prefix, os.path.realpath(sys.base_prefix), sys.prefix, str(ROOT)}
    shown |= {path for path in python if not path.startswith("/usr/")}
    locks = uids.lock_folder()
    return [
        *(flag for path in sorted(shown) for flag in ("--volume", f"{path}:{path}:ro")),
        *("--volume", f"{locks}:/run/{locks.name}"),
        *("--workdir", str(ROOT), "--env", "TMPDIR=/sessions"),
        *("--env", "SANDBOX_TEST_TOKEN=a secret"),
    ]


def _root_folder() -> bytes:
    """Return a tar archive of the image: where other things are mounted, and links as on the host."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in (*_SYSTEM, "etc", "run", "tmp", "sessions", "proc", "sys", "dev"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            if name in _SYSTEM and not _is_folder(f"/{name}"):
                entry.type = tarfile.SYMTYPE
                with contextlib.suppress(OSError):
                    entry.linkname = str(Path(f"/{name}").readlink())
            archive.addfile(entry)
        passwd = b"root:x:0:0:root:/root:/usr/sbin/nologin\n"
        entry = tarfile.TarInfo("etc/passwd")
        entry.size, entry.mode = len(passwd), 0o644
        archive.addfile(entry, io.BytesIO(passwd))
    return packed.getvalue()


def _is_folder(path: str) -> bool:
    return Path(path).is_dir() and not Path(path).is_symlink()
