"""Judges whether what the reference leads to can be measured against."""

from bot.tutor.compare import describe
from bot.tutor.expectations import expectations, fault, raised_unasked, target_of, value_of
from bot.tutor.lesson import FnCheck, StdoutCheck
from bot.tutor.rounds import Start
from bot.tutor.task import RunCheck, Task
from sandbox.wire import Exports, ListValue, MissingValue, OpaqueValue, RaisedValue, Value


def unusable(task: Task, start: Start, reference: Exports) -> str | None:
    """Say, to the author, why the reference's results are no yardstick; None when they are one.

    Raises `SizeError` when a check asks for a shape that cannot be worked out.
    """
    error = reference.error
    if error is not None and raised_unasked(task, reference):
        return f"the first solution raises {error.type}: {error.message}"
    for key in expectations(task):
        value = value_of(reference, key)
        if not _is_comparable(value):
            return f"`{key[1:]}` cannot be compared with: {describe(value, 'kind')}"
    faults = (_own_fault(check, start, reference) for check in task.run_checks)
    return next(filter(None, faults), None)


def _own_fault(check: RunCheck, start: Start, reference: Exports) -> str | None:
    if isinstance(check, FnCheck) and check.returns.grad is not None:
        return f"{target_of(check)}: `grad` goes with `var`; return the gradient and use `equals`"
    amiss = fault(check, reference, reference, start.sizes)
    if amiss is None:
        return None
    name = "stdout" if isinstance(check, StdoutCheck) else target_of(check)
    return f"the first solution fails the check of {name} ({amiss.aspect}: {amiss.found})"


def _is_comparable(value: Value) -> bool:
    match value:
        case RaisedValue() | MissingValue() | OpaqueValue():
            return False
        case ListValue(items=items):
            return all(map(_is_comparable, items))
        case _:
            return True
