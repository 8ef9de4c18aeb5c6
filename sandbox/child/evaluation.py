"""Run a grading job in a process of its own: bind the given, run the cells, send values back."""

import io
import random
import sys
import time
from typing import Any

import numpy as np
import torch

from sandbox.child import cell, values
from sandbox.child.namespace import fresh_namespace
from sandbox.child.tracebacks import describe, is_out_of_memory
from sandbox.wire import (
    CallOf,
    CellError,
    Evaluation,
    Export,
    Exports,
    MissingValue,
    RaisedValue,
    Status,
    Value,
    ValueOf,
)

_MOST_STDOUT = 64 * 1024
_MOST_STATE = 100


def evaluate(job: Evaluation, folder: str) -> Exports:
    """Return what `job` asks for. Whatever the cells do wrong is part of the answer."""
    namespace = fresh_namespace()
    _seed(job.seed)
    namespace.update(_given(job))
    before = set(namespace)
    printed = sys.stdout = io.StringIO()
    sys.stdin = io.StringIO()
    started = time.monotonic()
    status, error, failed_cell, exited = _run_cells(job, namespace, folder)
    return Exports(
        status=status,
        values={key: _export(wanted, job, namespace) for key, wanted in job.exports.items()},
        state=_state(namespace, before, job) if job.state else {},
        error=error,
        failed_cell=failed_cell,
        exited=exited,
        stdout=_clean(printed.getvalue()),
        seconds=time.monotonic() - started,
    )


def _run_cells(
    job: Evaluation, namespace: dict[str, Any], folder: str
) -> tuple[Status, CellError | None, int | None, bool]:
    for index, code in enumerate(job.cells):
        matters = index == len(job.cells) - 1 or not job.past_errors
        try:
            cell.run(code, f"<cell {index + 1}>", namespace)
        except SystemExit as leaving:
            if not matters:
                continue
            left = describe(leaving, folder)
            return ("ok" if not leaving.code else "error"), left, index, True
        except BaseException as error:
            if not matters:
                continue
            status: Status = "oom" if is_out_of_memory(error) else "error"
            return status, describe(error, folder), index, False
    return "ok", None, None, False


def _given(job: Evaluation) -> dict[str, Any]:
    return {name: values.to_python(value) for name, value in job.given.items()}


def _export(wanted: Export, job: Evaluation, namespace: dict[str, Any]) -> Value:
    try:
        match wanted:
            case ValueOf(expression=expression):
                if expression.isidentifier() and expression not in namespace:
                    return MissingValue(expression)
                return values.to_value(eval(expression, namespace))
            case CallOf(function=function, arguments=arguments):
                if function not in namespace:
                    return MissingValue(function)
                fresh = {"torch": namespace["torch"], **_given(job)}
                return values.to_value(namespace[function](*(eval(a, fresh) for a in arguments)))
    except BaseException as error:
        described = describe(error, "")
        return RaisedValue(described.type, described.message)


def _state(namespace: dict[str, Any], before: set[str], job: Evaluation) -> dict[str, Value]:
    """Return the globals that the cells bound or changed and that are plain data."""
    kept: dict[str, Value] = {}
    for name, thing in list(namespace.items()):
        if name.startswith("_") or (name in before and name not in job.given):
            continue
        value = values.to_value(thing)
        if value != job.given.get(name) and not _is_opaque(value) and len(kept) < _MOST_STATE:
            kept[name] = value
    return kept


def _is_opaque(value: Value) -> bool:
    return type(value).__name__ == "OpaqueValue"


def _seed(seed: int) -> None:

    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002
    torch.manual_seed(seed & ((1 << 63) - 1))


def _clean(text: str) -> str:
    return text[:_MOST_STDOUT].encode("utf-8", "backslashreplace").decode("utf-8")
