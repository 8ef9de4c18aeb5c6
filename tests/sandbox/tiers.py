"""The tiers that this machine can serve in, and how to start a sandbox in each: the one list there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.jail.tiers import NoSandbox, detect
from tests.conftest import serving
from tests.sandbox.plain_user import serving_in_tier_b, serving_in_tier_c

TIERS = ("A", "B", "C")


@contextmanager
def serving_in(tier: str, *flags: str) -> Iterator[Path]:
    """Yield the socket of a sandbox in `tier`; skips where this machine or user cannot have one."""
    try:
        best = detect().tier
    except NoSandbox as error:
        pytest.skip(str(error))
    if tier == best:
        with serving(*flags) as path:
            yield path
    elif tier == "B":
        with serving_in_tier_b(*flags) as path:
            yield path
    elif tier == "C":
        with serving_in_tier_c(*flags) as path:
            yield path
    else:
        pytest.skip(f"this user gets tier {best} here, not {tier}")
