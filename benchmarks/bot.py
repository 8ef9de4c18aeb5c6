"""What the bot process itself holds, once a learner has read, run and submitted something."""

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.table import Row

_SCRIPT = "/learn\n```python\nimport torch\nx = torch.rand(3, 3)\nx\n```\n/progress\n/challenge\n"
_MOST_MEGABYTES = 150


async def rows() -> list[Row]:
    """Measure a bot of its own."""
    megabytes = await _resident_bytes() / 1e6
    most = f"≤ {_MOST_MEGABYTES} MB"
    met = megabytes <= _MOST_MEGABYTES
    return [Row("resident memory of the bot process", f"{megabytes:.0f} MB", most, met)]


async def _resident_bytes() -> int:
    """Start the console on its embedded sandbox, talk to it, and return its resident bytes."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "console", "--learner", "benchmark"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=folder,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_SCRIPT.encode())
        await process.stdin.drain()
        for _ in range(1 + 4):  # the greeting, then four replies
            await process.stdout.readuntil("▸\n".encode())
        resident = _resident(process.pid)
        process.stdin.close()
        await process.wait()
        return resident


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("the bot has ended")
