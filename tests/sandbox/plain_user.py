"""Start a sandbox in tier C from a test run by root: as a leased plain uid, Python made reachable."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.jail import reach, uids

_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serving_in_tier_c(*flags: str) -> Iterator[Path]:
    """Yield the socket of a sandbox that serves in tier C; skips where root may not do this."""
    lease = uids.lease(uids.lock_folder(), uids.uids_in_use())
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tt-test-") as folder:
        os.chown(folder, lease.uid, lease.uid)
        path = Path(folder) / "sandbox.sock"
        process = subprocess.Popen(
            [
                *(sys.executable, __file__, str(lease.uid), folder),
                *("serve", "--socket", str(path), "--lifeline", str(lifeline), *flags),
            ],
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": folder},
        )
        os.close(lifeline)
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            if not process.stdout.readline():
                pytest.skip(f"no plain user here: {process.stderr.read().decode()[-300:]}")
            yield path
        finally:
            os.close(ours)
            process.communicate(timeout=30)
            assert uids.processes_of(lease.uid) == []
            os.close(lease.lock)


def _become_plain_and_serve(uid: int, arguments: list[str]) -> None:
    reach.open_up([sys.prefix, sys.base_prefix, str(_ROOT)])
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *arguments])


if __name__ == "__main__":
    _become_plain_and_serve(int(sys.argv[1]), sys.argv[3:])
