"""What a process tree uses, read from /proc: memory above the template's, and CPU time."""

import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass

from sandbox.jail import priority
from sandbox.jail.limits import MIB
from sandbox.supervisor import census

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STATM_BYTES = 256  # seven numbers of at most twenty digits

MOST_SNAPSHOT_BYTES = 128 * MIB
"""A session that holds more has no snapshots: each later write to it would copy a page."""

_MOST_WAITING_CPU_SECONDS = 1.0
"""A snapshot waits: all the CPU time it ever needs is that of a few forks."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over a tree: `memory_bytes` is private plus shared-anonymous memory above the baseline.

    `most_bytes` is what it would be if no process but one shared anything with the template: as when
    they have executed a new program. `working` are the processes that are no snapshots.
    """

    memory_bytes: int
    cpu_seconds: float
    most_bytes: int
    working: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Which processes belong to a session: all of a uid, or all of a process group.

    The group is that of the session's first process, which a snapshot may have replaced since.
    """

    group: int
    uid: int | None

    def pids(self) -> census.Pids:
        """Return the pids of the tree now."""
        return self._among(census.fresh())

    def recent_pids(self, since: float = float("-inf")) -> census.Pids:
        """Return the pids of the tree as of a moment ago, but not of before `since`."""
        return self._among(census.recent(since))

    def is_busy(self, head: int, snapshots: Collection[int], since: float = float("-inf")) -> bool:
        """Tell whether there is more than `head` and `snapshots`, each waiting in its only thread.

        What was started before `since` is seen for certain; younger than a moment, it may be missed.
        """
        known = {head, *snapshots}
        return (
            any(_lives(pid) for pid in self.recent_pids(since) if pid not in known)
            or any(_threads(pid) > 1 for pid in known)
            or any(cpu_seconds(pid) > _MOST_WAITING_CPU_SECONDS for pid in snapshots)
        )

    def step_back(self, nice: int) -> bool:
        """Give the whole tree the priority `nice`; False where this process may not.

        Where Linux shares the CPU out by session (sched(7), autogroup), the session's is set too:
        among sessions that one alone counts.
        """
        try:
            os.setpriority(os.PRIO_PGRP, self.group, nice)
        except PermissionError:
            return False
        except ProcessLookupError:
            pass
        for pid in self.recent_pids()[:1]:
            priority.set_of_session(pid, nice)
        return True

    def _among(self, everybody: census.Census) -> census.Pids:
        if self.uid is not None:
            return everybody.of_uid.get(self.uid, ())
        return everybody.of_group.get(self.group, ())

    def signal(self, number: int) -> None:
        """Signal all of it at once: nothing of a tree can leave its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, number)


def measure(tree: Tree, baseline_bytes: int, snapshots: Collection[int] = ()) -> Usage:
    """Return what `tree` uses now; a process that ends meanwhile counts as nothing.

    A snapshot shares its pages with the session: it is charged only for what it cannot share.
    """
    pids = tree.recent_pids()
    working = tuple(pid for pid in pids if pid not in snapshots)
    allowed = baseline_bytes + MOST_SNAPSHOT_BYTES
    beyond = sum(memory_above(pid, allowed) for pid in pids if pid in snapshots)
    held = [memory_above(pid, 0) for pid in working]
    return Usage(
        memory_bytes=beyond + sum(max(0, bytes_ - baseline_bytes) for bytes_ in held),
        cpu_seconds=sum(cpu_seconds(pid) for pid in pids),
        most_bytes=beyond + max(0, sum(held) - baseline_bytes),
        working=working,
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
    try:
        statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY)  # `open` makes five more system calls
    except OSError:
        return 0
    try:
        _, resident, shared, *_ = os.read(statm, _STATM_BYTES).split()
    except (OSError, ValueError):  # it ended meanwhile
        return 0
    finally:
        os.close(statm)
    return max(0, (int(resident) - int(shared)) * _PAGE - baseline_bytes)


def cpu_seconds(pid: int) -> float:
    """Return user and system time of `pid` and its reaped children."""
    _, _, rest = _read(f"/proc/{pid}/stat").rpartition(")")
    fields = rest.split()
    return sum(int(field) for field in fields[11:15]) / _TICK if len(fields) > 15 else 0.0


def _lives(pid: int) -> bool:
    """Tell whether `pid` is more than a record of how it ended."""
    _, _, rest = _read(f"/proc/{pid}/stat").rpartition(")")
    return rest[1:2] not in ("", "Z", "X")


def _threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
