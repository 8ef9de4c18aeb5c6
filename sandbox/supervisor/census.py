"""Who runs on this machine: one look at /proc, shared by all who ask at about the same time.

Every run in flight is looked at many times a second. If each look went through /proc for itself, the
work would grow with runs times processes; so a look holds for a moment, and only what belongs to
the one who asks is read any closer.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

_RECENT_SECONDS = 0.03

_TRUST_SECONDS = 0.5
"""How long it is believed that a pid which is still there belongs to whom it did: far less than it
takes to use up all pids there are, so that one would come again."""

Pids = tuple[int, ...]


class Census:
    """The processes there were when it was taken; one that has ended since may be among them.

    `taken` is the time of the monotonic clock, in seconds, before the first process was looked at.
    """

    def __init__(self) -> None:
        self.taken = time.monotonic()
        self._pids = tuple(int(name) for name in os.listdir("/proc") if name.isdigit())

    @cached_property
    def of_uid(self) -> Mapping[int, Pids]:
        """The pids of each uid that has any; those that have ended but are not reaped included."""
        return _owners.sort(self._pids, self.taken)

    @cached_property
    def of_group(self) -> Mapping[int, Pids]:
        """The pids of each process group that has any."""
        return _sorted_by(os.getpgid, self._pids)


class _Owners:
    """Knows whose process a pid is, and asks only for those that are new."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._asked = float("-inf")

    def sort(self, pids: Pids, now: float) -> Mapping[int, Pids]:
        """Return the pids of each uid."""
        if now - self._asked > _TRUST_SECONDS:
            self.forget()
            self._asked = now
        found = _sorted_by(self._owner, pids)
        # A child of the template's belongs to root until it has given that up; all others stay as they are.
        self._known = {pid: uid for uid, owned in found.items() if uid for pid in owned}
        return found

    def forget(self) -> None:
        """Believe nothing any more."""
        self._known = {}

    def _owner(self, pid: int) -> int:
        known = self._known.get(pid)
        return os.stat(f"/proc/{pid}").st_uid if known is None else known


_owners = _Owners()
_latest: Census | None = None


def fresh() -> Census:
    """Look now, for whoever must not miss a process that was started a moment ago."""
    _owners.forget()
    return _look()


def recent(since: float = float("-inf")) -> Census:
    """Return a look that is a moment old at most, and not from before `since` (monotonic seconds)."""
    oldest = max(since, time.monotonic() - _RECENT_SECONDS)
    return _latest if _latest is not None and _latest.taken >= oldest else _look()


def _look() -> Census:
    global _latest  # noqa: PLW0603  (there is one /proc; who asks next may share the look)
    _latest = Census()
    return _latest


def _sorted_by(key: Callable[[int], int], pids: Iterable[int]) -> Mapping[int, Pids]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for pid in pids:
        try:
            found[key(pid)].append(pid)
        except OSError:
            continue  # it has ended meanwhile
    return {value: tuple(group) for value, group in found.items()}
