"""Two servers with a manager each, an operator, and a learner."""

from dataclasses import replace

import pytest

from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import DM, ONE, TWO, Member, StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def tutor(services: Services, clock: StoppedClock) -> Tutor:
    return Tutor(replace(services, clock=clock, operators=frozenset({"discord:olga"})))


@pytest.fixture
def grace(tutor: Tutor) -> Member:
    """Whoever manages the first server."""
    return Member(tutor, "grace", ONE, manages=True)


@pytest.fixture
def alan(tutor: Tutor) -> Member:
    """Whoever manages the second server."""
    return Member(tutor, "alan", TWO, manages=True)


@pytest.fixture
def olga(tutor: Tutor) -> Member:
    """The operator, in a DM."""
    return Member(tutor, "olga", DM)


@pytest.fixture
def ada(tutor: Tutor) -> Member:
    """A learner in the first server."""
    return Member(tutor, "ada", ONE)
