"""Answers `inspect`: opens the live inspector, lists all tensors, or shows one in depth."""

from collections.abc import AsyncGenerator

from bot.tutor.buttons import stale
from bot.tutor.inspector.depth import in_depth, index_in
from bot.tutor.inspector.pages import all_tensors
from bot.tutor.inspector.panel import open_panel
from bot.tutor.reply import Reply
from bot.tutor.turn import Turn

Replies = AsyncGenerator[Reply, None]


def inspect(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Return the tensor that the command's words name; without any the live inspector."""
    wanted = " ".join(args).strip()
    return in_depth(turn, wanted) if wanted else open_panel(turn)


async def inspect_pressed(turn: Turn, args: tuple[str, ...]) -> Replies:
    """Show all tensors, or the one that a button names, with the slice it names."""
    if not args:
        replies = all_tensors(turn)
    else:
        name, written, came_from = (*args, "", "")[:3]
        index = index_in(written)
        if index is None:
            yield stale(turn)
            return
        replies = in_depth(turn, name, index, came_from)
    async for reply in replies:
        yield reply
