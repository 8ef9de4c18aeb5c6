"""Talks over a pipe: one line, its whole answer, a line that marks the end, then the next line."""

from collections.abc import AsyncIterator

from bot.platforms.console.app import Console
from bot.platforms.console.conversation import Conversation
from bot.platforms.console.lines import LineSource
from bot.tutor.fences import Entry, Reader


async def talk_over_pipe(console: Console, source: LineSource) -> None:
    """Answer what `source` gives, each with an end mark, until it ends or the learner leaves."""
    mark_end(console)
    async for entry in _entries(source, console.conversation):
        await console.answer(console.conversation.take([entry]))
        mark_end(console)
        if console.conversation.leaving:
            return


def mark_end(console: Console) -> None:
    """Say that the reply is complete, after what a form wants to know."""
    field = console.conversation.asking
    if field is not None:
        console.screen.ask(field, console.conversation.words)
    console.screen.end()


async def _entries(source: LineSource, conversation: Conversation) -> AsyncIterator[Entry]:
    """Yield what is piped in; blank lines count only as answers, an open fence ends with the input."""
    reader = Reader()
    while (line := await source.next()) is not None:
        entry = reader.feed(line.text, readable=line.readable)
        if entry is not None and (entry.text.strip() or conversation.asking):
            yield entry
    unclosed = reader.end()
    if unclosed is not None:
        yield unclosed
