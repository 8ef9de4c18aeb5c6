"""Says how the tutor is doing: the host to operators, a server to those who manage it."""

from collections.abc import Mapping
from datetime import timedelta

from bot.tutor.host import HostState, SandboxState, SoFar
from bot.tutor.ports import Wording
from bot.tutor.records import Tallies
from bot.tutor.reply import Fields, Heading, Note, Part, Reply
from bot.tutor.staff import is_operator, may_manage
from bot.tutor.turn import Turn

Pairs = tuple[tuple[str, str], ...]


async def status(turn: Turn, _options: Mapping[str, str]) -> Reply:
    """Return the numbers that whoever asks may see."""
    parts: list[Part] = []
    services, event = turn.services, turn.event
    if is_operator(services, event.actor):
        parts += [Heading(turn.say("The tutor")), *await _host(turn)]
    if may_manage(services, event) and services.activity:
        here = event.actor.platform, event.place.server_id
        tallies = await services.activity.tallies(*here)
        parts += [Heading(turn.say("This server")), Fields(_done(turn.say, tallies))]
    return Reply(tuple(parts))


async def _host(turn: Turn) -> list[Part]:
    say, services = turn.say, turn.services
    pairs: Pairs = ((say("Lessons"), str(len(services.curriculum.lessons))),)
    if services.activity:
        pairs += _done(say, await services.activity.tallies())
    if services.host is None:
        return [Fields(pairs)]
    state = await services.host.state()
    up = services.clock.now() - state.started
    pairs += (
        (say("Running, waiting"), f"{state.running}, {state.waiting}"),
        (say("Database"), say("{n} MB", n=round(state.database_bytes / 1e6, 1))),
        (say("Up for"), _duration(say, up)),
        *_so_far(say, state.so_far),
    )
    if state.sandbox is None:
        return [Fields(pairs), Note("bad", _trouble(say, state))]
    return [Fields((*pairs, *_sandbox(say, state.sandbox)))]


def _trouble(say: Wording, state: HostState) -> str:
    if not state.trouble:
        return say("There is no sandbox within reach: no code runs now.")
    return say("There is no sandbox within reach: {trouble}", trouble=state.trouble)


def _sandbox(say: Wording, state: SandboxState) -> Pairs:
    sessions = say("{n} of {most}", n=state.sessions, most=state.most_sessions)
    found: Pairs = (
        (say("Walls"), say("tier {tier}", tier=state.tier)),
        (say("Sessions"), sessions),
        (say("Kept ready"), str(state.spares)),
        *_memory(say, state),
    )
    if not state.gpu_slots:
        return found
    free = say("{n} of {most}", n=state.gpu_free, most=state.gpu_slots)
    return (
        *found,
        (say("GPU slots free"), free),
        (say("Waiting for a GPU"), str(state.gpu_waiting)),
    )


def _memory(say: Wording, state: SandboxState) -> Pairs:
    if not state.memory_bytes:
        return ()
    free, most = (round(n / 1e9, 1) for n in (state.memory_free, state.memory_bytes))
    return ((say("Memory left"), say("{n} of {most} GB", n=free, most=most)),)


def _so_far(say: Wording, so_far: SoFar) -> Pairs:
    if so_far.first_reply is None:
        return ()
    usual = say("{n} ms", n=round(so_far.first_reply * 1000))
    return (
        (say("Usual time to a reply"), usual),
        (say("Failures of the chat"), str(so_far.chat_failures)),
    )


def _done(say: Wording, tallies: Tallies) -> Pairs:
    return (
        (say("Learners"), str(tallies.learners)),
        (say("Answers"), str(tallies.answers)),
        (say("Submissions"), str(tallies.attempts)),
        (say("Runs"), str(tallies.runs)),
        (say("Open questions"), str(tallies.open_polls)),
    )


def _duration(say: Wording, time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return say("{n} min", n=minutes)
    if minutes < 48 * 60:
        return say("{n} h", n=minutes // 60)
    return say.plural("{n} day", "{n} days", minutes // (24 * 60))
