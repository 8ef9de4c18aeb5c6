"""Uids are leased to one supervisor at a time, and never while something runs as them."""

import fcntl
import os
import stat
import subprocess
from pathlib import Path

import pytest

from sandbox.jail import uids


def test_two_leases_are_never_the_same(tmp_path: Path) -> None:
    leases = [uids.lease(tmp_path, set()) for _ in range(5)]
    assert len({lease.uid for lease in leases}) == 5
    for lease in leases:
        os.close(lease.lock)


def test_a_uid_is_free_again_when_its_last_holder_closed_the_lock(tmp_path: Path) -> None:
    lease = uids.lease(tmp_path, set())
    kept = os.dup(lease.lock)
    os.close(lease.lock)
    assert uids.lease(tmp_path, set()).uid != lease.uid
    os.close(kept)
    assert uids.lease(tmp_path, set()).uid == lease.uid


def test_a_uid_that_something_runs_as_is_skipped(tmp_path: Path) -> None:
    lease = uids.lease(tmp_path, {uids.FIRST_UID, uids.FIRST_UID + 1})
    assert lease.uid == uids.FIRST_UID + 2


def test_an_exhausted_range_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(uids.OutOfUids):
        uids.lease(tmp_path, set(range(uids.FIRST_UID, uids.LAST_UID + 1)))


@pytest.mark.skipif(os.getuid() != 0, reason="leases are root's business")
def test_the_lock_folder_is_ours_alone() -> None:
    status = uids.lock_folder().lstat()
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == 0


def test_killing_refuses_to_run_as_root() -> None:
    if os.getuid() == 0:
        with pytest.raises(PermissionError):
            uids.kill_all_of_mine()


def test_a_lock_is_not_passed_to_programs_we_start(tmp_path: Path) -> None:
    lease = uids.lease(tmp_path, set())
    assert fcntl.fcntl(lease.lock, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    os.close(lease.lock)


def test_wiping_takes_closed_and_endlessly_deep_folders_too(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    for name in ("closed", "beside"):
        inside = folder / name / "more"
        inside.mkdir(parents=True)
        (inside / "file").write_text("x")
    (folder / "closed" / "more").chmod(0)
    (folder / "closed").chmod(0)
    (folder / "link").symlink_to(tmp_path)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deep", dir_fd=here)
        deeper = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    lease = None
    if os.getuid() == 0:  # under a uid of its own, as in the sandbox: root would not be kept out
        lease = uids.lease(uids.lock_folder(), uids.uids_in_use())
        subprocess.run(["chown", "-hR", str(lease.uid), str(folder)], check=True)
        for parent in (tmp_path, *tmp_path.parents[:-2]):
            parent.chmod(parent.stat().st_mode | 0o011)
    helper = uids.fork_as(lease.uid if lease else None, lambda: uids.wipe(str(folder)))
    _, status = os.waitpid(helper, 0)
    if lease is not None:
        os.close(lease.lock)
    assert os.waitstatus_to_exitcode(status) == 0
    assert tmp_path.is_dir()
    assert not folder.exists() or list(folder.iterdir()) == []
