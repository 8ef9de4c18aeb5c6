"""What an attacker would like to reach: things this test run owns, watched from outside the sandbox."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sandbox.processes import children, read

MARK = "TT-SECRET-"
SECRET = MARK + secrets.token_hex(16)
"""Lies wherever nobody may look; it must never come out of a run."""


@dataclass(frozen=True)
class Supervisor:
    """The supervisor behind a socket, as the kernel names it."""

    pid: int
    uid: int

    @classmethod
    def behind(cls, path: Path) -> "Supervisor":
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(path))
            credentials = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return cls(*(int.from_bytes(credentials[n : n + 4], "little") for n in (0, 4)))

    @property
    def template(self) -> int:
        return next(p for p in children(self.pid) if "sandbox.child" in read(p, "cmdline"))

    def channels(self) -> int:
        """Count its pipes and sockets."""
        links = [str(entry.readlink()) for entry in Path(f"/proc/{self.pid}/fd").iterdir()]
        return sum(link.startswith(("pipe:", "socket:")) for link in links)

    def peak_bytes(self) -> int:
        return _status(self.pid, "VmHWM")

    def forget_peak(self) -> int:
        """Start its peak anew and return what it holds now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return _status(self.pid, "VmRSS")


@dataclass
class Canaries:
    """A process, a file, a folder and local sockets of the supervisor's own user, open to everybody."""

    process: subprocess.Popen[bytes]
    folder: Path
    sockets: dict[str, socket.socket]
    before: dict[str, object] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "secret"

    def given(self) -> dict[str, str | int]:
        return {
            "canary_pid": self.process.pid,
            "canary_file": str(self.file),
            "canary_folder": str(self.folder),
            "canary_stream": str(self.folder / "stream"),
            "canary_datagrams": str(self.folder / "datagrams"),
            "canary_abstract": self._abstract(),
        }

    def _abstract(self) -> str:
        return str(self.sockets["abstract"].getsockname()[1:].decode())

    def harm(self) -> list[str]:
        """Tell what was done to them since the last time."""
        found = [f"{name} was reached" for name, own in self.sockets.items() if _was_reached(own)]
        now = self._state()
        found += [f"{k} is {now[k]}, was {v}" for k, v in self.before.items() if now[k] != v]
        self.file.chmod(0o666)
        self.folder.chmod(0o777)
        self.before = self._state()
        return found

    def _state(self) -> dict[str, object]:
        pid = self.process.pid
        stat = read(pid, "stat").rpartition(")")[2].split()
        return {
            "process": "gone" if not stat or stat[0] in "ZXTt" else "there",
            "nice": stat[16:17],
            "affinity": os.sched_getaffinity(pid) if stat else None,
            "limits": read(pid, "limits"),
            "oom": read(pid, "oom_score_adj"),
            "file": (self.file.read_text(), oct(self.file.stat().st_mode)),
            "folder": (
                sorted(path.name for path in self.folder.iterdir()),
                oct(self.folder.stat().st_mode),
            ),
        }


@contextmanager
def canaries(uid: int) -> Iterator[Canaries]:
    """Set them up as `uid`, and take them away again."""
    with tempfile.TemporaryDirectory(prefix="tt-canary-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret").write_text(SECRET)
        (folder / "secret").chmod(0o666)
        sockets = {
            "stream": _listening(socket.SOCK_STREAM, str(folder / "stream")),
            "datagrams": _listening(socket.SOCK_DGRAM, str(folder / "datagrams")),
            "abstract": _listening(socket.SOCK_STREAM, f"\0{folder.name}"),
        }
        somebody_else: dict[str, Any] = {}
        if uid != os.geteuid():
            for path in (folder, *folder.iterdir()):
                os.chown(path, uid, uid)
            somebody_else = {"user": uid, "group": uid, "extra_groups": []}
        process = subprocess.Popen(["/bin/sleep", "1000"], env={"CANARY": SECRET}, **somebody_else)
        try:
            watched = Canaries(process, folder, sockets)
            watched.harm()
            yield watched
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
            for own in sockets.values():
                own.close()


def _status(pid: int, name: str) -> int:
    lines = [line for line in read(pid, "status").splitlines() if line.startswith(f"{name}:")]
    return int(lines[0].split()[1]) * 1024


def _listening(kind: int, address: str) -> socket.socket:
    own = socket.socket(socket.AF_UNIX, kind)
    own.bind(address)
    if not address.startswith("\0"):
        Path(address).chmod(0o777)
    if kind == socket.SOCK_STREAM:
        own.listen()
    own.setblocking(False)
    return own


def _was_reached(own: socket.socket) -> bool:
    try:
        if own.type == socket.SOCK_DGRAM:
            own.recv(1)
        else:
            own.accept()[0].close()
    except BlockingIOError:
        return False
    return True
