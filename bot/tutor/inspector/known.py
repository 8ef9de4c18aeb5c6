"""Keeps in step with a session: what its variables were after each run, also when one is undone."""

from dataclasses import dataclass

from bot.tutor.inspector.seen import Seen
from sandbox.wire import RunResult


@dataclass(frozen=True, slots=True)
class Known:
    """The variables as they are `now`, and as they were `before` the latest cell, where known."""

    now: Seen
    before: Seen | None = None

    @property
    def weight(self) -> int:
        """About how many bytes it takes to remember this."""
        return self.now.weight + (self.before.weight if self.before else 0)


def after_run(known: Known | None, result: RunResult, seen: Seen | None) -> Known | None:
    """Return what is known after a run; `seen` is its checked report, if it reported anything.

    One that ran on the state before the latest cell leaves that as what was before. One that was
    killed leaves the state it had begun with, where the session is `restored`.
    """
    if not result.alive:
        return None
    began = (known.before if result.rewound else known.now) if known else None
    if seen is not None:
        return Known(seen, began)
    if result.restored and began is not None:
        settled = began.settled()
        return Known(settled, settled)
    return None
