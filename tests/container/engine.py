"""A Docker daemon of the tests' own: started in a folder of its own, gone with all it started."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.jail import uids

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

_IMAGE = "tensor-tutor-test:latest"
_PATIENCE_SECONDS = 60.0
_PROGRAMS = ("docker", "docker-init", "dockerd", "containerd", "runc")
_SYSTEM = ("usr", "bin", "lib", "lib64")


class NoDocker(Exception):  # noqa: N818
    """There is no Docker to test with here; the message says why."""


@dataclass(frozen=True)
class Engine:
    """A running daemon, reached by its socket."""

    socket: Path

    def run(self, *command: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run `command` in a container of its own to its end."""
        return self._docker("run", "--rm", *FLAGS, *_mounts(), *flags, _IMAGE, *command)

    def start(self, *command: str, flags: Sequence[str] = ()) -> str:
        """Start `command` in a container of its own; returns the container's id."""
        begun = self._docker("run", "--detach", *FLAGS, *_mounts(), *flags, _IMAGE, *command)
        assert begun.returncode == 0, begun.stderr
        return begun.stdout.strip()

    def main_pid(self, container: str) -> int:
        """Return the pid, as seen from here, of what runs as pid 1 in there."""
        return int(self.inspect(container, "{{.State.Pid}}"))

    def inspect(self, container: str, what: str) -> str:
        """Return a field of what the daemon knows about a container."""
        return self._docker("inspect", "--format", what, container).stdout.strip()

    def is_running(self, container: str) -> bool:
        return self.inspect(container, "{{.State.Running}}") == "true"

    def words(self, container: str) -> str:
        """Return what a container has written."""
        logs = self._docker("logs", container)
        return logs.stdout + logs.stderr

    def stop(self, container: str) -> None:
        """Send SIGTERM and wait for the end; SIGKILL follows after 20 seconds."""
        self._docker("stop", "--time", "20", container)

    def remove(self, container: str) -> None:
        """Leave nothing of a container."""
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


@contextmanager
def engine() -> Iterator[Engine]:
    """Start a daemon that touches no network and no other daemon's files. Raises NoDocker."""
    missing = [name for name in _PROGRAMS if not _which(name)]
    if os.geteuid() != 0:
        raise NoDocker("a Docker daemon of our own needs root")
    if missing:
        raise NoDocker(f"not installed: {', '.join(missing)} (Debian, Ubuntu: docker.io)")
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
            started = Engine(folder / "docker.sock")
            _await_answer(started, daemon, folder / "log")
            started.load_image()
            yield started
        finally:
            _end(daemon)
    finally:
        _remove(folder)


def _daemon(folder: Path) -> list[str]:
    # The small init in front collects what is orphaned behind it, and ends when we are killed.
    return [
        *("docker-init", "-s", "-p", "SIGTERM", "--"),
        *("dockerd", "--host", f"unix://{folder}/docker.sock", "--pidfile", f"{folder}/pid"),
        *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
        *("--config-file", f"{folder}/daemon.json", "--storage-driver", "vfs"),
        *("--bridge=none", "--iptables=false", "--ip6tables=false", "--shutdown-timeout", "5"),
    ]


def _await_answer(started: Engine, daemon: subprocess.Popen[bytes], log: Path) -> None:
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
