"""A template lies in huge pages where Linux can, so that forking it is quick, and its children are behind it."""

import os
import platform
from pathlib import Path

import pytest

from sandbox.client import connect
from sandbox.jail import priority
from sandbox.wire import Cell, SessionSpec
from tests.sandbox.canaries import Supervisor
from tests.sandbox.talking import quiet
from tests.sandbox.tiers import TIERS, serving_in

_COLLAPSES_SINCE = (6, 1)
_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")


def _linux() -> tuple[int, ...]:
    return tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])


def _bytes(pid: int, name: str) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return (
        next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(name)) * 1024
    )


@pytest.mark.jail
@pytest.mark.skipif(not _HUGE_PAGES.exists(), reason="this kernel has no huge pages")
@pytest.mark.skipif(_linux() < _COLLAPSES_SINCE, reason="madvise gathers pages since Linux 6.1")
async def test_the_template_lies_in_huge_pages() -> None:
    with serving_in(TIERS[0], "--spares", "1") as path:
        template = Supervisor.behind(path).template
        assert _bytes(template, "AnonHugePages:") > 0.5 * _bytes(template, "Anonymous:")


@pytest.mark.jail
async def test_a_cell_runs_behind_whoever_answers() -> None:
    with serving_in(TIERS[0], "--spares", "1") as path:
        async with connect(path) as executor:
            ref = await executor.open("learner", SessionSpec(), 60)
            cell = Cell("import os; os.getpriority(os.PRIO_PROCESS, 0)")
            assert (await executor.run(ref, cell, quiet)).value == str(priority.NICE)
            assert os.getpriority(os.PRIO_PROCESS, Supervisor.behind(path).pid) < priority.NICE


def test_a_sandbox_that_was_started_further_behind_stays_there() -> None:
    pid = os.fork()
    if pid == 0:
        os.nice(priority.NICE + 5)
        priority.step_behind()
        os._exit(os.getpriority(os.PRIO_PROCESS, 0))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) >= priority.NICE + 5
