"""Runs the console from the greeting to the goodbye: turns, signals, and a screen that goes away."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager

from bot.platforms.console.conversation import Conversation
from bot.platforms.console.menu import menu_after
from bot.platforms.console.screen import Screen, ScreenGone
from bot.platforms.console.turn import AGAIN, Answer, Turn
from bot.tutor.ports import Wording
from bot.tutor.reply import Note, Reply

INTERRUPTED = 130
"""The exit status that shells give a program that Ctrl-C ended."""

Waiting = Callable[[Answer, Wording], AbstractAsyncContextManager[None]]
"""What is shown while an answer is waited for."""


@contextlib.asynccontextmanager
async def in_silence(answer: Answer, say: Wording) -> AsyncIterator[None]:  # noqa: ARG001
    yield


class Console:
    """A conversation and the screen it is shown on; `trouble` tells why no code can run."""

    def __init__(
        self,
        conversation: Conversation,
        screen: Screen,
        new_id: Callable[[], str],
        waiting: Waiting = in_silence,
        trouble: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.conversation = conversation
        self.screen = screen
        self._new_id = new_id
        self._waiting = waiting
        self._trouble = trouble
        self._told = False
        self._turn: Turn | None = None
        self._status: int | None = None

    async def run(
        self, talk: Callable[["Console"], Awaitable[None]], *, newcomer: bool = False
    ) -> int:
        """Greet, then `talk` until the learner leaves or the input ends; return the exit status."""
        with self._signals():
            try:
                await self.answer(self.conversation.greeting(newcomer=newcomer))
                await talk(self)
            except ScreenGone:
                return 0
            except asyncio.CancelledError:
                if self._status is None:
                    raise
                return self._status
        return 0

    async def answer(self, replies: AsyncIterator[Reply]) -> None:
        """Take one turn: gather the answer, which Ctrl-C can stop, and show it."""
        turn = self._turn = Turn(self.conversation.press, self._new_id)
        try:
            async with self._waiting(turn.answer, self.conversation.words):
                await turn.run(replies, self.conversation.words)
        finally:
            self._turn = None
        await self.conversation.refresh()
        self._tell_trouble(turn.answer)
        self.screen.show(turn.answer, self.conversation.words)
        self.conversation.menu = menu_after(turn.answer.replies, self.conversation.menu)

    def _tell_trouble(self, answer: Answer) -> None:
        """Say why no code can run: once, and again whenever code was to run."""
        trouble = self._trouble()
        if trouble is None or (self._told and answer.offered(AGAIN) is None):
            return
        self._told = True
        say = self.conversation.words
        text = say(
            "No code can run here: {why}. Reading and answering questions work all the same.",
            why=trouble.rstrip("."),
        )
        answer.add(Reply((Note("warn", text),)))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Let Ctrl-C stop a run, or leave where none goes on; let a polite end be a clean one."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def leave(status: int) -> None:
            self._status = status
            if task is not None:
                task.cancel()

        def interrupt() -> None:
            if self._turn is not None:
                self._turn.interrupt()
            else:
                leave(INTERRUPTED)

        handlers = {signal.SIGINT: interrupt, signal.SIGTERM: lambda: leave(0)}
        if hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = lambda: leave(0)
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends the program there
            for number, handler in handlers.items():
                loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            with contextlib.suppress(NotImplementedError):
                for number in handlers:
                    loop.remove_signal_handler(number)
