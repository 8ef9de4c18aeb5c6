"""Tells which of the parts that an answer takes work now."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 3.0
"""How long a part may take to show that it works; who asks waits no longer."""

Check = Callable[[], Awaitable[bool]]


class Readiness:
    """Whether each part that an answer takes works now."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)

    def add(self, part: str, check: Check) -> None:
        self._checks[part] = check

    async def now(self) -> dict[str, bool]:
        """Return for every part whether it works."""
        found = await asyncio.gather(*map(_works, self._checks.values()))
        return dict(zip(self._checks, found, strict=True))


async def _works(check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), PATIENCE_SECONDS)
    except Exception as error:
        log.debug("a part does not work", exc_info=error)
        return False
