"""Grades what came back from the sandbox against the reference's results, check by check."""

import re
from collections.abc import Sequence

from bot.tutor.expectations import (
    Fault,
    ending,
    faults,
    raised_unasked,
    targets,
    value_of,
)
from bot.tutor.lesson import Check, FnCheck
from bot.tutor.mistakes import misconception
from bot.tutor.records import Outcome
from bot.tutor.rounds import Round
from bot.tutor.source_rules import broken_rules
from bot.tutor.task import RunCheck, Task
from bot.tutor.verdict import CheckResult, Verdict
from sandbox.wire import CellError, Exports, RaisedValue

_MISSING_NAME = re.compile(r"name '(\w{1,100})' is not defined")
_SLIPS = frozenset({"SyntaxError", "IndentationError", "TabError", "NameError"})


def not_attempted(task: Task) -> Verdict:
    """Return the verdict on a submission in which nothing was written."""
    return Verdict("not_attempted", 0.0, _max_points(task))


def grade(
    task: Task, rounds: Sequence[Round], found: Sequence[Exports], cells: Sequence[str]
) -> Verdict:
    """Return the verdict on `cells`, which led to `found` in `rounds` (the public one first).

    `found` may be anything a hostile process sends. Raises `SizeError` for a check's shape that
    cannot be worked out; preparing the rounds has raised it before.
    """
    broken = broken_rules(task.checks, cells)
    pairs = list(zip(rounds, found, strict=True))
    table = [faults(task, one, exports, len(cells)) for one, exports in pairs]
    checks = tuple(
        _source_result(check, broken.get(index))
        if not isinstance(check, RunCheck)
        else _run_result(check, table[0].get(index), [row.get(index) for row in table[1:]])
        for index, check in enumerate(task.checks)
    )
    error = found[0].error or _slip_in_call(task, found[0])
    outcome = _outcome(task, checks, found, error)
    index = misconception(task, pairs, table, broken) if outcome == "wrong" else None
    return Verdict(
        outcome=outcome,
        points=_points(checks) if outcome in ("passed", "wrong") else 0.0,
        max_points=_max_points(task),
        checks=checks,
        say=task.misconceptions[index].say if index is not None else None,
        misconception=index,
        error=error if outcome != "passed" else None,
        public_passed=_public_passed(task, checks, found[0]),
        missing_name=_missing_name(error) if outcome == "not_attempted" else None,
    )


# Checks -----------------------------------------------------------------------------------------


def _source_result(check: Check, at_fault: str | None) -> CheckResult:
    if at_fault is None:
        return CheckResult(check, passed=True, where="source", found=None)
    return CheckResult(check, passed=False, where="source", found=at_fault, aspect="source")


def _run_result(
    check: RunCheck, shown: Fault | None, secret: Sequence[Fault | None]
) -> CheckResult:
    """Sum up a check over the rounds; only what an open one saw in the public round may be told."""
    if shown is not None and not check.hidden:
        return CheckResult(
            check, passed=False, where="public", found=shown.found, aspect=shown.aspect
        )
    passed = not any(secret)
    return CheckResult(check, passed, "public" if passed and not check.hidden else "hidden", None)


def _points(checks: Sequence[CheckResult]) -> float:
    return float(sum(one.check.points for one in checks if one.passed))


def _max_points(task: Task) -> float:
    return float(sum(check.points for check in task.checks))


def _public_passed(task: Task, checks: Sequence[CheckResult], public: Exports) -> bool:
    shown = all(one.passed or one.where == "hidden" for one in checks)
    return shown and ending(public) is None and not raised_unasked(task, public)


# Outcome ----------------------------------------------------------------------------------------


def _outcome(
    task: Task, checks: Sequence[CheckResult], found: Sequence[Exports], error: CellError | None
) -> Outcome:
    endings: list[Outcome] = [end for exports in found if (end := ending(exports))]
    if endings:
        return endings[0]
    if all(one.passed for one in checks) and not any(raised_unasked(task, one) for one in found):
        return "passed"
    # A typing slip and a name left in another cell tell nothing about what was understood.
    if error is not None and error.type in _SLIPS:
        return "not_attempted"
    return "wrong"


def _slip_in_call(task: Task, public: Exports) -> CellError | None:
    """Return the NameError that a checked function of the learner's raised, if one did.

    The function itself missing is another matter: then what was asked for was not written.
    """
    asked_for = {check.fn for check in task.checks if isinstance(check, FnCheck)}
    for key in targets(task):
        value = value_of(public, key)
        if isinstance(value, RaisedValue) and value.type == "NameError":
            error = CellError(type=value.type, message=value.message, line=None, traceback="")
            if _missing_name(error) not in asked_for:
                return error
    return None


def _missing_name(error: CellError | None) -> str | None:
    if error is None or error.type != "NameError":
        return None
    found = _MISSING_NAME.search(error.message)
    return found.group(1) if found else None
