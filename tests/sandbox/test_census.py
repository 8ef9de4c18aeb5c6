"""One look at /proc serves all who ask at about the same time, and misses nobody they must see."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sandbox.supervisor import census
from sandbox.supervisor.usage import Tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, a look does not grow old."""
    monkeypatch.setattr(census, "_RECENT_SECONDS", 3600.0)


@pytest.mark.usefixtures("patient")
def test_who_asks_soon_after_shares_the_look() -> None:
    first = census.fresh()
    assert census.recent() is first
    assert census.recent(first.taken) is first
    assert census.recent(time.monotonic()) is not first


@pytest.mark.usefixtures("patient")
def test_what_was_started_before_the_given_time_is_seen_though_a_look_is_shared() -> None:
    before = census.fresh()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        try:
            assert process.pid not in census.recent().of_group
            assert census.recent() is before
            assert process.pid in census.recent(time.monotonic()).of_group
        finally:
            process.kill()


@pytest.mark.usefixtures("patient")
def test_whoever_kills_a_tree_sees_it_as_it_is_now(sleeper: subprocess.Popen[bytes]) -> None:
    tree = Tree(sleeper.pid, None)
    assert tree.pids() == (sleeper.pid,)
    sleeper.kill()
    sleeper.wait()
    assert tree.recent_pids() == (sleeper.pid,)
    assert tree.pids() == ()


def test_processes_are_found_by_uid(sleeper: subprocess.Popen[bytes]) -> None:
    assert {os.getpid(), sleeper.pid} <= set(census.fresh().of_uid[os.getuid()])


def test_who_has_ended_but_is_not_reaped_keeps_nothing_busy() -> None:
    head = subprocess.Popen(["sleep", "60"], process_group=0)
    other = subprocess.Popen(["sleep", "60"], process_group=head.pid)
    tree = Tree(head.pid, None)
    try:
        assert tree.is_busy(head.pid, (), time.monotonic())
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert other.pid in tree.pids()
        assert not tree.is_busy(head.pid, (), time.monotonic())
    finally:
        for process in (head, other):
            process.kill()
            process.wait()
