"""Writes the inspector's report as plain text; every word of a report is the learner's own claim."""

import math
import re
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from bot.tutor.clean import clean
from bot.tutor.ports import Wording
from bot.tutor.reply import Code, Fields, Part
from sandbox.inspection import Inspection, TensorReport

_WORD = re.compile(r"[^\W\d]\w*")

MOST_IN_A_RUN = 6
MOST_ON_REQUEST = 24
MOST_NAME = 40
MOST_WORD = 24
MOST_SIZES = 8
MOST_SHARED = 4
MOST_VALUE_CHARS = 400
MOST_VALUE_LINES = 6
MOST_DETAIL_LINES = 24


def worth_a_look(inspection: Inspection, before: Inspection | None, code: str) -> list[str]:
    """Return the tensors that `code` names, then those that are new or not as they were `before`."""
    written = set(_WORD.findall(code))
    known = {one.name: _own_state(one) for one in before.tensors} if before else {}
    named = [one.name for one in inspection.tensors if one.name in written]
    changed = [one.name for one in inspection.tensors if known.get(one.name) != _own_state(one)]
    return list(dict.fromkeys([*named, *changed]))


def _own_state(one: TensorReport) -> TensorReport:
    """Return the report without what other tensors change about it."""
    return msgspec.structs.replace(one, shares_with=())


def inspection_text(
    say: Wording, inspection: Inspection, most: int, names: Sequence[str] | None = None
) -> str:
    """Return two lines or more a tensor: of those in `names`, in this order, else of all.

    The rest is counted.
    """
    by_name = {one.name: one for one in inspection.tensors}
    wanted = by_name if names is None else [name for name in names if name in by_name]
    shown = [by_name[name] for name in wanted][:most]
    blocks = ["\n".join(_tensor(say, one)) for one in shown]
    left = len(inspection.tensors) - len(shown) + max(inspection.omitted, 0)
    if left and not shown:
        return say.plural("{n} tensor: see inspect", "{n} tensors: see inspect", left)
    if left:
        more = say.plural("+ {n} more tensor: see inspect", "+ {n} more tensors: see inspect", left)
        blocks.append(more)
    return "\n".join(blocks)


def tensor_parts(say: Wording, one: TensorReport) -> tuple[Part, ...]:
    """Return everything that is known of one tensor."""
    rows = [
        (say("shape"), _shape(one.shape)),
        (say("elements"), f"{math.prod(max(size, 0) for size in one.shape[:MOST_SIZES]):,}"),
        ("dtype", clean(one.dtype, MOST_WORD)),
        (say("device"), clean(one.device, MOST_WORD)),
        (say("memory"), human_bytes(one.bytes)),
        *_statistics(one),
        *([("NaN", str(one.nan))] if one.nan is not None else []),
        ("requires_grad", str(one.requires_grad)),
        ("grad_fn", clean(one.grad_fn, MOST_NAME) if one.grad_fn else "None"),
        (say("contiguous"), str(one.contiguous)),
        *([(say("shares memory with"), _names(_shared(one)))] if one.shares_with else []),
    ]
    values = _values(one, MOST_DETAIL_LINES)
    return (Fields(tuple(rows)), *([Code("\n".join(values), "text")] if values else []))


def human_bytes(count: int) -> str:
    """Return `count` with a unit: "60 B", "1.5 KiB", "128 MiB"."""
    size = Fraction(max(count, 0))
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{float(size):.3g} {unit}" if unit != "B" else f"{size} B"
        size /= 1024
    return f"{float(size):.3g} TiB"


def _tensor(say: Wording, one: TensorReport) -> list[str]:
    facts = [clean(one.dtype, MOST_WORD), clean(one.device, MOST_WORD), human_bytes(one.bytes)]
    head = f"{clean(one.name, MOST_NAME)}  {_shape(one.shape)} {' · '.join(facts)}"
    remarks = [
        "  ".join(f"{name} {value}" for name, value in _statistics(one)),
        f"{one.nan} NaN" if one.nan else "",
        "requires_grad" if one.requires_grad else "",
        f"grad_fn {clean(one.grad_fn, MOST_NAME)}" if one.grad_fn else "",
        say("not contiguous") if not one.contiguous else "",
        say("shares memory with {names}", names=_names(_shared(one))) if one.shares_with else "",
    ]
    second = " · ".join(remark for remark in remarks if remark)
    values = _values(one, MOST_VALUE_LINES)
    return [head, *([f"   {second}"] if second else []), *(f"   {line}" for line in values)]


def _shape(shape: Sequence[int]) -> str:
    sizes = [str(size) for size in shape[:MOST_SIZES]]
    return f"[{', '.join(sizes + ['…'] * (len(shape) > MOST_SIZES))}]"


def _statistics(one: TensorReport) -> list[tuple[str, str]]:
    about = "≈" if one.approximate else ""
    found = (("min", one.min), ("mean", one.mean), ("max", one.max))
    return [(name, f"{about}{value:.4g}") for name, value in found if value is not None]


def _shared(one: TensorReport) -> tuple[str, ...]:
    return tuple(other.name for other in one.shares_with)


def _names(names: Sequence[str]) -> str:
    shown = [clean(name, MOST_NAME) for name in names[:MOST_SHARED]]
    return ", ".join(shown + ["…"] * (len(names) > MOST_SHARED))


def _values(one: TensorReport, most_lines: int) -> list[str]:
    if not one.values:
        return []
    lines = clean(one.values, MOST_VALUE_CHARS, lines=True).splitlines()
    return lines[:most_lines] + ["…"] * (len(lines) > most_lines)
