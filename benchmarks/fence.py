"""Keeps a process and all that it starts within the limits that compose.yaml gives its container."""

import contextlib
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml

_COMPOSE = Path(__file__).parent.parent / "compose.yaml"
_CGROUPS = Path("/sys/fs/cgroup")
_DEFAULT = re.compile(r"\$\{\w+:-(?P<default>[^}]*)\}")
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one container may use."""

    memory: int
    pids: int


class Fence(Protocol):
    """Holds a process with its children; `told` is how."""

    @property
    def told(self) -> str: ...
    def around(self, *command: str) -> tuple[str, ...]: ...
    def memory(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class _Cgroups:
    """One group of the unified hierarchy, or one in each of two older ones."""

    folders: tuple[Path, ...]
    told: str
    usage: str
    caches: tuple[str, str]

    def around(self, *command: str) -> tuple[str, ...]:
        """Return a command that goes into the groups before it becomes `command`."""
        joins = "".join(f"echo $$ >{shlex.quote(f'{one}/cgroup.procs')}\n" for one in self.folders)
        return ("/bin/sh", "-ec", joins + 'exec "$@"', "sh", *command)

    def memory(self) -> int | None:
        """Return the bytes in use, without copies of what is on the disk: the kernel drops those at need."""
        folder = self.folders[0]
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        cached = sum(int(stat.get(name, 0)) for name in self.caches)
        return int((folder / self.usage).read_text()) - cached


@dataclass(frozen=True, slots=True)
class _Unfenced:
    """Where no group can be made, limits are not enforced; only the sandbox's own hold."""

    told: str = "not enforced here: no cgroup can be made (run it as root)"

    def around(self, *command: str) -> tuple[str, ...]:
        return command

    def memory(self) -> int | None:
        return None


def limits_of(service: str) -> Limits:
    """Return what compose.yaml lets a service use, where nobody has set anything else."""
    found = yaml.safe_load(_COMPOSE.read_text(encoding="utf-8"))["services"][service]
    memory = _DEFAULT.sub(r"\g<default>", str(found["mem_limit"])).lower()
    return Limits(int(memory[:-1]) * _UNITS[memory[-1]], int(found["pids_limit"]))


@contextmanager
def fence(name: str, limits: Limits) -> Iterator[Fence]:
    """Yield a fence of these limits; the processes within have to be gone when the block ends."""
    made: list[Path] = []
    try:
        yield _unified(name, limits, made) or _older(name, limits, made) or _Unfenced()
    finally:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _unified(name: str, limits: Limits, made: list[Path]) -> Fence | None:
    folder = _CGROUPS / f"tensor-tutor-{name}-{os.getpid()}"
    if not (_CGROUPS / "cgroup.controllers").exists():
        return None
    try:
        (_CGROUPS / "cgroup.subtree_control").write_text("+memory +pids")
        folder.mkdir()
        made.append(folder)
        (folder / "memory.max").write_text(str(limits.memory))
        (folder / "pids.max").write_text(str(limits.pids))
    except OSError:
        return None
    caches = ("inactive_file", "active_file")
    return _Cgroups((folder,), "by cgroup v2", "memory.current", caches)


def _older(name: str, limits: Limits, made: list[Path]) -> Fence | None:
    folders = [_CGROUPS / one / f"tensor-tutor-{name}-{os.getpid()}" for one in ("memory", "pids")]
    try:
        for folder in folders:
            folder.mkdir()
            made.append(folder)
        (folders[0] / "memory.limit_in_bytes").write_text(str(limits.memory))
        (folders[1] / "pids.max").write_text(str(limits.pids))
    except OSError:
        return None
    usage, caches = "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")
    return _Cgroups(tuple(folders), "by cgroups v1", usage, caches)
