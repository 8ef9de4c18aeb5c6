"""How much memory is left: to this machine, and to the container that this process lives in."""

from pathlib import Path

from sandbox.jail.limits import MIB

_MOST_FLOOR_BYTES = 512 * MIB
_FLOOR_SHARE = 0.05
_CGROUPS = (
    ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    (
        "/sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
)
"""Versions 2 and 1 of the interface, as a container sees its own: folder, limit, usage, cache."""


def is_short(floor_bytes: int | None = None) -> bool:
    """Tell whether less than `floor_bytes` is left; by default 5 % of what there is, at most 512 MiB."""
    total, left = room()
    if floor_bytes is None:
        floor_bytes = min(_MOST_FLOOR_BYTES, int(total * _FLOOR_SHARE))
    return left < floor_bytes


def room() -> tuple[int, int]:
    """Return total and available bytes of the machine or of the container, wherever less is left."""
    machine = _fields("/proc/meminfo")
    total, left = machine.get("MemTotal:", 0) * 1024, machine.get("MemAvailable:", 0) * 1024
    for folder, limit_name, usage_name, cache_name in _CGROUPS:
        limit, usage = _number(f"{folder}/{limit_name}"), _number(f"{folder}/{usage_name}")
        if limit is None or usage is None or limit >= total:
            continue  # unlimited, or none
        free = limit - usage + _fields(f"{folder}/memory.stat").get(cache_name, 0)
        if free < left:
            total, left = limit, free
    return total, left


def _fields(path: str) -> dict[str, int]:
    """Return the numbers of a file of the kernel's with a name and a number on each line."""
    words = (line.split() for line in _read(path).splitlines())
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdigit()}


def _number(path: str) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
