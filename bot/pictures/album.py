"""Keeps the pictures drawn of late, as a class whose code gives the same numbers sees the same ones."""

import threading
from collections import OrderedDict

MOST_BYTES = 8 * 1024 * 1024
"""Of pictures; one of the inspector's has about 20 KB, so this is a few hundred."""


class Album:
    """The pictures used last, up to `most_bytes` of them; any thread may look and add."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pictures: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        """Return the picture kept under `key`, if there is one still."""
        with self._lock:
            if key not in self._pictures:
                return None
            self._pictures.move_to_end(key)
            return self._pictures[key]

    def keep(self, key: bytes, picture: bytes) -> None:
        """Keep `picture`, and let those go that nobody has asked for longest."""
        with self._lock:
            self._bytes += len(picture) - len(self._pictures.pop(key, b""))
            self._pictures[key] = picture
            while self._bytes > self._most_bytes:
                _, oldest = self._pictures.popitem(last=False)
                self._bytes -= len(oldest)
