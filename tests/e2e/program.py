"""The real program as a child process, driven over its pipes as a script or a person would."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.tutor.fences import Reader

ROOT = Path(__file__).resolve().parents[2]
END = "▸"


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return a small environment in which the program finds itself and nothing else."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    found = {"PYTHONPATH": str(ROOT), "HOME": str(home), "LANG": "C.UTF-8"}
    return {**kept, **found, **more}


def messages(script: Path) -> list[str]:
    """Return what a script says, one message an entry: a line, or a fenced block with its fences."""
    reader = Reader()
    found: list[str] = []
    lines: list[str] = []
    for line in script.read_text(encoding="utf-8").splitlines():
        lines.append(line)
        if reader.feed(line) is not None:
            found.append("\n".join(lines))
            lines = []
    assert not lines, "the script leaves a fence open"
    return found


class Program:
    """`tensor-tutor console` with pipes; each answer is read up to its end mark."""

    def __init__(self, folder: Path, *arguments: str, environ: Mapping[str, str] | None = None):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "console", "--learner", "ada", *arguments],
            cwd=folder,
            env=environ or environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.pid = self._process.pid
        try:
            self.greeting = self.answer()
        except BaseException:
            self.close()
            raise

    def answer(self) -> str:
        """Return what is said up to the next end mark."""
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            if line == f"{END}\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"ended without an end mark after {lines}: {self.complaints()}")

    def write(self, message: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(message + "\n")
        self._process.stdin.flush()

    def say(self, message: str) -> str:
        """Send `message` and return the answer to it."""
        self.write(message)
        return self.answer()

    def complaints(self) -> str:
        """Return what the program wrote to its error output; waits for its end."""
        assert self._process.stderr is not None
        return self._process.stderr.read()

    def leave(self) -> int:
        """End the input, and return the exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(60)

    def signal(self, number: int) -> int:
        """Send a signal, and return the exit status that it leads to."""
        self._process.send_signal(number)
        return self._process.wait(60)

    def close(self) -> None:
        """Take the pipes down; the program has ended or is ended now."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def processes() -> Iterator[tuple[int, int, str]]:
    """Yield pid, parent and start time of every process there is."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                yield int(folder.name), int(fields[1]), fields[19]


def family(pid: int) -> set[tuple[int, str]]:
    """Return pid and start time of `pid` and of everything that descends from it."""
    everybody = list(processes())
    found = {one for one, _, _ in everybody if one == pid}
    grown = True
    while grown:
        children = {one for one, parent, _ in everybody if parent in found}
        grown = not children <= found
        found |= children
    return {(one, start) for one, _, start in everybody if one in found}


def ticks(pid: int) -> dict[int, int]:
    """Return the CPU time that each process of the family of `pid` has used, in clock ticks."""
    found = {}
    for one, _ in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            found[one] = int(fields[11]) + int(fields[12])
    return found


def gone(left: set[tuple[int, str]], seconds: float = 30.0) -> bool:
    """Wait until none of these processes is there any more; False if that does not happen."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not left & {(pid, start) for pid, _, start in processes()}:
            return True
        time.sleep(0.05)
    return False
