"""What all tests share: one real sandbox for the whole run, and a fresh folder for its socket."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sandbox.jail.tiers import NoSandbox, detect

# A busy machine is slow at times, and no test here is about time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@contextmanager
def serving(*flags: str) -> Iterator[Path]:
    """Start `python -m sandbox serve` and yield its socket once it is ready."""
    lifeline, ours = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tt-test-") as folder:
        path = Path(folder) / "sandbox.sock"
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "serve", "--socket", str(path)),
                *("--lifeline", str(lifeline), *flags),
            ],
            pass_fds=[lifeline],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        os.close(lifeline)
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready, f"the sandbox did not start: exit {process.wait()}"
            assert json.loads(ready)["ready"]
            yield path
        finally:
            os.close(ours)
            process.wait(timeout=30)
            if process.stdout is not None:
                process.stdout.close()


@pytest.fixture(scope="session")
def sandbox_socket() -> Iterator[Path]:
    """The socket of a real sandbox with short limits: 6 s wall, 3 s CPU."""
    try:
        detect()
    except NoSandbox as error:
        pytest.skip(str(error))
    with serving("--wall-seconds", "6", "--cpu-seconds", "3") as path:
        yield path
