"""Code that a button offers to run, and that waits in the memory until it is pressed."""

from bot.tutor.cells import digest
from bot.tutor.reply import Button, Ref
from bot.tutor.source_rules import parse
from bot.tutor.straight import straightened
from bot.tutor.turn import Turn
from sandbox.wire import CellError


async def draft_button(turn: Turn, label: str, code: str) -> Button:
    """Return a button that runs `code`; it is stored before."""
    name = digest(code)
    await turn.store.add_draft(turn.learner.id, name, code, turn.services.clock.now())
    return Button(label, Ref("draft", (name,)), "primary")


async def fix_button(turn: Turn, code: str, error: CellError) -> Button | None:
    """Return a button that runs `code` straightened, where that is all that Python minds."""
    fixed = straightened(code)
    if error.type != "SyntaxError" or fixed == code or parse(fixed) is None:
        return None
    return await draft_button(turn, turn.say("Fix and run"), fixed)
