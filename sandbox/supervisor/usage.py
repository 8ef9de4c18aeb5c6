"""What a process tree uses, read from /proc: memory above the template's, and CPU time."""

import contextlib
import os
from dataclasses import dataclass

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over a tree: `memory_bytes` is private plus shared-anonymous memory above the baseline."""

    memory_bytes: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Tree:
    """Which processes belong to a session: all of a uid, or all of a process group."""

    main_pid: int
    uid: int | None

    def pids(self) -> list[int]:
        """Return the pids of the tree now."""
        if self.uid is not None:
            return [pid for pid in _all_pids() if _owner(pid) == self.uid]
        return [pid for pid in _all_pids() if _group(pid) == self.main_pid]

    def is_busy(self) -> bool:
        """Tell whether there is more than the main process waiting in its only thread."""
        return self.pids() != [self.main_pid] or _threads(self.main_pid) > 1

    def step_back(self, nice: int) -> bool:
        """Give the whole tree the priority `nice`; False where this process may not."""
        try:
            os.setpriority(os.PRIO_PGRP, self.main_pid, nice)
        except PermissionError:
            return False
        except ProcessLookupError:
            pass
        return True

    def signal(self, number: int) -> None:
        """Signal all of it at once: nothing of a tree can leave its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.main_pid, number)


def measure(tree: Tree, baseline_bytes: int) -> Usage:
    """Return what `tree` uses now; a process that ends meanwhile counts as nothing."""
    pids = tree.pids()
    return Usage(
        memory_bytes=sum(memory_above(pid, baseline_bytes) for pid in pids),
        cpu_seconds=sum(cpu_seconds(pid) for pid in pids),
    )


def memory_above(pid: int, baseline_bytes: int) -> int:
    """Return the anonymous and shared resident bytes of `pid` beyond `baseline_bytes`, at least 0."""
    held = 0
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith(("RssAnon:", "RssShmem:")):
            held += int(line.split()[1]) * 1024
    return max(0, held - baseline_bytes)


def private_above(pid: int, baseline_bytes: int) -> int:
    """Return about the anonymous bytes of `pid` beyond the baseline, the quickest way there is."""
    fields = _read(f"/proc/{pid}/statm").split()
    held = (int(fields[1]) - int(fields[2])) * _PAGE if len(fields) > 2 else 0
    return max(0, held - baseline_bytes)


def cpu_seconds(pid: int) -> float:
    """Return user and system time of `pid` and its reaped children."""
    _, _, rest = _read(f"/proc/{pid}/stat").rpartition(")")
    fields = rest.split()
    return sum(int(field) for field in fields[11:15]) / _TICK if len(fields) > 15 else 0.0


def _threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _owner(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return -1


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
