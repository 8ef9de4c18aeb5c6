"""Knows whose messages are being run just now, so that one that goes away can be stopped."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sandbox.wire import Cell


class InFlight:
    """The messages whose code runs or waits, each learner's in the order they came."""

    def __init__(self) -> None:
        self._sources: dict[int, list[str]] = {}
        self._gone: set[tuple[int, str]] = set()
        self._cells: dict[tuple[int, str], Cell] = {}
        self._edits: dict[tuple[int, str], Sequence[str]] = {}

    @contextmanager
    def running(self, learner: int, source: str) -> Iterator[None]:
        """Know that the code of `source` is being run, until the block ends."""
        sources = self._sources.setdefault(learner, [])
        sources.append(source)
        try:
            yield
        finally:
            sources.remove(source)
            if source not in sources:
                self._gone.discard((learner, source))
                self._cells.pop((learner, source), None)
                self._edits.pop((learner, source), None)
            if not sources:
                self._sources.pop(learner, None)

    def is_running(self, learner: int, source: str) -> bool:
        return source in self._sources.get(learner, ())

    def asked(self, learner: int, source: str, cell: Cell) -> None:
        """Know that of `source` it is `cell` whose run was asked for now."""
        if self.is_running(learner, source):
            self._cells[learner, source] = cell

    def withdraw(self, learner: int, source: str) -> Cell | None:
        """Let the code of `source` end unheard; return the cell whose run is to be stopped."""
        if not self.is_running(learner, source):
            return None
        self._gone.add((learner, source))
        self._edits.pop((learner, source), None)
        return self._cells.get((learner, source))

    def is_gone(self, learner: int, source: str) -> bool:
        return (learner, source) in self._gone

    def edit(self, learner: int, source: str, cells: Sequence[str]) -> bool:
        """Keep what a message holds now, if it is still being run; the latest edit counts."""
        if not self.is_running(learner, source):
            return False
        self._edits[learner, source] = cells
        return True

    def take_edit(self, learner: int, source: str) -> Sequence[str] | None:
        return self._edits.pop((learner, source), None)
