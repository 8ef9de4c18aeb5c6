"""Reports on a session's variables after each run, and on one of them in depth, within a time budget.

Metadata always; values of small tensors always, of large ones while there is time, smallest first:
exact up to 16,384 elements and from a strided sample above. No `repr`, no random numbers, no write, no attribute that a class of a
learner could define; and what is remembered from run to run keeps nothing alive.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter, thread_time
from typing import Any, TypeVar

import numpy as np
import torch
from msgspec.structs import replace

from sandbox.child.inspector import (
    differences,
    elements,
    fitting,
    gradients,
    graph,
    modules,
    optimizers,
    pictures,
    relations,
    remote,
    statistics,
)
from sandbox.child.inspector.cuts import EXACT_ELEMENTS
from sandbox.child.inspector.differences import Difference, Past
from sandbox.child.inspector.metadata import Metadata, read
from sandbox.child.inspector.variables import Found, Variable, find
from sandbox.inspection import (
    MOST_DETAIL_CELLS,
    MOST_DETAILED,
    MOST_GRID_CELLS,
    Detail,
    Inspection,
    Look,
    ModuleReport,
    OptimizerReport,
    TensorReport,
)

_BUDGET_SECONDS = 0.025
"""Of this thread's time: what others compute meanwhile costs no learner a value."""

_MOST_OTHERS = 8

_NOTHING = Inspection(tensors=())

_no_function, _no_dispatch = torch._C.DisableTorchFunction, torch._C._DisableTorchDispatch
"""Keep subclasses, and modes that a learner left on, from hearing of what the collector does."""

Report = TypeVar("Report", ModuleReport, OptimizerReport)
QueueOf = Callable[[str], remote.Queue]


@dataclass(slots=True)
class _Subject:
    """A variable that is described, and what was found out about it."""

    variable: Variable
    difference: Difference
    facts: Metadata
    cells: elements.Wanted
    is_here: bool
    read: elements.Elements | None = None
    trouble: remote.Trouble | None = None


class Inspector:
    """What the inspector of one session knows. `here` names the devices whose memory is read in place."""

    def __init__(
        self, queue_of: QueueOf = remote.CudaQueue, here: tuple[str, ...] = ("cpu",)
    ) -> None:
        self._past = Past()
        self._queue_of = queue_of
        self._here = here

    def report(self, namespace: dict[str, Any]) -> Inspection:
        """Return what there is to say of all variables; differences are since the last call."""
        collects = _stop_collecting()
        try:
            with _no_function(), _no_dispatch(), np.errstate(all="ignore"):
                return self._report(namespace)
        except BaseException:  # whatever it was, the run is over and its result is sent
            return _NOTHING
        finally:
            _collect_again(collects)

    def look(self, namespace: dict[str, Any], wanted: Look) -> Inspection:
        """Return one tensor in depth, nothing if there is none; no later report knows of it."""
        collects = _stop_collecting()
        try:
            with _no_function(), _no_dispatch(), np.errstate(all="ignore"):
                return Inspection(tensors=(), detail=self._detail(namespace, wanted))
        except BaseException:
            return _NOTHING
        finally:
            _collect_again(collects)

    def _report(self, namespace: dict[str, Any]) -> Inspection:
        give_up = thread_time() + _BUDGET_SECONDS
        found = find(namespace)
        compared = [(one, self._past.compare(one)) for one in found.tensors]
        subjects = self._subjects(compared)
        self._read(subjects)
        tensors = _reports(subjects, found, give_up)
        deleted = self._past.deleted(found)
        past = Past({one.name: difference.now for one, difference in compared})
        inspection = Inspection(
            tensors=tuple(tensors),
            omitted=len(compared) - len(tensors) + found.unread,
            modules=self._others(found.modules, modules.summary, past),
            optimizers=self._others(found.optimizers, optimizers.summary, past),
            deleted=deleted,
        )
        self._past = past
        return fitting.fit(inspection)

    def _detail(self, namespace: dict[str, Any], wanted: Look) -> Detail | None:
        give_up = thread_time() + _BUDGET_SECONDS
        found = find(namespace)
        variable = next((one for one in _every(found) if one.name == wanted.name), None)
        if variable is None:
            return None
        difference = self._past.compare(variable)
        subjects = self._subjects([(variable, difference)], wanted.index, MOST_DETAIL_CELLS)
        if not subjects:
            return None
        self._read(subjects)
        (report,) = _reports(subjects, found, give_up)
        before = difference.before
        if before is not None:
            report = replace(report, change=before.change, writes=before.writes, was=before.was)
        nodes, more = _graph(variable, found)
        return Detail(report, subjects[0].cells.grid.index, nodes, more)

    def _subjects(
        self,
        compared: list[tuple[Variable, Difference]],
        index: tuple[int, ...] | None = None,
        cells: int = MOST_GRID_CELLS,
    ) -> list[_Subject]:
        """Return what can be described: not more than there is room for, changed ones first."""
        chosen: Sequence[int] = range(len(compared))
        if len(compared) > MOST_DETAILED:
            chosen = differences.first(compared, MOST_DETAILED)
        subjects = []
        for position in chosen:
            variable, difference = compared[position]
            with suppress(Exception):  # an odd tensor costs its own line, never the report
                facts = read(variable)
                wanted = elements.wanted(facts, index, cells)
                is_here = facts.fields["device"] in self._here
                subjects.append(_Subject(variable, difference, facts, wanted, is_here))
        return subjects

    def _read(self, subjects: list[_Subject]) -> None:
        """Bring the elements of what lies on other devices; the rest is read when it is its turn."""
        away: dict[str, list[_Subject]] = {}
        for one in subjects:
            if not one.is_here and _can_be_copied(one.facts):
                away.setdefault(one.facts.fields["device"], []).append(one)
        give_up = perf_counter() + _BUDGET_SECONDS
        for device, there in away.items():
            requests = [
                remote.Request(
                    one.variable.thing,
                    one.facts.fields["dtype"],
                    elements.keys(one.facts, one.cells),
                )
                for one in there
            ]
            brought = remote.fetch(device, requests, give_up, self._queue_of)
            if isinstance(brought, str):
                for one in there:
                    one.trouble = brought
                continue
            for one, pieces in zip(there, brought, strict=True):
                one.read = elements.copied(pieces, one.facts, one.cells)

    def _others(
        self,
        things: list[tuple[str, Any]],
        summary: Callable[[str, Any], tuple[Report, tuple[Any, ...]]],
        past: Past,
    ) -> tuple[Report, ...]:
        """Return the reports of modules or optimisers, and have `past` remember them."""
        reports = []
        for name, thing in things[-_MOST_OTHERS:]:
            with suppress(Exception):
                report, mark = summary(name, thing)
                change = self._past.compare_other(name, thing, mark)
                past.remember_other(name, thing, mark)
                reports.append(replace(report, change=change))
        return tuple(reports)


