"""What checks ask of a run: which values must leave the sandbox, and what about them is not as asked.

A process of the learner's is asked for the *targets* of checks only. What they are compared with is
asked of the reference's process, under keys that begin with `=`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.tutor.arrays import array_of
from bot.tutor.compare import Aspect, Tolerance, describe, difference, printable
from bot.tutor.lesson import Expect, FnCheck, StdoutCheck, VarCheck, When
from bot.tutor.records import Outcome
from bot.tutor.rounds import Round
from bot.tutor.sizes import shape_of
from bot.tutor.task import RunCheck, Task
from sandbox.wire import (
    CallOf,
    Export,
    Exports,
    MissingValue,
    RaisedValue,
    TensorValue,
    Value,
    ValueOf,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is not as asked, and in one short line what there is instead."""

    aspect: Aspect
    found: str


def targets(task: Task) -> dict[str, Export]:
    """Return what the learner's process is asked for: names and calls, and nothing they should be."""
    exports: dict[str, Export] = {}
    for check in task.run_checks:
        match check:
            case VarCheck():
                exports |= _variable(check.var, check)
            case FnCheck():
                exports[target_of(check)] = CallOf(check.fn, check.args)
            case StdoutCheck():
                pass
    for when in _conditions(task):
        if when.var is not None:
            exports |= _variable(when.var, when)
    return exports


def expectations(task: Task) -> dict[str, Export]:
    """Return what only the reference's process is asked for: the right-hand sides of the checks."""
    expects = [expect for check in task.run_checks if (expect := expect_of(check))]
    expects += _conditions(task)
    wanted = [text for expect in expects for text in (expect.equals, expect.grad) if text]
    return {f"={text}": ValueOf(text) for text in wanted}


def target_of(check: VarCheck | FnCheck) -> str:
    """Return the key of the value that the check looks at."""
    return check.var if isinstance(check, VarCheck) else f"{check.fn}({', '.join(check.args)})"


def expect_of(check: RunCheck) -> Expect | None:
    """Return what the check expects of its target, if it looks at a value."""
    match check:
        case VarCheck():
            return check
        case FnCheck(returns=expect):
            return expect
        case StdoutCheck():
            return None


def _variable(name: str, expect: Expect) -> dict[str, Export]:
    exports: dict[str, Export] = {name: ValueOf(name)}
    if expect.grad is not None:
        exports[f"{name}.grad"] = ValueOf(f"{name}.grad")
    return exports


def _conditions(task: Task) -> list[When]:
    return [mistake.when for mistake in task.misconceptions if mistake.when is not None]


# Looking ----------------------------------------------------------------------------------------


def fault(
    check: RunCheck, found: Exports, reference: Exports, sizes: Mapping[str, int], cells: int = 1
) -> Fault | None:
    """Return what `check` finds amiss in the results `found` of so many cells, or None.

    Raises `SizeError` when the check's own shape cannot be worked out.
    """
    match check:
        case StdoutCheck():
            return _printed(found.stdout, reference.stdout, cells)
        case VarCheck():
            return _fault(check, check.var, found, reference, sizes)
        case FnCheck():
            return _fault(check.returns, target_of(check), found, reference, sizes)


def faults(task: Task, one: Round, found: Exports, cells: int) -> dict[int, Fault]:
    """Return the faults by index of the check, those of hidden checks included."""
    return {
        index: amiss
        for index, check in enumerate(task.checks)
        if isinstance(check, RunCheck)
        and (amiss := fault(check, found, one.reference, one.start.sizes, cells)) is not None
    }


def holds(when: When, found: Exports, reference: Exports, sizes: Mapping[str, int]) -> bool:
    """Tell whether the condition describes the results. Raises `SizeError`."""
    if when.var is not None:
        return _fault(when, when.var, found, reference, sizes) is None
    errors = [
        f"{one.type}: {one.message}"
        for one in found.values.values()
        if isinstance(one, RaisedValue)
    ]
    if found.error is not None:
        errors.append(f"{found.error.type}: {found.error.message}")
    return any((when.error or "") in text for text in errors)


