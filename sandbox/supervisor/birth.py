"""What a jailed process is made of."""

import socket
from dataclasses import dataclass

from sandbox.jail.limits import Limits
from sandbox.jail.tiers import Walls
from sandbox.supervisor.usage import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a process is made of: its ends of the descriptors, its folder and who it runs as.

    `pid` is the first process, which leads the group of all that follow.
    """

    pid: int
    uid: int | None
    folder: str
    control: socket.socket
    out: int
    err: int
    limits: Limits
    baseline_bytes: int
    walls: Walls
    snapshots: bool = True
    """Not with a GPU: what is on it would not be copied, and CUDA does not survive a fork."""

    @property
    def tree(self) -> Tree:
        """The process and all that it starts."""
        return Tree(self.pid, self.uid)
