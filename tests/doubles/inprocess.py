"""Stands in for the sandbox where a test is about grading and not about walls.

It runs grading jobs with plain torch in the test's own process: no jail, no limits, one after the
other. Never give it hostile code; what attacks the process is tested on the real sandbox.
"""

import contextlib
import io
from collections.abc import Mapping
from typing import Any

import torch

from sandbox.child.values import to_python, to_value
from sandbox.wire import (
    CellError,
    Evaluation,
    Export,
    Exports,
    MissingValue,
    RaisedValue,
    Value,
    ValueOf,
)


class InProcess:
    """An evaluator that remembers the jobs it was asked to do, batch by batch."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Evaluation]] = []

    @property
    def jobs(self) -> dict[str, Evaluation]:
        """Every job so far; a later one replaces an earlier one of the same name."""
        return {name: job for batch in self.batches for name, job in batch.items()}

    async def __call__(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        self.batches.append(dict(jobs))
        return {name: run(job) for name, job in jobs.items()}


def run(job: Evaluation) -> Exports:
    """Return what the job's cells lead to."""
    given = _fresh(job)
    names: dict[str, Any] = {"torch": torch, "__name__": "__main__", **given}
    before = set(names) - set(given)
    torch.manual_seed(job.seed)
    stdout = io.StringIO()
    failed, error, exited = None, None, False
    with contextlib.redirect_stdout(stdout):
        for number, code in enumerate(job.cells):
            matters = number == len(job.cells) - 1 or not job.past_errors
            try:
                exec(compile(code, f"<cell {number + 1}>", "exec"), names)
            except SystemExit:
                exited = True
                break
            except Exception as raised:  # noqa: BLE001
                if not matters:
                    continue
                failed, error = number, _cell_error(raised)
                break
        values = {key: _export(wanted, names, job) for key, wanted in job.exports.items()}
    state = {
        name: value
        for name, thing in names.items()
        if name not in before
        and not name.startswith("_")
        and type(value := to_value(thing)).__name__ != "OpaqueValue"
    }
    return Exports(
        status="ok" if error is None else "error",
        values=values,
        state=state if job.state else {},
        error=error,
        failed_cell=failed,
        exited=exited,
        stdout=stdout.getvalue(),
        seconds=0.0,
    )


def _fresh(job: Evaluation) -> dict[str, Any]:
    return {name: to_python(value) for name, value in job.given.items()}


def _cell_error(raised: Exception) -> CellError:
    text = raised.msg if isinstance(raised, SyntaxError) else str(raised)
    return CellError(type=type(raised).__name__, message=text, line=None, traceback="")


def _export(wanted: Export, names: dict[str, Any], job: Evaluation) -> Value:
    try:
        if isinstance(wanted, ValueOf):
            if wanted.expression.isidentifier() and wanted.expression not in names:
                return MissingValue(wanted.expression)
            return to_value(eval(wanted.expression, names))
        if wanted.function not in names:
            return MissingValue(wanted.function)
        fresh = {"torch": torch, **_fresh(job)}
        return to_value(names[wanted.function](*(eval(one, fresh) for one in wanted.arguments)))
    except Exception as raised:  # noqa: BLE001
        return RaisedValue(type(raised).__name__, str(raised))
