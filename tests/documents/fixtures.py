"""The checkout that tests of commands share; each finds it as a clone is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.stage import Stage, stage


@pytest.fixture(scope="session")
def staged() -> Iterator[Stage]:
    with stage() as made:
        yield made


@pytest.fixture
def checkout(staged: Stage) -> Stage:
    staged.clean()
    return staged


@pytest.fixture
def quick(checkout: Stage) -> Stage:
    """A checkout whose configuration names a sandbox that is not there: nothing has to start."""
    (checkout.checkout / "config.yaml").write_text("sandbox: {socket: nobody.sock}\n")
    return checkout


@pytest.fixture
def ready(checkout: Stage, sandbox_socket: Path) -> Stage:
    """A checkout whose configuration names a sandbox that runs."""
    (checkout.checkout / "config.yaml").write_text(f"sandbox: {{socket: {sandbox_socket}}}\n")
    return checkout
