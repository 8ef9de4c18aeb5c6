"""`python -m sandbox health` and who may connect to a sandbox that serves."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

pytestmark = pytest.mark.jail

_GROUP = 10001


@pytest.fixture
def socket() -> Iterator[Path]:
    """Serve for one group besides ourselves."""
    with TemporaryDirectory(prefix="tt-health-") as folder:
        path = Path(folder, "socket")
        group = _GROUP if os.geteuid() == 0 else os.getegid()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "serve", "--socket", str(path)),
                *("--socket-group", str(group), "--spares", "1"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                pytest.skip(f"no sandbox here: exit status {process.wait(60)}")
            yield path
        finally:
            process.terminate()
            process.wait(60)
            process.stdout.close()


def _health(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "health", "--json", "--socket", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_tells_how_full_the_sandbox_is(socket: Path) -> None:
    done = _health(socket)
    found = json.loads(done.stdout)
    assert (done.returncode, found["serves"], found["sessions"]) == (0, True, 0), done.stderr
    assert found["max_sessions"] == 200
    assert "gpu_queue" not in found


def test_without_a_sandbox_it_fails_in_one_line(tmp_path: Path) -> None:
    done = _health(tmp_path / "none")
    assert (done.returncode, done.stderr) == (3, "")
    assert "none" in json.loads(done.stdout)["trouble"]


def test_a_sandbox_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    hang = (
        "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); "
        "s.listen(); print(1, flush=True); time.sleep(60)"
    )
    hanging = subprocess.Popen([sys.executable, "-c", hang, str(path)], stdout=subprocess.PIPE)
    assert hanging.stdout is not None
    try:
        hanging.stdout.readline()
        began = time.monotonic()
        done = _health(path)
        assert (done.returncode, time.monotonic() - began < 20) == (3, True)
        assert "no answer" in json.loads(done.stdout)["trouble"]
    finally:
        hanging.kill()
        hanging.wait()
        hanging.stdout.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="takes other users, and so root")
def test_the_group_may_connect_and_nobody_else(socket: Path) -> None:
    status = socket.stat()
    assert stat.S_IMODE(status.st_mode) == 0o660
    assert (status.st_uid, status.st_gid) == (0, _GROUP)
    socket.parent.chmod(0o711)
    try_it = (
        "import os, socket, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(58000); "
        "socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    )
    ends = [
        subprocess.run(
            [sys.executable, "-c", try_it, str(socket), str(group)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        for group in (_GROUP, _GROUP + 1)
    ]
    assert ends[0].returncode == 0, ends[0].stderr
    assert "PermissionError" in ends[1].stderr
