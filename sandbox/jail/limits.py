"""How much a learner's process tree may use, and the rlimits that hold part of it (getrlimit(2))."""

import argparse
import os
import resource
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Per run: `wall_seconds`, `cpu_seconds` and both of `output`. Per session: all the others."""

    wall_seconds: float = 20.0
    cpu_seconds: float = 10.0
    memory_bytes: int = 1024 * MIB
    output_bytes: int = 1 * MIB
    output_lines: int = 20_000
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * MIB
    disk_bytes: int = 256 * MIB
    disk_files: int = 2000


def limits_of(options: argparse.Namespace) -> Limits:
    """Return the limits that a command line sets."""
    names = ("wall_seconds", "cpu_seconds", "memory_bytes", "output_bytes", "processes")
    return Limits(**{name: getattr(options, name) for name in names})


_ADDRESS_SPACE_PER_MEMORY = 4
"""Address space is reserved far more freely than memory is used: thread stacks, malloc arenas."""


_LIFETIME_CPU_SECONDS = 3600
"""For one process's whole life. Runs are limited from outside; this ends a loop that nobody is left
to end, when guard and supervisor were killed at the same moment."""

_NO_CORE = 1
"""Too small for any core file; and 0 alone would not keep a crash from a program that collects cores:
see "Piping core dumps to a program" in core(5)."""

_NICE_ZERO = 20
"""RLIMIT_NICE for nice 0: whoever lowered a process's priority may also give it back."""


def apply(limits: Limits, *, tasks_elsewhere: int = 0, address_space: bool = True) -> None:
    """Bound this process by rlimits, relative to what it already holds from its template.

    `tasks_elsewhere` counts what the same user runs already: RLIMIT_NPROC counts per user, not per
    process tree. Address space is bounded too: it alone stops shared anonymous mappings, which
    RLIMIT_DATA does not count. Only CUDA cannot live with that: it reserves about twice the memory
    of the device.
    """
    data, reserved = _held()
    _set(resource.RLIMIT_DATA, data + limits.memory_bytes)
    if address_space:
        _set(resource.RLIMIT_AS, reserved + _ADDRESS_SPACE_PER_MEMORY * limits.memory_bytes)
    _set(resource.RLIMIT_FSIZE, limits.file_bytes)
    _set(resource.RLIMIT_NOFILE, limits.open_files)
    _set(resource.RLIMIT_NPROC, limits.processes + tasks_elsewhere)
    _set(resource.RLIMIT_CORE, _NO_CORE)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    _set(resource.RLIMIT_MEMLOCK, 64 * 1024)
    _set(resource.RLIMIT_NICE, _NICE_ZERO)
    _set(resource.RLIMIT_CPU, _LIFETIME_CPU_SECONDS)


def _set(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _held() -> tuple[int, int]:
    page = os.sysconf("SC_PAGE_SIZE")
    with open("/proc/self/statm", encoding="ascii") as statm:
        fields = [int(field) * page for field in statm.read().split()]
    return fields[5], fields[0]
