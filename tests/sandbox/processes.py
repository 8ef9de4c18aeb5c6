"""Who runs on this machine, read from /proc: what tests look at from outside."""

from collections.abc import Callable
from pathlib import Path


def group(pid: int) -> list[int]:
    """Return the processes of a process group that have not ended."""
    return _those(lambda stat: len(stat) > 2 and int(stat[2]) == pid)


def children(pid: int) -> list[int]:
    """Return the children of a process that have not ended."""
    return _those(lambda stat: len(stat) > 1 and int(stat[1]) == pid)


def descendants(pid: int) -> set[int]:
    """Return its children, their children and so on."""
    found: set[int] = set()
    for child in children(pid):
        found |= {child} | descendants(child)
    return found


def alive(pids: set[int]) -> set[int]:
    """Return those that have not ended."""
    return {pid for pid in pids if _state(pid) not in "ZX"}


def command(pid: int) -> str:
    """Return the command line of a process, empty when it is gone."""
    return read(pid, "cmdline").replace("\0", " ")


def read(pid: int, name: str) -> str:
    """Return what /proc says of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def _those(is_one: Callable[[list[str]], bool]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat and stat[0] not in "ZX" and is_one(stat):
                found.append(int(entry.name))
    return found


def _state(pid: int) -> str:
    return (_stat(pid) or [""])[0]


def _stat(pid: int) -> list[str]:
    return read(pid, "stat").rpartition(")")[2].split()
