from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.curriculum import LoadedCurriculum, read_lesson
from bot.locales.catalogues import load_catalogues
from bot.storage.activity import SqliteActivity
from bot.storage.database import Database, open_database
from bot.storage.places import SqlitePlaces
from bot.storage.polls import SqlitePolls
from bot.storage.sqlite import SqliteStore
from bot.tutor.assess import Assessor
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.fake_runner import FakeRunner
from tests.doubles.inprocess import InProcess
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import Background, Minutes, Visitor

ROOT = Path(__file__).parents[3]
FOLDERS = {
    "tensors-101": ROOT / "lessons/01-tensors",
    "every-question": ROOT / "tests/lessons/every-question",
    "korean-only": ROOT / "tests/lessons/korean-only",
}


@pytest.fixture(scope="session")
def curriculum() -> LoadedCurriculum:
    return LoadedCurriculum(
        [read_lesson(folder / "lesson.yaml", name) for name, folder in FOLDERS.items()]
    )


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "tutor.db") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> SqliteStore:
    return SqliteStore(database)


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner(InProcess())


@pytest.fixture
def background() -> Iterator[Background]:
    work = Background()
    yield work
    work.drop()


@pytest.fixture
def pictures() -> RecordedPictures:
    return RecordedPictures()


@pytest.fixture
def services(
    curriculum: LoadedCurriculum,
    database: Database,
    store: SqliteStore,
    runner: FakeRunner,
    background: Background,
    pictures: RecordedPictures,
) -> Services:
    return Services(
        store=store,
        curriculum=curriculum,
        runner=runner,
        assessor=Assessor(runner.evaluate, bytes(32)),
        wordings=load_catalogues(),
        clock=Minutes(),
        later=background.later,
        pictures=pictures,
        places=SqlitePlaces(database),
        polls=SqlitePolls(database),
        activity=SqliteActivity(database),
    )


@pytest.fixture
def tutor(services: Services) -> Tutor:
    return Tutor(services)


@pytest.fixture
def ada(tutor: Tutor) -> Visitor:
    return Visitor(tutor)


@pytest.fixture
def restarted(services: Services) -> Callable[[], Visitor]:
    """Return Ada at a tutor that has just been started, with nothing but the database left."""
    return lambda: Visitor(Tutor(services))
