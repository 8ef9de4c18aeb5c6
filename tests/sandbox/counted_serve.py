"""`python -m sandbox serve`, whose supervisor writes what it holds to $COUNTS when it gets SIGUSR2."""

import asyncio
import gc
import json
import os
import signal
import sys
from pathlib import Path

from sandbox.__main__ import main


def _count(_number: int, _frame: object) -> None:
    gc.collect()
    path = Path(os.environ["COUNTS"])
    fresh = path.with_suffix(".fresh")
    fresh.write_text(json.dumps({"tasks": len(asyncio.all_tasks())}), encoding="ascii")
    fresh.rename(path)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, _count)
    sys.exit(main())
