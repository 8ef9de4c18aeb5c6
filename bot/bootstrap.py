"""Builds the real parts from the configuration and puts them together."""

import asyncio
import logging
import signal
import uuid
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bot.admission import Admission
from bot.admission.host import RunningHost
from bot.authoring.finding import Finding, findings_of
from bot.authoring.lint import lint
from bot.config import DEFAULT_PATH, OF_ONE_LEARNER, Config, ConfigError, Sandbox, load_config
from bot.curriculum import (
    LessonError,
    LessonShelf,
    LoadedCurriculum,
    load_curriculum,
    read_lesson,
)
from bot.curriculum.lesson_file import LESSON_FILE
from bot.executor import Link, Reachable, embedded
from bot.locales import load_catalogues
from bot.operations.backups import Schedule, keep_backing_up
from bot.pictures.drawer import drawing_in_a_thread
from bot.platforms.console.app import Console, in_silence
from bot.platforms.console.conversation import Conversation
from bot.platforms.console.keeping import Keeper
from bot.platforms.console.lines import LineSource
from bot.platforms.console.screen import Screen
from bot.platforms.console.surroundings import Surroundings, state_folder
from bot.storage.activity import SqliteActivity
from bot.storage.database import Database, bytes_of, open_database
from bot.storage.errors import StorageError
from bot.storage.places import SqlitePlaces
from bot.storage.polls import SqlitePolls
from bot.storage.sqlite import SqliteStore
from bot.tutor.access import Access
from bot.tutor.admin.table import rows_of
from bot.tutor.assess import Assessor
from bot.tutor.event import Actor, Event
from bot.tutor.gate import refused
from bot.tutor.ports import Wording
from bot.tutor.records import ServerSettings
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from sandbox.client import connect
from sandbox.wire import SessionSpec

if TYPE_CHECKING:  # starting one platform imports no other
    from bot.operations.report import Check
    from bot.platforms.discord.handlers import Wiring as DiscordWiring

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a platform needs: the tutor, what it works with, and the way to where code runs."""

    tutor: Tutor
    services: Services
    executor: Reachable
    database: Database


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
        executor = await stack.enter_async_context(_reachable(config, environ))
        admission = await stack.enter_async_context(_admitting(config, executor))
        database = await stack.enter_async_context(open_database(config.database))
        store, clock = SqliteStore(database), SystemClock()
        pictures = await stack.enter_async_context(drawing_in_a_thread())
        background = await stack.enter_async_context(Background())
        if (backups := _backups(config)) is not None:
            background.later(keep_backing_up(config.database, backups, clock.now))
        services = Services(
            store=store,
            curriculum=curriculum,
            runner=admission,
            assessor=Assessor(admission.evaluate, await store.server_secret()),
            wordings=load_catalogues(),
            clock=clock,
            pictures=pictures,
            later=background.later,
            locale=config.locale,
            access=_access(config),
            operators=frozenset(config.operators),
            places=SqlitePlaces(database),
            polls=SqlitePolls(database),
            activity=SqliteActivity(database),
            host=RunningHost(executor, admission, partial(bytes_of, config.database), clock.now()),
            shelf=curriculum,
        )
        yield Parts(Tutor(services), services, executor, database)


def _backups(config: Config) -> Schedule | None:
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


@asynccontextmanager
async def _reachable(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Reachable]:
    executor = Reachable(_link(config.sandbox, environ))
    executor.start()
    try:
        yield executor
    finally:
        await executor.aclose()


@asynccontextmanager
async def _admitting(config: Config, executor: Reachable) -> AsyncIterator[Admission]:
    admission = Admission(executor, spec=SessionSpec(device=config.sandbox.device))
    try:
        yield admission
    finally:
        await admission.aclose()


def _link(sandbox: Sandbox, environ: Mapping[str, str]) -> Callable[[], Link]:
    socket = sandbox.socket
    if socket is not None:
        return lambda: connect(socket)
    return lambda: embedded(sandbox_flags(sandbox), environ)


def sandbox_flags(sandbox: Sandbox) -> list[str]:
    """Return the device and the limits as the sandbox's command line takes them."""
    return _flags({"device": sandbox.device, **sandbox.limits.model_dump()})


def limit_flags(sandbox: Sandbox) -> list[str]:
    """Return what one learner's code may use, as the command line of `sandbox doctor` takes it."""
    return _flags(sandbox.limits.model_dump(include=OF_ONE_LEARNER))


def _flags(settings: Mapping[str, object]) -> list[str]:
    return [
        word
        for name, value in settings.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]


async def run_export(config: Config, kind: str, write: Callable[[str], object]) -> None:
    """Write everything that was done, as CSV or as lines of JSON. Raises `StorageError`."""
    if not config.database.exists():
        raise StorageError(f"{config.database}: there is no database yet; name it as `database`")
    async with open_database(config.database) as database:
        async for lines in rows_of(SqliteActivity(database).done(), kind):
            write("".join(lines))


async def run_doctor(file: Path | None, environ: Mapping[str, str]) -> tuple["Check", ...]:
    """Check the whole installation that the configuration in `file` describes."""
    from bot.operations.doctor import Installation, examined, misconfigured

    try:
        config = load_config(file, environ)
    except ConfigError as error:
        return (misconfigured(error.problems),)
    used = file or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    return await examined(
        Installation(
            file=used,
            operators=len(config.operators),
            database=config.database,
            backups=_backups(config),
            lessons=lambda: load_curriculum(config.lesson_dirs),
            socket=config.sandbox.socket,
            sandbox=lambda: _reachable(config, environ),
            spec=SessionSpec(device=config.sandbox.device),
            limits=limit_flags(config.sandbox),
            wants_content=config.discord.message_content,
        ),
        environ,
        SystemClock().now(),
    )


