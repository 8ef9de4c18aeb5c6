"""What lets others watch the program: its log, its figures and whether it is ready."""

import logging
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.config import Config
from bot.operations.figures import Figures, Problems
from bot.operations.readiness import Readiness
from bot.storage.database import Database
from bot.storage.probe import try_writing
from bot.tutor.host import Host
from sandbox.client import Executor
from sandbox.logs import log_to

SECRETS = ("DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


def log_as_set(config: Config, environ: Mapping[str, str]) -> None:
    """Log to stderr as the configuration says."""
    _log(config, environ, config.logs.level, None)


def log_troubles(config: Config, environ: Mapping[str, str], folder: Path | None = None) -> None:
    """Log for somebody at a terminal: warnings and errors, unless the configuration wants all."""
    wanted = config.logs.level
    _log(config, environ, "warning" if wanted == "info" else wanted, folder)


def _log(config: Config, environ: Mapping[str, str], level: str, folder: Path | None) -> None:
    secrets = [environ.get(name, "") for name in SECRETS]
    log_to(_handler(folder), config.logs.format, level, hidden=secrets)


def _handler(folder: Path | None) -> logging.Handler:
    """Return where to log: a file where a terminal is not to be disturbed, else stderr."""
    if folder is None:
        return logging.StreamHandler(sys.stderr)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return logging.FileHandler(folder / "console.log", encoding="utf-8", delay=True)
    except OSError:
        return logging.NullHandler()


@contextmanager
def counting() -> Iterator[Figures]:
    """Give the figures of this program; warnings and errors are counted while the block lasts."""
    figures = Figures()
    problems, root = Problems(figures), logging.getLogger()
    root.addHandler(problems)
    try:
        yield figures
    finally:
        root.removeHandler(problems)


def readiness_of(executor: Executor, database: Database) -> Readiness:
    """Return what is to work before anybody is answered; chats add themselves."""

    async def is_writable() -> bool:
        await try_writing(database)
        return True

    async def runs_code() -> bool:
        return bool(await executor.capacity())

    return Readiness({"database": is_writable, "sandbox": runs_code})


@asynccontextmanager
async def watched_at(
    config: Config, figures: Figures, readiness: Readiness, host: Host
) -> AsyncIterator[None]:
    """Serve figures and health as the configuration says."""
    if config.watch.port is None:
        yield
        return
    from bot.operations.endpoint import watching

    async with watching(config.watch.host, config.watch.port, figures, readiness, host):
        yield
