"""Keeps count of how long a learner's code has run on a GPU today, and says when it was enough."""

from datetime import UTC, datetime, time, timedelta

from bot.tutor.buttons import lesson_button
from bot.tutor.learn import here_of
from bot.tutor.ports import Ended, RunEvent
from bot.tutor.reply import Moment, Reply
from bot.tutor.staff import is_operator
from bot.tutor.turn import Turn

WHEN = "{when}"


async def spent(turn: Turn) -> Reply | None:
    """Return what a learner hears whose minutes of today are used up; None while some are left."""
    services, event = turn.services, turn.event
    if event.place.kind == "terminal" or is_operator(services, event.actor):
        return None
    now, most = services.clock.now(), services.access.gpu_minutes_per_day
    used = await services.places.gpu_seconds(turn.learner.id, now.astimezone(UTC).date())
    if used < most * 60:
        return None
    text = turn.say(
        "Your GPU time of today is used up ({n} minutes). You have it again {when}. On the CPU your "
        "code runs as before.",
        n=f"{most:g}",
        when=WHEN,
    )
    return Reply((Moment(text, _next_day(now)),), (lesson_button(turn, here_of(turn)),))


async def add(turn: Turn, final: RunEvent) -> None:
    """Count a run that has ended on a GPU."""
    if isinstance(final, Ended):
        day = turn.services.clock.now().astimezone(UTC).date()
        places = turn.services.places
        await places.add_gpu_seconds(turn.learner.id, day, max(final.result.seconds, 0.0))


def _next_day(now: datetime) -> datetime:
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC)
