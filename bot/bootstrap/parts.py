"""The parts that every platform needs, built from the configuration and taken down again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from bot.admission.host import RunningHost
from bot.bootstrap.executing import admitting, reachable
from bot.bootstrap.watching import counting, readiness_of
from bot.config import Config
from bot.curriculum import LessonShelf
from bot.executor import Reachable
from bot.locales import load_catalogues
from bot.operations.backups import Schedule, keep_backing_up
from bot.operations.figures import Figures
from bot.operations.readiness import Readiness
from bot.operations.watched import (
    WatchedExecutor,
    WatchedGrading,
    WatchedPictures,
    WatchedTutor,
)
from bot.pictures.drawer import drawing_aside
from bot.storage.activity import SqliteActivity
from bot.storage.database import Database, bytes_of, open_database
from bot.storage.places import SqlitePlaces
from bot.storage.polls import SqlitePolls
from bot.storage.sqlite import SqliteStore
from bot.tutor.access import Access
from bot.tutor.assess import Assessor
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a platform needs: the tutor, what it works with, and the way to where code runs."""

    tutor: Tutor
    services: Services
    executor: Reachable
    database: Database
    figures: Figures
    readiness: Readiness
    host: RunningHost


class SystemClock:
    """A `Clock` that tells the computer's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Background:
    """Tasks off a reply's path: kept until they are done, and logged if they fail."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work` without waiting for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop what is still going on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("work in the background failed", exc_info=task.exception())


@asynccontextmanager
async def built(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Parts]:
    """Build everything a platform needs; take it down at the end of the block.

    The sandbox starts meanwhile: nobody waits for it before their first run. Raises `StorageError`
    and `LessonError`.
    """
    curriculum = LessonShelf(config.lesson_dirs)
    async with AsyncExitStack() as stack:
        executor = await stack.enter_async_context(reachable(config, environ))
        figures = stack.enter_context(counting())
        watched = WatchedExecutor(executor, figures)
        admission = await stack.enter_async_context(admitting(config, watched))
        database = await stack.enter_async_context(open_database(config.database))
        store, clock = SqliteStore(database), SystemClock()
        pictures = await stack.enter_async_context(drawing_aside())
        background = await stack.enter_async_context(Background())
        if (backups := schedule_of(config)) is not None:
            background.later(keep_backing_up(config.database, backups, clock.now))
        host = RunningHost(
            executor,
            admission,
            partial(bytes_of, config.database),
            clock.now(),
            figures.so_far,
        )
        services = Services(
            store=store,
            curriculum=curriculum,
            runner=admission,
            assessor=WatchedGrading(
                Assessor(admission.evaluate, await store.server_secret()), figures
            ),
            wordings=load_catalogues(),
            clock=clock,
            pictures=WatchedPictures(pictures, figures),
            later=background.later,
            locale=config.locale,
            access=_access(config),
            operators=frozenset(config.operators),
            places=SqlitePlaces(database),
            polls=SqlitePolls(database),
            activity=SqliteActivity(database),
            host=host,
            shelf=curriculum,
        )
        readiness = readiness_of(executor, database)
        tutor = WatchedTutor(services, figures)
        yield Parts(tutor, services, executor, database, figures, readiness, host)


def schedule_of(config: Config) -> Schedule | None:
    wanted = config.backup
    if wanted.folder is None:
        return None
    return Schedule(wanted.folder, timedelta(hours=wanted.every_hours), wanted.keep)


def _access(config: Config) -> Access:
    wanted = config.access
    return Access(
        servers=frozenset(wanted.servers),
        roles=frozenset(wanted.roles),
        dms=wanted.dms,
        user_install=wanted.user_install,
        runs_per_minute=wanted.runs_per_minute,
        gpu_minutes_per_day=wanted.gpu_minutes_per_day,
    )
