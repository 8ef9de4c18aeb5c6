"""Writes checked tensors, modules and optimisers as short lines: no table, two lines a tensor."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.tutor.inspector.seen import Module, Optimizer, Seen, Tensor
from bot.tutor.inspector.words import (
    change_word,
    facts,
    gradient_norm,
    happened,
    human_bytes,
    joined,
    odd_numbers,
    origin,
    same_object,
    shape_text,
    sharing_sentence,
    short,
    statistics,
    trouble,
)
from bot.tutor.ports import Wording

MOST_LINE = 90
"""Characters of a line; phones wrap longer ones more than once."""

MOST_RELATIONS = 4
MOST_DELETED = 8
_INDENT = "   "
_GAP = " · "


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a report is shown, in this order; `more` counts the tensors that are not."""

    tensors: tuple[Tensor, ...] = ()
    modules: tuple[Module, ...] = ()
    optimizers: tuple[Optimizer, ...] = ()
    deleted: tuple[str, ...] = ()
    more: int = 0
    with_rows: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        return not (self.tensors or self.modules or self.optimizers or self.deleted)


def everything(seen: Seen) -> Shown:
    """Return all there is, with the rows of every module."""
    rows = frozenset(one.name for one in seen.modules)
    return Shown(seen.tensors, seen.modules, seen.optimizers, (), seen.omitted, rows)


def text_of(say: Wording, shown: Shown, besides: Sequence[Tensor] = ()) -> str:
    """Return `shown` line by line, each of at most `MOST_LINE` characters.

    How its tensors relate to those `besides` it has been said already.
    """
    return "\n".join(
        [
            *(line for one in shown.tensors for line in tensor_lines(say, one)),
            *relations(say, shown.tensors, besides),
            *(line for one in shown.modules for line in _module(say, one, shown.with_rows)),
            *(line for one in shown.optimizers for line in _optimizer(say, one)),
            *_deleted(say, shown.deleted),
            *_more(say, shown),
        ]
    )


def tensor_lines(say: Wording, one: Tensor) -> list[str]:
    """Return what became of a tensor and what it is, then its values, or statistics of many."""
    head = f"{short(one.name)}  "
    news = happened(say, one)
    what = [f"{shape_text(one.shape)} {facts(one)}"]
    remarks = [
        trouble(say, one),
        *odd_numbers(say, one),
        gradient_norm(say, one),
        say("not contiguous") if not one.contiguous else "",
        origin(say, one),
    ]
    room = MOST_LINE - len(_INDENT)
    values = " ".join((one.values or "").split())
    whole = _joined([values, *remarks])
    is_short = bool(values) and len(whole) <= room
    second = whole if is_short else _fitted([statistics(one), *remarks], room)
    return [_cut(head + _GAP.join([*news, *what])), *([_INDENT + second] if second else [])]


def _joined(remarks: Sequence[str]) -> str:
    return _GAP.join(filter(None, remarks))


def _fitted(remarks: Sequence[str], most: int) -> str:
    """Return as many of `remarks` as fit, the first ones first, and `…` where some did not."""
    whole = _joined(remarks)
    if len(whole) <= most:
        return whole
    kept: list[str] = []
    for remark in filter(None, remarks):
        if len(_GAP.join([*kept, remark])) > most - len(_GAP + "…"):
            return _GAP.join([*kept, "…"])
        kept.append(remark)
    return _GAP.join(kept)


def relations(say: Wording, tensors: Sequence[Tensor], besides: Sequence[Tensor] = ()) -> list[str]:
    """Return which tensors are one object and which share memory, each pair once."""
    told = {pair for one in besides for pair in _pairs(one)}
    lines: list[str] = []
    for one in tensors:
        group = frozenset((one.name, *one.same_as))
        if one.same_as and group not in told:
            lines.append(same_object(say, (one.name, *one.same_as)))
        for how in (True, None, False):
            same_way = [other.name for other in one.shares_with if other.writes_show is how]
            others = [name for name in same_way if frozenset((one.name, name)) not in told]
            if others:
                lines.append(sharing_sentence(say, one.name, others, how))
        told |= _pairs(one)
    return [_cut(line) for line in lines[:MOST_RELATIONS]]


def _pairs(one: Tensor) -> set[frozenset[str]]:
    """Return the groups of names that a line about `one` has told of."""
    shared = {frozenset((one.name, other.name)) for other in one.shares_with}
    return {frozenset((one.name, *one.same_as)), *shared}


def _module(say: Wording, one: Module, with_rows: frozenset[str]) -> list[str]:
    news = [change_word(say, one.change)] if one.change != "unchanged" else []
    head = f"{short(one.name)}  {_GAP.join([*news, short(one.kind)])}"
    counts = say.plural(
        "{count} parameter", "{count} parameters", one.parameters, count=f"{one.parameters:,}"
    )
    if one.trainable == one.parameters:
        trainable = say("all trainable") if one.parameters else ""
    else:
        trainable = say("{count} trainable", count=f"{one.trainable:,}")
    mode = say("in training mode") if one.training else say("in evaluation mode")
    second = _fitted([counts, trainable, human_bytes(one.bytes), mode], MOST_LINE - len(_INDENT))
    return [_cut(head), _INDENT + second, *(_rows(say, one) if one.name in with_rows else ())]


def _rows(say: Wording, one: Module) -> list[str]:
    rows = [
        f"{_INDENT}{short(row.name)}: {short(row.kind)}{_GAP}{row.parameters:,}" for row in one.rows
    ]
    if one.more_rows:
        rows.append(_INDENT + say("… {n} more", n=one.more_rows))
    return [_cut(row) for row in rows]


def _optimizer(say: Wording, one: Optimizer) -> list[str]:
    news = [change_word(say, one.change)] if one.change != "unchanged" else []
    rates = ", ".join(f"{rate:g}" for rate in one.learning_rates)
    facts_ = [
        say("learning rate {rates}", rates=rates) if rates else "",
        say.plural("moves {n} tensor", "moves {n} tensors", one.tensors),
        say("state {size}", size=human_bytes(one.state_bytes)) if one.state_bytes else "",
    ]
    head = f"{short(one.name)}  {_GAP.join([*news, short(one.kind)])}"
    return [_cut(head), _INDENT + _fitted(facts_, MOST_LINE - len(_INDENT))]


def _deleted(say: Wording, names: Sequence[str]) -> list[str]:
    return [_cut(say("deleted: {names}", names=joined(names, MOST_DELETED)))] if names else []


def _more(say: Wording, shown: Shown) -> list[str]:
    if not shown.more:
        return []
    return [say("+{n} more: All tensors", n=shown.more)]


def _cut(line: str) -> str:
    return short(line, MOST_LINE)
