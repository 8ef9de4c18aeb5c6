"""What operators look at and renew: the machine the tutor runs on, and the lessons it has loaded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.tutor.ports import Curriculum


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxState:
    """How full the sandbox is. `gpu_slots` is 0 where there is no GPU."""

    tier: str
    sessions: int
    most_sessions: int
    spares: int
    running: int = 0
    memory_bytes: int = 0
    memory_free: int = 0
    gpu_slots: int = 0
    gpu_free: int = 0
    gpu_waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """What was seen since the start: the usual time to a first reply, in seconds, and what a chat refused.

    `chat_failures` counts requests that the chat left unanswered, failed at or put off.
    """

    first_reply: float | None = None
    chat_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """How the program is. Without a `sandbox` there is none within reach, and `trouble` says why."""

    started: datetime
    running: int
    waiting: int
    database_bytes: int
    sandbox: SandboxState | None = None
    trouble: str = ""
    so_far: SoFar = SoFar()


class Host(Protocol):
    """The machine and the program."""

    async def state(self) -> HostState: ...


class Shelf(Protocol):
    """Lessons that can be read again while the program runs."""

    @property
    def present(self) -> Curriculum:
        """The lessons as they are now; what was returned here never changes."""
        ...

    async def reload(self) -> tuple[str, ...]:
        """Read all lessons again; what is wrong with them, in lines, if they stay as they were."""
        ...
