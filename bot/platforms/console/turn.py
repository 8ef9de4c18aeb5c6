"""Carries out one turn: gathers the tutor's answer, lets Ctrl-C stop it, survives what fails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from bot.tutor.ports import Wording
from bot.tutor.reply import Button, Note, Ref, Reply

STOP = "stop"
"""The verb of the button that stops a run."""

PATIENCE = 1.0
"""Seconds that what is not known to be a run has to end in, once Ctrl-C was pressed."""

AGAIN = "again"
"""The verb of the button that runs what could not run."""

log = logging.getLogger(__name__)


class Answer:
    """The replies of one answer; a reply replaces the earlier one in its slot."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def add(self, reply: Reply) -> None:
        """Keep `reply`, in the place of the one in its slot if there is one."""
        for index, earlier in enumerate(self.replies):
            if reply.slot is not None and earlier.slot == reply.slot:
                self.replies[index] = reply
                return
        self.replies.append(reply)

    def offered(self, verb: str) -> Ref | None:
        """Return what the first button for `verb` presses, None if there is none."""
        actions = [action for reply in self.replies for action in reply.actions]
        buttons = [action.ref for action in actions if isinstance(action, Button)]
        return next((ref for ref in buttons if ref.verb == verb), None)


class Turn:
    """One answer on its way; `press` is how a button is pressed."""

    def __init__(
        self, press: Callable[[Ref], AsyncIterator[Reply]], new_id: Callable[[], str]
    ) -> None:
        self.answer = Answer()
        self._press = press
        self._new_id = new_id
        self._gathering: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def run(self, replies: AsyncIterator[Reply], say: Wording) -> None:
        """Gather `replies`; what fails inside becomes an apology with the number that is logged."""
        gathering = self._gathering = asyncio.create_task(self._gather(replies))
        try:
            await asyncio.wait([gathering])
        finally:
            gathering.cancel()
            if self._stopping is not None:
                self._stopping.cancel()
        if gathering.cancelled():
            self.answer.add(Reply((Note("warn", say("Stopped waiting for that.")),)))
            return
        error = gathering.exception()
        if error is not None:
            self.answer.add(self._apology(error, say))

    def interrupt(self) -> None:
        """Stop the run that is waited for; asked again, stop waiting."""
        if self._gathering is None:
            return
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(self._gathering))
        else:
            self._gathering.cancel()

    async def _gather(self, replies: AsyncIterator[Reply]) -> None:
        async for reply in replies:
            self.answer.add(reply)

    async def _stop(self, gathering: asyncio.Task[None]) -> None:
        async for _ in self._press(Ref(STOP)):
            pass  # the run that ends says all there is to say
        if self.answer.offered(STOP) is None:  # no run, or one that has only just begun
            await asyncio.wait([gathering], timeout=PATIENCE)
            gathering.cancel()

    def _apology(self, error: BaseException, say: Wording) -> Reply:
        number = self._new_id()[:8]
        log.error("turn %s failed", number, exc_info=error)
        text = say(
            "Something went wrong on our side, not yours (note {number}). "
            "What you have done so far is saved: try this again, or type /help.",
            number=number,
        )
        return Reply((Note("bad", text),))