def _stop_collecting() -> bool:
    """Keep the finalizers of garbage from running in between; tells whether they did before."""
    collects = gc.isenabled()
    gc.disable()
    return collects


def _collect_again(collects: bool) -> None:  # noqa: FBT001  (what the other one returned)
    if collects:
        gc.enable()


def _reports(subjects: list[_Subject], found: Found, give_up: float) -> list[TensorReport]:
    """Return the reports in the order of `subjects`, made in the order of their sizes."""
    owners = relations.homes(found, give_up)
    facts = {one.variable.name: one.facts for one in subjects}
    made: dict[int, TensorReport] = {}
    for one in sorted(subjects, key=lambda one: one.facts.elements):
        with suppress(Exception):
            fields = dict(one.facts.fields)
            fields["same_as"] = relations.same_as(one.variable, found)
            fields["shares_with"] = relations.shares_with(
                one.variable, one.facts.place, owners, facts
            )
            small = one.facts.elements <= EXACT_ELEMENTS
            _add_values(one, fields, values=small or thread_time() < give_up)
            made[id(one)] = TensorReport(**fields)
    return [made[id(one)] for one in subjects if id(one) in made]


def _add_values(one: _Subject, fields: dict[str, Any], *, values: bool) -> None:
    """Add to `fields` what the elements tell, and what became of them since the last report."""
    numbers: dict[str, Any] = {}
    try:
        if values:
            numbers = _values(one)
    except Exception:
        numbers, one.read = {}, None
    difference = one.difference
    differences.look_closer(difference, one.facts, one.read, numbers)
    fields |= numbers
    slope = gradients.read(one.variable, one.facts, values=values)
    before = difference.before if difference.change != "rebound" else None
    difference.now.slope = slope
    fields["gradient"] = gradients.compare(slope, before.slope if before else None)
    fields["change"] = difference.change
    fields["writes"] = difference.now.writes
    fields["was"] = difference.now.was
    fields["trouble"] = one.trouble


def _values(one: _Subject) -> dict[str, Any]:
    """Return the fields that are read off the elements, none where those are not to be had."""
    if one.is_here and one.facts.reading != "unreadable":
        one.read = elements.in_memory(one.variable.thing, one.facts, one.cells)
    if one.read is None:
        return {}
    numbers = statistics.statistics(one.read, corrected=one.variable.kind == "tensor")
    if one.facts.elements <= statistics.SHOWN_ELEMENTS:
        numbers["values"] = statistics.shown(one.read.sample)
    numbers["preview"] = pictures.preview(one.read, one.cells)
    if numbers["preview"] is None or one.cells.cells > MOST_GRID_CELLS:
        numbers["grid"] = pictures.grid(one.read, one.cells)
    return numbers


def _can_be_copied(facts: Metadata) -> bool:
    return (
        facts.elements > 0
        and facts.reading != "unreadable"
        and elements.code_of(facts.fields["dtype"]) is not None
    )


def _every(found: Found) -> Iterator[Variable]:
    """Yield each variable under each of its names."""
    for one in found.tensors:
        yield one
    for one in found.tensors:
        for name in found.names[id(one.thing)]:
            yield one._replace(name=name)


def _graph(variable: Variable, found: Found) -> tuple[tuple[Any, ...], int]:
    if variable.kind != "tensor":
        return (), 0
    try:
        return graph.behind(variable.thing, variable.name, found)
    except Exception:
        return (), 0
