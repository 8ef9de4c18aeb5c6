"""No second sees more requests than Discord takes; answers to interactions do not wait."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from yarl import URL

from bot.platforms.discord.throttle import A_SECOND, AT_ONCE, Throttle

BASE = "https://discord.com/api/v10"


class Time:
    """A clock that only sleep moves."""

    def __init__(self) -> None:
        self.now = 50.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_a_few_go_at_once_and_the_rest_in_turn() -> None:
    time = Time()
    throttle = Throttle(time.clock, time.sleep)
    for _ in range(AT_ONCE):
        await throttle.turn()
    assert time.slept == []
    for _ in range(100):
        await throttle.turn()
    starts = [*([0.0] * AT_ONCE), *time.slept]
    for begin in starts:
        assert len([one for one in starts if begin <= one < begin + 1]) <= 48
    assert time.slept == sorted(time.slept)
    assert round(time.slept[-1], 2) == round(100 / A_SECOND, 2)


async def test_after_a_rest_nobody_waits() -> None:
    time = Time()
    throttle = Throttle(time.clock, time.sleep)
    for _ in range(100):
        await throttle.turn()
    time.now += 10
    time.slept.clear()
    await throttle.turn()
    assert time.slept == []


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        ("/channels/1/messages", True),
        ("/interactions/1/token/callback", False),
        ("/webhooks/1/token/messages/@original", False),
    ],
)
async def test_only_what_discord_counts_is_held_back(path: str, waits: bool) -> None:
    time = Time()
    throttle = Throttle(time.clock, time.sleep)
    (hook,) = throttle.trace().on_request_start
    params = cast("aiohttp.TraceRequestStartParams", SimpleNamespace(url=URL(BASE + path)))
    session = cast("aiohttp.ClientSession", None)
    for _ in range(AT_ONCE + 1):
        await hook(session, cast("Any", SimpleNamespace()), params)
    assert bool(time.slept) is waits
