"""How tests talk to a session: run a cell, and read what it said."""

from collections.abc import Awaitable, Callable

from sandbox.wire import RunResult, Stream

Run = Callable[[str], Awaitable[RunResult]]


async def quiet(_stream: Stream, _text: str) -> None:
    """Listen to no output while it is produced."""


def text_of(result: RunResult) -> str:
    """Return all that a cell printed."""
    return "".join(text for _, text in result.output)
