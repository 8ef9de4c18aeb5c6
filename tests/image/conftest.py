"""Images take minutes and gigabytes: only who asks for this folder by name, as `make image-test` does, gets them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.image.base import base
from tests.image.daemon import NoImages, daemon
from tests.image.deployment import Deployment, deployment
from tests.image.wheels import wheels

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    asked = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(path.is_relative_to(HERE) for path in asked) else True


FIGURES = pytest.StashKey[list[str]]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for figure in config.stash.get(FIGURES, []):
        terminalreporter.write_line(figure)


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Have a figure printed at the end, for docs/deploying.md to quote."""
    return pytestconfig.stash.setdefault(FIGURES, []).append


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployment]:
    """What `docker compose up -d` makes of nothing, without a GPU."""
    with ExitStack() as stack:
        try:
            docker = stack.enter_context(daemon())
            found = stack.enter_context(wheels())
            below = stack.enter_context(base(docker))
            started = stack.enter_context(deployment(docker, below, found))
        except NoImages as error:
            pytest.skip(str(error))
        yield started
