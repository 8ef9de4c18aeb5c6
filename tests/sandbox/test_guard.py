"""The guard ends what it guards, whatever that does about it."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.jail

_STUBBORN = """
import signal, sys, time
from sandbox.guard import Guard
from sandbox.supervisor.pool import GuardLine

def supervise(channel, folder, announce):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("begun", flush=True)
    while True:
        GuardLine(channel).serving()
        time.sleep(0.2)

Guard(supervise, int(sys.argv[1])).keep(once=True)
"""


def test_a_supervisor_that_only_goes_on_taking_notes_is_ended_all_the_same() -> None:
    lifeline, ours = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", _STUBBORN, str(lifeline)],
        pass_fds=[lifeline],
        stdout=subprocess.PIPE,
    )
    os.close(lifeline)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        os.close(ours)
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
