"""One look at /proc serves all who ask at about the same time, and misses nobody they must see."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from sandbox.supervisor import census
from sandbox.supervisor.census import Census
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


def test_who_is_believed_to_own_a_process_is_asked_anew_before_its_pid_could_come_again(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = census._Owners()
    assert sleeper.pid not in owners.sort((), 0.0).get(1001, ())
    owner = {"uid": 1001}
    monkeypatch.setattr(os, "stat", lambda _path: SimpleNamespace(st_uid=owner["uid"]))
    assert owners.sort((sleeper.pid,), 0.1) == {1001: (sleeper.pid,)}
    owner["uid"] = 1002
    assert owners.sort((sleeper.pid,), 0.4) == {1001: (sleeper.pid,)}
    assert owners.sort((), 0.45) == {}
    assert owners.sort((sleeper.pid,), 0.46) == {1002: (sleeper.pid,)}
    owner["uid"] = 1003
    assert owners.sort((sleeper.pid,), 1.0) == {1003: (sleeper.pid,)}


def test_who_must_miss_nobody_believes_nothing(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census._owners, "_known", {sleeper.pid: 1001})
    monkeypatch.setattr(census._owners, "_asked", time.monotonic())
    assert sleeper.pid in Census().of_uid[1001]
    assert sleeper.pid in census.fresh().of_uid[os.getuid()]


def test_what_may_yet_become_somebody_elses_is_asked_every_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owners = census._Owners()
    owner = {"uid": 0}
    monkeypatch.setattr(os, "stat", lambda _path: SimpleNamespace(st_uid=owner["uid"]))
    assert owners.sort((77,), 0.0) == {0: (77,)}
    owner["uid"] = 1001
    assert owners.sort((77,), 0.1) == {1001: (77,)}


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
