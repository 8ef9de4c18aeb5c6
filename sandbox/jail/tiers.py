"""Which walls this machine and this user can put up: own uids (A), own namespaces (B), or neither (C)."""

import os
import resource
from dataclasses import dataclass
from typing import Literal

from sandbox.jail import landlock, namespaces, seccomp

Tier = Literal["A", "B", "C"]

_CAP_CHOWN, _CAP_KILL, _CAP_SETGID, _CAP_SETUID = 0, 5, 6, 7
_CAP_SYS_NICE, _CAP_SYS_RESOURCE = 23, 24
_NICE_ZERO = 20
_DOCKER = "run Tensor Tutor in Docker on Linux instead"


class NoSandbox(Exception):  # noqa: N818
    """Learner code cannot be walled in here; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What was found: the tier, the Landlock ABI, and whether a lowered priority can be raised again.

    `no_namespaces` says why tier C is not tier B, and is None in the other tiers.
    """

    tier: Tier
    landlock_abi: int
    priority_returns: bool
    no_namespaces: str | None = None


def detect() -> Walls:
    """Return the best tier this process can reach. Raises NoSandbox below tier C."""
    abi = landlock.abi()
    if abi < 1:
        raise NoSandbox(
            f"this kernel has no Landlock, which keeps learner code off your files: "
            f"boot Linux 5.13 or newer with landlock in its lsm= list, or {_DOCKER}"
        )
    if not seccomp.supported():
        raise NoSandbox(
            "this kernel or processor has no seccomp filter that we know: "
            f"use x86_64 or aarch64 with CONFIG_SECCOMP_FILTER, or {_DOCKER}"
        )
    if os.geteuid() == 0 and _capabilities() >= {_CAP_CHOWN, _CAP_KILL, _CAP_SETGID, _CAP_SETUID}:
        return Walls(tier="A", landlock_abi=abi, priority_returns=_priority_returns())
    if os.geteuid() == 0:
        raise NoSandbox(
            "uid 0 without the capabilities SETUID, SETGID, KILL and CHOWN cannot separate "
            "learners: grant those four, or run as a plain user"
        )
    refusal = namespaces.why_not()
    return Walls(
        tier="C" if refusal else "B",
        landlock_abi=abi,
        priority_returns=_priority_returns(),
        no_namespaces=refusal,
    )


def _priority_returns() -> bool:
    """Tell whether a process may get back the priority it had: see RLIMIT_NICE in getrlimit(2)."""
    _, hard = resource.getrlimit(resource.RLIMIT_NICE)
    allowed = hard == resource.RLIM_INFINITY or hard >= _NICE_ZERO
    return allowed or bool(_capabilities() & {_CAP_SYS_NICE, _CAP_SYS_RESOURCE})


def _capabilities() -> set[int]:
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("CapEff:"):
                bits = int(line.split()[1], 16)
                return {number for number in range(64) if bits >> number & 1}
    return set()
