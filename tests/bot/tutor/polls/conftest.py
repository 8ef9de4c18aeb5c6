"""A tutor on a clock that stands still, a teacher who manages a server, and some of its members."""

from dataclasses import replace

import pytest

from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.member import Member, StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def tutor(services: Services, clock: StoppedClock) -> Tutor:
    return Tutor(replace(services, clock=clock))


@pytest.fixture
def restarted(services: Services, clock: StoppedClock) -> Tutor:
    """The tutor after the program was killed and started again: the database is all it has."""
    return Tutor(replace(services, clock=clock))


@pytest.fixture
def teacher(tutor: Tutor) -> Member:
    return Member(tutor, "grace", manages=True)


@pytest.fixture
def members(tutor: Tutor) -> list[Member]:
    return [Member(tutor, f"member-{number}") for number in range(10)]
