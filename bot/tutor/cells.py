"""The cells a learner ran in their present session: found again, replayed, and handed in."""

from collections.abc import Sequence
from hashlib import sha256

from bot.tutor.records import RanCell
from bot.tutor.route import Stop


def digest(code: str) -> str:
    """Return what a button carries to name a cell."""
    return sha256(code.encode(errors="replace")).hexdigest()[:8]


def successful(cells: Sequence[RanCell]) -> list[RanCell]:
    return [cell for cell in cells if cell.ok]


def find(cells: Sequence[RanCell], name: str) -> RanCell | None:
    """Return the latest cell with that digest."""
    return next((cell for cell in reversed(cells) if digest(cell.code) == name), None)


def handed_in(cells: Sequence[RanCell], stop: Stop, name: str | None = None) -> list[str]:
    """Return the code to grade at `stop`: its successful cells up to the submitted one.

    That is the one with the digest `name`, else the last. Empty when there is no such cell.
    """
    own = [cell for cell in successful(cells) if (cell.lesson, cell.step) == step_key(stop)]
    while name is not None and own and digest(own[-1].code) != name:
        own.pop()
    return [cell.code for cell in own]


def step_key(stop: Stop | None) -> tuple[str | None, str | None]:
    """Return the lesson and the step that a cell run at `stop` belongs to."""
    if stop is None:
        return None, None
    return stop.lesson.id, stop.item if stop.graded else None
