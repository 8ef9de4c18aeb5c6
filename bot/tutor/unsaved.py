"""Says that what somebody has just done could not be saved, where the disk is full."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from bot.tutor.event import Event, Reacted
from bot.tutor.ports import NotSaved, Wording
from bot.tutor.reply import Button, Note, Ref, Reply
from bot.tutor.streams import closing
from bot.tutor.turn import Services

Replies = AsyncGenerator[Reply, None]


async def told_if_unsaved(services: Services, event: Event, replies: Replies) -> Replies:
    """Pass `replies` on; where something cannot be saved, they end with a sentence that says so."""
    last: Reply | None = None
    try:
        async with closing(replies) as answers:
            async for reply in answers:
                last = reply
                yield reply
    except NotSaved as unsaved:
        if isinstance(event, Reacted):
            return  # it stands where it is, and is counted when reactions are counted again
        say = services.wordings.in_locale(await _language(services, event))
        reply = Reply(
            (Note("bad", nothing_saved(say, unsaved)),), (Button(say("Continue"), Ref("learn")),)
        )
        if last is not None and _goes_on(last):  # which nothing else will put an end to
            reply = replace(reply, visibility=last.visibility, slot=last.slot, channel=last.channel)
        yield reply


def nothing_saved(say: Wording, unsaved: NotSaved) -> str:
    """Return the sentence for somebody whose step was not kept at all."""
    if unsaved.is_full:
        return say(
            "That could not be saved: the tutor’s disk is full. Your progress is as it was before. "
            "Try again later; whoever runs the tutor has to make room."
        )
    return say(
        "That could not be saved: the tutor’s disk takes nothing right now. Your progress is as it "
        "was before. Try again later; whoever runs the tutor has to look at it."
    )


def run_not_saved(say: Wording, unsaved: NotSaved) -> str:
    """Return the sentence for somebody whose code ran, though no record of that was kept."""
    if unsaved.is_full:
        return say(
            "This ran, but could not be saved: the tutor’s disk is full. Your variables are here "
            "until the session ends; keep a copy of your code."
        )
    return say(
        "This ran, but could not be saved: the tutor’s disk takes nothing right now. Your variables "
        "are here until the session ends; keep a copy of your code."
    )


async def _language(services: Services, event: Event) -> str:
    """Return the language of whoever asked; reading still works."""
    known = await services.store.known(event.actor)
    theirs = (known.locale, event.actor.locale, known.seen) if known else (event.actor.locale,)
    return services.wordings.best(*theirs, services.locale)


def _goes_on(reply: Reply) -> bool:
    """Tell whether a reply says that something still goes on."""
    return any(isinstance(one, Button) and one.ref.verb == "stop" for one in reply.actions)