async def run_lint(
    config: Config, environ: Mapping[str, str], wanted: Sequence[str]
) -> tuple[Finding, ...]:
    """Return what is wrong with the lessons that `wanted` names by id or path, or with all.

    Raises `UnknownLesson`.
    """
    try:
        chosen = _chosen(config, wanted)
    except LessonError as error:
        return findings_of(error)
    found: tuple[Finding, ...] = ()
    async with AsyncExitStack() as stack:
        executor = await stack.enter_async_context(_reachable(config, environ))
        admission = await stack.enter_async_context(_admitting(config, executor))
        for curriculum, ids in chosen:
            found += await lint(curriculum, admission.evaluate, ids)
    return found


def _chosen(config: Config, wanted: Sequence[str]) -> list[tuple[LoadedCurriculum, list[str]]]:
    """Return the curricula to look at, each with the ids of its lessons (all if there are none)."""
    paths = [Path(name) for name in wanted if Path(name).exists()]
    ids = [name for name in wanted if not Path(name).exists()]
    files = [path / LESSON_FILE if path.is_dir() else path for path in paths]
    alone = LoadedCurriculum([read_lesson(file) for file in files])
    taught = [(load_curriculum(config.lesson_dirs), ids)] if ids or not paths else []
    return [*taught, (alone, [])] if paths else taught


async def run_console(config: Config, here: Surroundings, name: str, locale: str | None) -> int:
    """Open the console for the learner called `name`; return the exit status.

    `locale` is the language they ask for; without it they keep theirs.
    """
    async with built(config, here.environ) as parts:
        services, wordings = parts.services, parts.services.wordings
        actor = Actor("console", name, name, locale or here.language)
        learner = await services.store.learner(actor)
        if locale is not None:
            await services.store.set_locale(learner.id, locale)

        async def language() -> Wording:
            known = await services.store.known(actor)  # they may have deleted their data
            chosen = known.locale if known else None
            return wordings.in_locale(wordings.best(chosen, actor.locale, services.locale))

        conversation = Conversation(parts.tutor, actor, language, await language(), _new_id)
        keeper = Keeper(config.database.with_name(f"{config.database.stem}-files"))
        screen = Screen(
            here.out,
            here.columns,
            colour=here.colour,
            true_colour=here.true_colour,
            keep=keeper.keep,
        )
        console, talk = _front(conversation, screen, here, lambda: parts.executor.trouble)
        return await console.run(talk, newcomer=learner.is_new)


def _front(
    conversation: Conversation,
    screen: Screen,
    here: Surroundings,
    trouble: Callable[[], str | None],
) -> tuple[Console, Callable[[Console], Awaitable[None]]]:
    """Return the console and how it talks: at a terminal, else over a pipe."""
    if not here.interactive:
        from bot.platforms.console.pipe import talk_over_pipe

        source = LineSource(here.descriptor)
        console = Console(conversation, screen, _new_id, trouble=trouble)
        return console, lambda console: talk_over_pipe(console, source)

    from bot.platforms.console.prompt import Prompt, history_in
    from bot.platforms.console.status import StatusLine
    from bot.platforms.console.terminal import talk_at_terminal

    history = history_in(state_folder(here.environ))
    prompt = Prompt(history, lambda: conversation.words, colour=here.colour)
    waiting = in_silence if here.is_dumb else StatusLine(here.out, here.columns)
    console = Console(conversation, screen, _new_id, waiting, trouble)
    return console, lambda console: talk_at_terminal(console, prompt.ask)


# Chats ------------------------------------------------------------------------------------------


async def run_discord(config: Config, environ: Mapping[str, str]) -> None:
    """Serve Discord until the program is told to stop. Raises `DiscordRefused`."""
    with _stopping() as stop:
        await serve_discord(config, environ, stop)


async def serve_discord(config: Config, environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Serve Discord until `stop` is set. Raises `DiscordRefused`."""
    from bot.platforms.discord.app import run_discord as run
    from bot.platforms.discord.app import settings_from

    settings = settings_from(
        environ.get("DISCORD_TOKEN"),
        content=config.discord.message_content,
        api=environ.get("DISCORD_API_BASE"),
        gateway=environ.get("DISCORD_GATEWAY_URL"),
    )
    async with built(config, environ) as parts:
        await run(settings, _wiring(parts), stop)


def _wiring(parts: Parts) -> "DiscordWiring":
    from bot.platforms.discord.handlers import Wiring
    from bot.storage.messages import SqliteMessages
    from bot.storage.spare import SpareMessages

    services = parts.services

    async def server(server_id: str) -> ServerSettings:
        return await services.places.server("discord", server_id)

    async def locale_of(actor: Actor, server_id: str) -> str:
        wordings, known = services.wordings, await services.store.known(actor)
        theirs = (known.locale, actor.locale, known.seen) if known else (actor.locale,)
        spoken = [one for one in theirs if one and one.partition("-")[0] in wordings.locales]
        if spoken or not server_id:
            return wordings.best(*spoken, services.locale)
        return wordings.best((await server(server_id)).locale, services.locale)

    async def is_refused(event: Event) -> bool:
        return await refused(services, event) is not None

    return Wiring(
        tutor=parts.tutor,
        memory=SpareMessages(SqliteMessages(parts.database, "discord")),
        wordings=services.wordings,
        curriculum=lambda: services.present.curriculum,
        locale_of=locale_of,
        server=server,
        is_refused=is_refused,
        new_id=_new_id,
    )


@contextmanager
def _stopping() -> Iterator[asyncio.Event]:
    """Yield what is set once somebody politely asks the program to end."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows: Ctrl-C ends the program there
        for number in numbers:
            loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


def _new_id() -> str:
    return uuid.uuid4().hex
