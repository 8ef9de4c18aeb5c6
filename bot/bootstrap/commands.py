"""The commands that end by themselves: lint, doctor and export."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bot.authoring.finding import Finding, findings_of
from bot.authoring.lint import lint
from bot.bootstrap.executing import admitting, limit_flags, reachable
from bot.bootstrap.parts import SystemClock, schedule_of
from bot.config import DEFAULT_PATH, Config, ConfigError, load_config
from bot.curriculum import LessonError, LoadedCurriculum, load_curriculum, read_lesson
from bot.curriculum.lesson_file import LESSON_FILE
from bot.storage.activity import SqliteActivity
from bot.storage.database import open_database
from bot.storage.errors import StorageError
from bot.tutor.admin.table import rows_of
from sandbox.wire import SessionSpec

if TYPE_CHECKING:  # the doctor alone needs what it looks at
    from bot.operations.report import Check


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
            backups=schedule_of(config),
            lessons=lambda: load_curriculum(config.lesson_dirs),
            socket=config.sandbox.socket,
            sandbox=lambda: reachable(config, environ),
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
        executor = await stack.enter_async_context(reachable(config, environ))
        admission = await stack.enter_async_context(admitting(config, executor))
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
