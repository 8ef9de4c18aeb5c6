"""Finds the known mistake that explains a failed submission, by what it leads to."""

from collections.abc import Mapping, Sequence

from bot.tutor.compare import Tolerance, difference
from bot.tutor.expectations import (
    Fault,
    ending,
    expect_of,
    fault,
    faults,
    holds,
    raised_unasked,
    target_of,
    value_of,
)
from bot.tutor.lesson import Misconception, StdoutCheck
from bot.tutor.rounds import Round
from bot.tutor.source_rules import broken_rules
from bot.tutor.task import RunCheck, Task
from sandbox.wire import CellError, Exports, RaisedValue


def is_silent(task: Task, index: int, one: Round) -> bool:
    """Tell whether a known mistake gets through in this round, so that it shows only in others."""
    wrong = task.misconceptions[index].wrong
    return not _is_amiss(task, one, one.mistakes[index]) and not broken_rules(task.checks, [wrong])


def misconception(
    task: Task,
    pairs: Sequence[tuple[Round, Exports]],
    table: Sequence[Mapping[int, Fault]],
    broken: Mapping[int, str],
) -> int | None:
    """Return the first known mistake that explains the first round in which something shows.

    `pairs` holds each round with what the submission led to, `table` the faults of each by check, and
    `broken` the source rules it broke. Without any fault only a broken rule is left to explain.
    """
    shows = [
        bool(row) or raised_unasked(task, found)
        for row, (_, found) in zip(table, pairs, strict=True)
    ]
    one, found = pairs[shows.index(True) if any(shows) else 0]
    explains = (
        index
        for index, mistake in enumerate(task.misconceptions)
        if _fits(mistake, one, found) or _is_repeated(task, index, one, found, broken)
    )
    return next(explains, None)


def _fits(mistake: Misconception, one: Round, found: Exports) -> bool:
    return mistake.when is not None and holds(mistake.when, found, one.reference, one.start.sizes)


def _is_repeated(
    task: Task, index: int, one: Round, found: Exports, broken: Mapping[int, str]
) -> bool:
    """Tell whether the mistake, which is one here, led to the same as the submission did."""
    theirs = one.mistakes.get(index)
    if theirs is None or not _same_results(task, found, theirs):
        return False
    wrong = task.misconceptions[index].wrong
    breaks_the_same = bool(broken) and broken_rules(task.checks, [wrong]) == broken
    return breaks_the_same or _is_amiss(task, one, theirs)


def _is_amiss(task: Task, one: Round, exports: Exports) -> bool:
    return raised_unasked(task, exports) or bool(faults(task, one, exports, 1))


def _same_results(task: Task, found: Exports, mistake: Exports) -> bool:
    """Tell whether two runs ended alike: with the same error, or the same in all that is checked."""
    if ending(mistake) is not None:
        return False
    if found.error is not None or mistake.error is not None:
        return _same_error(found.error, mistake.error)
    return all(_same_result(check, found, mistake) for check in task.run_checks)


def _same_error(one: CellError | None, other: CellError | None) -> bool:
    if one is None or other is None:
        return False
    found, expected = (RaisedValue(error.type, error.message) for error in (one, other))
    return difference(found, expected, Tolerance()) is None


def _same_result(check: RunCheck, found: Exports, mistake: Exports) -> bool:
    if isinstance(check, StdoutCheck):
        earlier_cells_may_print = 2
        return fault(check, found, mistake, {}, earlier_cells_may_print) is None
    target, expect = target_of(check), expect_of(check)
    one, other = value_of(found, target), value_of(mistake, target)
    if difference(one, other, Tolerance()) is not None:
        return False
    claims = [name for name in ("requires_grad", "device") if getattr(expect, name) is not None]
    if any(getattr(one, name, None) != getattr(other, name, None) for name in claims):
        return False
    grads = f"{target}.grad"
    return difference(value_of(found, grads), value_of(mistake, grads), Tolerance()) is None
