"""An attack on a sandbox in a container: pids and paths there are not what they are out here."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.client import LocalExecutor
from sandbox.jail import uids
from sandbox.wire import Cell, PlainValue, RunResult, SessionLost, SessionSpec, Stream, Value
from tests.sandbox.canaries import MARK, SECRET, Canaries, Supervisor
from tests.sandbox.processes import read

START_SECONDS = 60.0
_PATIENCE_SECONDS = 20.0
_NEIGHBOUR = f"""
import os
kept = 41
open("secret", "w").write({SECRET!r})
torch.initial_seed(), os.getpid(), os.getcwd()
"""


@dataclass(frozen=True)
class Inside:
    """A container with a sandbox: `main_pid` and `path` of the socket as seen from here."""

    main_pid: int
    path: Path
    canaries: Canaries

    def seen(self, path: str) -> Path:
        """Return where something in there is found from here."""
        return Path(f"/proc/{self.main_pid}/root{path}")

    def given(self) -> dict[str, str | int]:
        """Return what an attacker is told; out here runs the canary process, so none of it is there."""
        supervisor = Supervisor.behind(self.path)
        return {
            **self.canaries.given(),
            "canary_pid": 1,
            "supervisor_pid": _inner(supervisor.pid),
            "supervisor_socket": "/run/tensor-tutor/socket",
            "template_pid": _inner(supervisor.template),
            "mark": MARK[::-1],
        }


def _inner(pid: int) -> int:
    """Return what `pid` is called where it runs."""
    lines = read(pid, "status").splitlines()
    return int(next(line for line in lines if line.startswith("NSpid:")).split()[-1])


async def quiet(_stream: Stream, _text: str) -> None:
    """Take output and do nothing."""


async def attack(code: str, inside: Inside, executor: LocalExecutor) -> RunResult | None:
    """Run the cells of `code` beside a neighbour; returns the last result, None for a lost session.

    Fails where the neighbour, the canaries or the template come to harm, or something is left.
    """
    neighbour = await executor.open("neighbour", SessionSpec(), START_SECONDS)
    told = (await executor.run(neighbour, Cell(_NEIGHBOUR), quiet)).value or ""
    seed, pid, folder = told.strip("()").replace("'", "").split(", ")
    about: dict[str, str | int | float] = {
        "neighbour_pid": int(pid),
        "neighbour_folder": folder,
        "neighbour_seed": seed,
        "neighbour_draw": 0.5,
    }
    before = inside.given()
    result = await _as_attacker({**before, **about}, code, inside, executor)
    assert inside.canaries.harm() == []
    assert inside.given() == before, "the template or the supervisor was replaced"
    after = await executor.run(neighbour, Cell('open("secret").read(), kept + 1'), quiet)
    assert after.value == str((SECRET, 42)), f"the neighbour's session was disturbed: {after}"
    assert [entry.name for entry in inside.seen(folder).iterdir()] == ["secret"]
    await executor.close(neighbour)
    return result


async def _as_attacker(
    given: Mapping[str, str | int | float], code: str, inside: Inside, executor: LocalExecutor
) -> RunResult | None:
    ref = await executor.open("attacker", SessionSpec(), START_SECONDS)
    first = await executor.run(ref, Cell("import os; os.getuid(), os.getcwd()"), quiet)
    uid, folder = (first.value or "").strip("()").replace("'", "").split(", ")
    result: RunResult | None = first
    try:
        for cell in code.split("\n# %%\n"):
            values: dict[str, Value] = {name: PlainValue(v) for name, v in given.items()}
            result = await executor.run(ref, Cell(cell, given=values), quiet)
            assert SECRET not in repr(result), "a secret came out"
            if not result.alive:
                break
    except SessionLost:
        result = None
    finally:
        await executor.close(ref)
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while uids.processes_of(int(uid)) or inside.seen(folder).exists():
        assert time.monotonic() < give_up, "a process or a file is left"
        await asyncio.sleep(0.02)
    return result
