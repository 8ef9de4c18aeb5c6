"""Who may use a GPU, and who waits for one: a fixed number of slots, handed out in order of asking."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.wire import Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a slot may be kept.

    Without a run it comes back after `idle_seconds`, and after `wanted_idle_seconds` while somebody
    waits: a client that replays earlier cells needs no more between two of them. While somebody
    waits, the run that passes `turn_seconds` is the last one. `run_seconds` is the longest run.
    """

    idle_seconds: float = 60.0
    wanted_idle_seconds: float = 10.0
    turn_seconds: float = 120.0
    run_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Slot:
    """A share of GPU `device`."""

    device: int
    number: int


@dataclass(slots=True, eq=False)
class Lease:
    """A slot in a learner's hands; `used` is when its latest run ended."""

    slot: Slot
    learner: str
    since: float
    used: float
    runs: int = 0
    is_over: bool = False


@dataclass(slots=True, eq=False)
class _Waiter:
    learner: str
    given: asyncio.Future[Lease] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Slots:
    """`per_device` slots on each of `devices`. A learner holds at most one and waits at most once."""

    def __init__(
        self,
        devices: Sequence[int],
        per_device: int,
        terms: Terms,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        # Every device once before any of them twice: two learners share one only when they must.
        self._free = deque(Slot(device, n) for n in range(per_device) for device in devices)
        self._total = len(self._free)
        self._terms = terms
        self._now = now
        self._leases: list[Lease] = []
        self._queue: deque[_Waiter] = deque()

    @property
    def total(self) -> int:
        return self._total

    @property
    def free(self) -> int:
        return len(self._free)

    @property
    def queue(self) -> tuple[str, ...]:
        """The learners who wait, first one first."""
        return tuple(waiter.learner for waiter in self._queue)

    @property
    def leases(self) -> tuple[Lease, ...]:
        return tuple(self._leases)

    def held_by(self, learner: str) -> Lease | None:
        """Return the slot that `learner` holds."""
        return next((lease for lease in self._leases if lease.learner == learner), None)

    async def lease(self, learner: str, deadline: float) -> Lease:
        """Wait in line for a slot, at most `deadline` seconds.

        Raises Busy when none came, or when the learner holds or awaits one already. Cancelled, it
        leaves the line, and gives back what it was handed in the same moment.
        """
        if self.held_by(learner) is not None or learner in self.queue:
            raise Busy(self._terms.wanted_idle_seconds)
        if self._free:
            return self._hand_out(learner)
        waiter = _Waiter(learner)
        self._queue.append(waiter)
        try:
            await asyncio.wait([waiter.given], timeout=deadline)
        except asyncio.CancelledError:
            self._leave(waiter)
            raise
        if not waiter.given.done():
            wait = self._estimate(self._queue.index(waiter))
            self._leave(waiter)
            raise Busy(wait)
        return waiter.given.result()

    def give_back(self, lease: Lease) -> None:
        """Take a slot back, once nothing runs on it, for whoever is next; a second time is no error."""
        if lease.is_over:
            return
        lease.is_over = True
        self._leases.remove(lease)
        self._free.append(lease.slot)
        if self._queue:
            waiter = self._queue.popleft()
            waiter.given.set_result(self._hand_out(waiter.learner))

    @contextmanager
    def running(self, lease: Lease) -> Iterator[None]:
        """Mark a run on a slot: the idle time counts from its end."""
        lease.runs += 1
        try:
            yield
        finally:
            lease.runs -= 1
            lease.used = self._now()

    def due(self) -> tuple[Lease, ...]:
        """Return the leases that have to end now."""
        return tuple(lease for lease in self._leases if not lease.runs and self._is_due(lease))

    def _is_due(self, lease: Lease) -> bool:
        terms, now = self._terms, self._now()
        if not self._queue:
            return now - lease.used >= terms.idle_seconds
        return (
            now - lease.used >= min(terms.wanted_idle_seconds, terms.idle_seconds)
            or now - lease.since >= terms.turn_seconds
        )

    def _hand_out(self, learner: str) -> Lease:
        now = self._now()
        lease = Lease(self._free.popleft(), learner, since=now, used=now)
        self._leases.append(lease)
        return lease

    def _leave(self, waiter: _Waiter) -> None:
        if waiter.given.done():
            self.give_back(waiter.given.result())
        else:
            self._queue.remove(waiter)

    def _estimate(self, ahead: int) -> float:
        """Return in how many seconds a slot comes free after `ahead` others had one.

        Each of those is taken to make one run of full length.
        """
        terms, now = self._terms, self._now()
        turn = terms.run_seconds + terms.wanted_idle_seconds
        ends = sorted(
            (turn if lease.runs else max(0.0, lease.used + terms.wanted_idle_seconds - now))
            for lease in self._leases
        )
        if not ends:
            return turn
        rounds, place = divmod(ahead, len(ends))
        return max(1.0, ends[place] + rounds * turn)
