"""Chooses what of a report is worth showing after a run: what changed, and what the code names."""

import re
from collections.abc import Sequence

from bot.tutor.inspector.seen import Module, Optimizer, Seen, Tensor
from bot.tutor.inspector.text import Shown

MOST_IN_A_RUN = 6
_WORD = re.compile(r"[^\W\d]\w*")


def after_run(seen: Seen, code: str, looked_at: Sequence[str] = ()) -> Shown:
    """Return what to show after `code` ran: what `looked_at` names, where that is there.

    Else what changed, first what the code names of it; then what the code only names.
    """
    listed = [one for name in looked_at if (one := seen.tensor(name))]
    chosen = listed or worth_a_look(seen, code)
    tensors = tuple(chosen[:MOST_IN_A_RUN])
    return Shown(
        tensors=tensors,
        modules=tuple(one for one in seen.modules if _is_news(one, code)),
        optimizers=tuple(one for one in seen.optimizers if _is_news(one, code)),
        deleted=seen.deleted,
        more=len(seen.tensors) - len(tensors) + seen.omitted,
        with_rows=frozenset(one.name for one in seen.modules if one.change in ("new", "rebound")),
    )


def worth_a_look(seen: Seen, code: str) -> list[Tensor]:
    """Return the tensors that changed and those that `code` names, first what is both."""
    written = set(_WORD.findall(code))
    ranked = [(_rank(one, written), one) for one in seen.tensors]
    return [one for rank, one in sorted(ranked, key=lambda pair: pair[0]) if rank < _NEITHER]


_NEITHER = 3


def _rank(one: Tensor, written: set[str]) -> int:
    first = _WORD.match(one.key)  # of "batch['image']" it is "batch" that code names
    is_named = first is not None and first[0] in written
    if one.has_news:
        return 0 if is_named else 1
    return 2 if is_named else _NEITHER


def _is_news(one: Module | Optimizer, code: str) -> bool:
    return one.change != "unchanged" or one.name in _WORD.findall(code)


def newest_first(seen: Seen) -> list[Tensor]:
    """Return all tensors, those that the last run made or changed before the others."""
    return sorted(seen.tensors, key=lambda one: not one.has_news)