def value_of(exports: Exports, key: str) -> Value:
    """Return the exported value, missing where the process did not send it."""
    return exports.values.get(key, MissingValue(key))


def _fault(
    expect: Expect, target: str, found: Exports, reference: Exports, sizes: Mapping[str, int]
) -> Fault | None:
    value = value_of(found, target)
    if expect.raises is not None:
        return None if expect.raises in _raised_types(value, found) else _at(value, "raises")
    if isinstance(value, MissingValue):
        return _at(value, "missing")
    if isinstance(value, RaisedValue):
        return _at(value, "raised")
    aspect = _metadata(expect, value, sizes)
    tolerance = Tolerance(expect.rtol, expect.atol)
    if aspect is None and expect.equals is not None:
        aspect = difference(value, value_of(reference, f"={expect.equals}"), tolerance)
    if aspect is not None:
        return _at(value, aspect)
    if expect.grad is not None:
        grad = value_of(found, f"{target}.grad")
        if difference(grad, value_of(reference, f"={expect.grad}"), tolerance) is not None:
            return _at(grad, "grad")
    return None


def _at(value: Value, aspect: Aspect) -> Fault:
    return Fault(aspect, describe(value, aspect))


def _raised_types(value: Value, found: Exports) -> set[str]:
    """Return the last part of the type of what evaluating the target, or the cell itself, raised."""
    types = {value.type} if isinstance(value, RaisedValue) else set()
    if isinstance(value, MissingValue) and found.error is not None:
        types.add(found.error.type)
    return {short_type(kind) for kind in types}


def short_type(error_type: str) -> str:
    """Return the exception type without its module."""
    return error_type.rpartition(".")[2]


def _metadata(expect: Expect, value: Value, sizes: Mapping[str, int]) -> Aspect | None:
    """Compare what the value claims about itself; a tensor whose bytes belie its claims is none."""
    asked = (expect.shape, expect.dtype, expect.device, expect.requires_grad)
    if all(one is None for one in asked):
        return None
    if not isinstance(value, TensorValue) or array_of(value) is None:
        return "kind"
    differs: dict[Aspect, bool] = {
        "shape": expect.shape is not None and value.shape != shape_of(expect.shape, sizes),
        "dtype": expect.dtype is not None and value.dtype != expect.dtype.removeprefix("torch."),
        "device": expect.device is not None and not _on(expect.device, value.device),
        "requires_grad": expect.requires_grad not in (None, value.requires_grad),
    }
    return next((aspect for aspect, it_does in differs.items() if it_does), None)


def _on(wanted: str, device: str) -> bool:
    return device == wanted or device.partition(":")[0] == wanted


def _printed(found: str, expected: str, cells: int) -> Fault | None:
    ours, theirs = _lines(expected), _lines(found)
    # Cells of the same step that ran before the submitted one may have printed things of their own.
    if cells > 1 and ours:
        theirs = theirs[-len(ours) :]
    return None if theirs == ours else Fault("stdout", printable(found))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


# How a run ended ----------------------------------------------------------------------------------

_ENDINGS: dict[str, Outcome] = {
    "timeout": "timeout",
    "oom": "oom",
    "output_limit": "ended_early",
    "killed": "ended_early",
    "interrupted": "infra",
}


def ending(exports: Exports) -> Outcome | None:
    """Return how the process ended before its time, if it did."""
    return _ENDINGS.get(exports.status) or ("ended_early" if exports.exited else None)


def raised_unasked(task: Task, found: Exports) -> bool:
    """Tell whether a cell raised something that no check asks for."""
    asked = {check.raises for check in task.checks if isinstance(check, VarCheck)}
    if found.error is None:
        return found.status == "error"
    return short_type(found.error.type) not in asked
