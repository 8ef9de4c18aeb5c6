"""What became of a submission, as records."""

from dataclasses import dataclass
from typing import Literal

from bot.tutor.compare import Aspect
from bot.tutor.lesson import Check, LocalText
from bot.tutor.records import Outcome
from sandbox.wire import CellError


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check went over all rounds in which it counts.

    `found` says in one line, in no language, what there was instead, and `aspect` where to look: both
    only for what shows in the public round or in the source.
    """

    check: Check
    passed: bool
    where: Literal["public", "hidden", "source"]
    found: str | None
    aspect: Aspect | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a submission.

    `say` is the text of the misconception with that index, when one spoke. `error` is what the code
    raised in the public round. `public_passed`: if anything failed, then only hidden checks did.
    `missing_name` is the name that the code used without having it.
    """

    outcome: Outcome
    points: float
    max_points: float
    checks: tuple[CheckResult, ...] = ()
    say: LocalText | None = None
    misconception: int | None = None
    error: CellError | None = None
    public_passed: bool = False
    missing_name: str | None = None
