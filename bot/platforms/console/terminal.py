"""Talks at a terminal: a prompt, the answer, and a status line while the answer takes long."""

from collections.abc import Awaitable, Callable

from bot.platforms.console.app import Console
from bot.platforms.console.conversation import Conversation
from bot.platforms.console.screen import END_OF_REPLY, field_label
from bot.tutor.fences import Typed, read_text

GOES_ON = "…"

Ask = Callable[[str], Awaitable[str]]
"""Shows a prompt and returns what is sent; KeyboardInterrupt is Ctrl-C there, EOFError Ctrl-D."""


async def talk_at_terminal(console: Console, ask: Ask) -> None:
    """Answer what is typed until the learner leaves."""
    conversation = console.conversation
    while not conversation.leaving:
        console.screen.write("\n")
        try:
            text = await ask(_mark(conversation))
        except KeyboardInterrupt:
            conversation.break_off()
            continue
        except EOFError:
            text = "/quit"
            conversation.break_off()
        entries = read_text(text) or [Typed("")]
        if entries[0].text.strip() or conversation.asking:
            console.screen.write("\n")
            await console.answer(conversation.take(entries))


def _mark(conversation: Conversation) -> str:
    field = conversation.asking
    if field is None:
        return END_OF_REPLY
    if conversation.in_answer:
        return GOES_ON
    return f"? {field_label(field, conversation.words)} {END_OF_REPLY}"
