"""Learners' code lets go first what answers everybody: on a busy machine a chat still answers at once."""

import contextlib
import os

NICE = 10
"""Against a bot and a supervisor at 0 it weighs a tenth, see sched(7); among learners nothing changes."""


def step_behind() -> None:
    """Lower the priority of this process and of its session, which must be its own.

    A sandbox that was itself started further behind stays there.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) < NICE:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    set_of_session("self", NICE)


def set_of_session(pid: int | str, nice: int) -> None:
    """Set the priority of the whole session of `pid`, where Linux shares the CPU out by session.

    That is sched(7), autogroup: among sessions that one alone counts. It is done where it can be: who
    has no CAP_SYS_ADMIN may change one ten times a second in all.
    """
    with contextlib.suppress(OSError), open(f"/proc/{pid}/autogroup", "w") as autogroup:
        autogroup.write(str(nice))
