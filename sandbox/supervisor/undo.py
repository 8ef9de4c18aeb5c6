"""Leave nothing of a run, or of a session, behind: kill until nothing breeds, wipe its folder."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable

from sandbox.jail import uids
from sandbox.supervisor.reaper import Reaper
from sandbox.supervisor.snapshots import signal_member
from sandbox.supervisor.usage import Tree

_PAUSE_SECONDS = 0.005
_BREEDING_SECONDS = 0.5
_DYING_SECONDS = 5.0
"""A gibibyte takes its time to be given back on a busy machine."""

_DYING_PAUSE_SECONDS = 0.1
"""Each look goes through all processes there are, and others wait meanwhile."""


async def kill_all_but(spared: frozenset[int], tree: Tree) -> bool:
    """Kill all of `tree` but `spared`; False when something still breeds after half a second.

    The whole group is stopped first: what stands still cannot breed. What was killed before and
    brings forth nobody is only slow to die, and gets longer.
    """
    started = time.monotonic()
    killed: set[int] = set()
    while (passed := time.monotonic() - started) < _DYING_SECONDS:
        tree.signal(signal.SIGSTOP)
        others = set(tree.pids()) - spared
        if not others:
            return True
        if passed > _BREEDING_SECONDS and others - killed:
            return False
        killed |= others
        for pid in others:
            signal_member(pid, tree.group, signal.SIGKILL)
        is_slow = passed > _BREEDING_SECONDS
        await asyncio.sleep(_DYING_PAUSE_SECONDS if is_slow else _PAUSE_SECONDS)
    return False


async def undo(tree: Tree, folder: str, reaper: Reaper) -> None:
    """Return when no process of `tree` is left and `folder` is gone."""
    if tree.uid is None:
        await _kill_group(tree.group)
    else:
        while not await _helped(tree, uids.kill_all_of_mine, reaper):  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(_PAUSE_SECONDS)
    await _helped(tree, lambda: uids.wipe(folder), reaper)
    with contextlib.suppress(OSError):
        os.rmdir(folder)


async def _kill_group(group: int) -> None:
    while True:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _helped(tree: Tree, action: Callable[[], bool], reaper: Reaper) -> bool:
    """Run `action` in a forked helper under the tree's uid without holding up the loop."""
    status = await reaper.watch(uids.fork_as(tree.uid, action))
    return os.waitstatus_to_exitcode(status) == 0
