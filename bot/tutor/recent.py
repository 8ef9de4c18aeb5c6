"""Remembers what was used most recently, up to a weight."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A cache that forgets what was used longest ago, once the weights add up to more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what is kept under `key`, which counts as a use."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def drop(self, key: K) -> None:
        """Forget what is kept under `key`."""
        self._weight -= self._kept.pop(key, (None, 0))[1]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep `value`; something heavier than `most` on its own is not kept."""
        self.drop(key)
        if weight > self._most:
            return
        self._kept[key] = (value, weight)
        self._weight += weight
        while self._weight > self._most:
            _, (_, weight) = self._kept.popitem(last=False)
            self._weight -= weight
