"""Lets people take away what answers their code: a button below it, which is this platform's own."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from bot.platforms.discord.notices import goes_on
from bot.tutor.ports import Wording
from bot.tutor.reply import Button, Ref, Reply
from bot.tutor.streams import closing

DELETE = "delete"
_RUN = "run:"


async def with_delete(
    replies: AsyncGenerator[Reply, None], say: Wording
) -> AsyncGenerator[Reply, None]:
    """Pass `replies` on, with a button to delete them below those that a run has ended with."""
    button = Button(say("Delete"), Ref(DELETE))
    async with closing(replies) as stream:
        async for reply in stream:
            of_run = reply.slot is not None and reply.slot.startswith(_RUN)
            if of_run and reply.parts and not goes_on(reply):
                yield replace(reply, actions=(*reply.actions, button))
            else:
                yield reply
