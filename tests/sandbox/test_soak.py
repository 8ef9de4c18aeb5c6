"""Hundreds of good and hostile runs, eight at a time: every status right, and nothing left or grown.

`SOAK_RUNS=5000 pytest tests/sandbox/test_soak.py` is the long form.
"""

import os
import random

import pytest

from sandbox.client import connect
from tests.sandbox.counted import counted
from tests.sandbox.soaking import Soak

_RUNS = int(os.environ.get("SOAK_RUNS", "200"))
_AT_ONCE = 8
_GROWTH_BYTES = 8 * 2**20
_LIMITS = ("--cpu-seconds", "1", "--memory-bytes", str(200 * 2**20), "--processes", "24")

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120 + _RUNS)]


async def test_many_hostile_runs_leave_nothing_behind() -> None:
    with counted(*_LIMITS) as sandbox:
        async with connect(sandbox.socket) as executor:
            soak = Soak(sandbox.socket, executor, random.Random(7))
            before = await sandbox.held(executor)
            await soak.until(_RUNS // 2, _AT_ONCE)
            assert await sandbox.held(executor, before) == before
            resident = sandbox.resident_bytes()
            await soak.until(_RUNS, _AT_ONCE)
            assert await sandbox.held(executor, before) == before
            assert sandbox.resident_bytes() < resident + _GROWTH_BYTES
            assert soak.restored > 0
