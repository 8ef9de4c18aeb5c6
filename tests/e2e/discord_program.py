"""`tensor-tutor discord` as a child process, with the loopback Discord around it."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.doubles.discord.double import Discord
from tests.e2e.program import environment, family, gone

UNHURRIED: dict[str, Any] = {"access": {"runs_per_minute": 1000}}
"""For tests that run more than a person would."""

_READY_SECONDS = 60.0
_END_SECONDS = 30.0


class DiscordProgram:
    """The real program: sandbox, database and lessons; it can be ended, killed and started again."""

    def __init__(
        self, double: Discord, folder: Path, config: Mapping[str, Any] | None = None
    ) -> None:
        self._double = double
        self._folder = folder
        self._log = folder / "program.log"
        self._config = folder / "config.yaml"
        self._process: asyncio.subprocess.Process | None = None
        self._orphans: set[tuple[int, str]] = set()
        self.environ = environment(folder, TMPDIR=str(folder), **double.environ)
        self.configure(config or {})

    def configure(self, config: Mapping[str, Any]) -> None:
        """Write the configuration that the next start reads."""
        self._config.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")

    @property
    def database(self) -> Path:
        """Where it keeps everything; to be touched only while it does not run."""
        return self._folder / "tensor-tutor.sqlite3"

    @property
    def log(self) -> str:
        """Everything that the program has said to its operator."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    async def start(self, *, ready: bool = True) -> None:
        """Start the program; `ready` waits until it is connected and has its commands."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "discord", "--config", str(self._config)),
                cwd=self._folder,
                env=self.environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if ready:
            await self.ready()

    async def ready(self) -> None:
        """Wait until it is connected and has its commands, or fail with what it said."""
        with self._explained():
            async with asyncio.timeout(_READY_SECONDS):
                while not (self._double.gateway.shards and self._double.application.commands):
                    assert self._running, (
                        f"it ended with {self._process and self._process.returncode}"
                    )
                    await asyncio.sleep(0.05)

    async def says(self, words: str) -> None:
        """Wait until it has said this to its operator."""
        with self._explained():
            async with asyncio.timeout(_READY_SECONDS):
                while words not in self.log:
                    await asyncio.sleep(0.05)

    async def ended(self, seconds: float = _END_SECONDS) -> int:
        """Wait for its end, and return its exit status."""
        assert self._process is not None
        with self._explained():
            return await asyncio.wait_for(self._process.wait(), seconds)

    async def stop(self) -> int:
        """Ask it to end, as an operator does, and return its exit status."""
        self._signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """Kill it with no warning; what it had started has to be gone when all is over."""
        assert self._process is not None
        self._orphans |= family(self._process.pid)
        self._signal(signal.SIGKILL)
        await self.ended()
        async with asyncio.timeout(_END_SECONDS):
            while self._double.gateway.shards:
                await asyncio.sleep(0.02)

    async def restart(self, *, killed: bool = False) -> None:
        """End or kill it, and start it again."""
        if killed:
            await self.kill()
        else:
            assert await self.stop() == 0
        await self.start()

    async def close(self) -> None:
        if self._running:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.ended(), _END_SECONDS)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self.ended()
        assert await asyncio.to_thread(gone, self._orphans), (
            f"a killed program has left {[commands(pid) for pid, _ in self._orphans]}"
        )

    @property
    def _running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    @contextlib.contextmanager
    def _explained(self) -> Any:
        """Add to any failure what the program itself said."""
        try:
            yield
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(f"{error!r}; the program said:\n{self.log[-4000:]}") from error


def commands(pid: int) -> str:
    """Return what a process runs and how it is, if it is there."""
    with contextlib.suppress(OSError):
        folder = Path(f"/proc/{pid}")
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{pid} {(folder / 'stat').read_text().rpartition(')')[2].split()[:2]} {command}"
    return ""


@contextlib.asynccontextmanager
async def running(
    double: Discord, config: Mapping[str, Any] | None = None, *, start: bool = True
) -> AsyncIterator[DiscordProgram]:
    """Run the program against `double` for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="e2e-discord-") as folder:
        Path(folder).chmod(0o711)  # learners' processes have to find their own folders in it
        program = DiscordProgram(double, Path(folder), config)
        try:
            if start:
                await program.start()
            yield program
        finally:
            await program.close()


@dataclass
class Stage:
    """A program at work in a Discord; what a test leaves open there is seen by the next."""

    double: Discord
    program: DiscordProgram
    shown: int = 0

    def clean(self) -> None:
        """Fail if the bot has broken a rule since this was asked last; show what it has logged."""
        print(self.program.log[self.shown :])  # noqa: T201  (seen with a test that fails)
        self.shown = len(self.program.log)
        for one in self.double.rest.requests[-12:]:
            print(one.status, one.route, str(one.body)[:80])  # noqa: T201
        found, self.double.violations[:] = list(self.double.violations), []
        assert not found, found


@contextlib.asynccontextmanager
async def stage(config: Mapping[str, Any] | None = None) -> AsyncIterator[Stage]:
    """Set up a Discord with the program in it."""
    async with Discord() as double, running(double, UNHURRIED | dict(config or {})) as program:
        yield Stage(double, program)
