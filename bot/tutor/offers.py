"""What can be pressed below a run: what helps with how it ended, and the lesson's next step."""

from bot.tutor import run_view
from bot.tutor.account import Account
from bot.tutor.buttons import continue_button, go, help_buttons, in_chat, next_button
from bot.tutor.cells import digest
from bot.tutor.drafts import fix_button
from bot.tutor.explained import reading_button
from bot.tutor.inspector.pages import all_tensors_button
from bot.tutor.inspector.panel import is_open, panel_buttons
from bot.tutor.ports import Ended, Lost, Refused
from bot.tutor.reply import Action, Button, Ref
from bot.tutor.route import Stop
from bot.tutor.standing import standing_in
from bot.tutor.turn import Turn
from bot.tutor.visibility import OPEN, visibility_of
from bot.tutor.writing import edit_own_ref

ALL = "a"
"""What a button says that runs all blocks of a message again, and not the last alone."""


async def offer(turn: Turn, account: Account, earlier: int) -> None:
    """Say when variables are gone, and offer what helps with how the last cell ended."""
    say, final = turn.say, account.final
    match final:
        case Ended(result=result, fresh=fresh):
            if fresh and earlier:
                account.parts.append(run_view.variables_of_before(say))
            if not result.alive:
                account.parts.append(run_view.variables_gone(say))
            if earlier and (fresh or not result.alive):
                account.offers = [replay_button(turn, earlier + account.ok)]
            account.offers += await _after_an_error(turn, account)
        case Lost(ran=ran):
            if earlier:
                then = digest(account.code) if ran == "no" else None
                account.offers.append(replay_button(turn, earlier, then))
            account.offers.append(Button(say("Run it in a new session"), _again(turn, account)))
        case Refused():
            again = Button(say("Run it again"), _again(turn, account), "primary")
            account.offers.append(again)


async def _after_an_error(turn: Turn, account: Account) -> list[Button]:
    result = account.final.result if isinstance(account.final, Ended) else None
    if result is None or result.error is None:
        return []
    buttons = (
        await fix_button(turn, account.code, result.error),
        reading_button(turn, result, account.code),
        await _gpu(turn, account),
    )
    return [button for button in buttons if button]


async def _gpu(turn: Turn, account: Account) -> Button | None:
    error = account.final.result.error if isinstance(account.final, Ended) else None
    if error is None or error.hint is None or error.hint.kind != "needs_gpu":
        return None
    return gpu_button(turn, account.code) if await turn.services.runner.offers_gpu() else None


def gpu_button(turn: Turn, code: str) -> Button:
    return Button(turn.say("Run on GPU"), Ref("gpu", (digest(code),)), "primary")


def replay_button(turn: Turn, count: int, then: str | None = None) -> Button:
    """Return the button that replays so many cells and, with `then`, runs that one after them."""
    if then is None:
        label = turn.say.plural(
            "Bring the variables back (run {n} block again)",
            "Bring the variables back (run {n} blocks again)",
            count,
        )
        return Button(label, Ref("replay"))
    label = turn.say.plural(
        "Bring the variables back (run {n} block again), then run this",
        "Bring the variables back (run {n} blocks again), then run this",
        count,
    )
    return Button(label, Ref("replay", (then,)), "primary")


def _again(turn: Turn, account: Account, how: str = "") -> Ref:
    """Return what runs the last cell again and edits this very answer."""
    how += OPEN if visibility_of(turn) == "public" else ""
    return Ref("again", (digest(account.code), digest(turn.event.key.message_id), how))


def repeat_buttons(turn: Turn, account: Account) -> tuple[Button, ...]:
    """Return the ways to run the same once more, changed or not, where answers can be edited."""
    if not in_chat(turn) or not isinstance(account.final, Ended):
        return ()
    again = _again(turn, account, ALL if account.count > 1 else "")
    edit = Button(turn.say("Edit & run"), edit_own_ref(turn.say, account.code))
    return (*(() if account.ok else (edit,)), Button(turn.say("Run again"), again))


async def onward(turn: Turn, stop: Stop | None, account: Account) -> tuple[Action, ...]:
    """Return the lesson's next step after a run at `stop`."""
    if stop is None or stop.part is None:
        return (continue_button(turn),)
    if stop.stage == "section":
        return (next_button(turn, stop),)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    if standing.state(stop) == "solved":
        return (next_button(turn, stop),)
    back = go(turn.say("Back to the task"), stop)
    if stop.graded is None:
        return (back,)
    ref = Ref("submit", (*stop.args, digest(account.code)))
    submit = [Button(turn.say("Submit"), ref, "success")] if account.ok else []
    return (*submit, *help_buttons(turn, stop, standing), back)


def to_tensors(turn: Turn, account: Account) -> tuple[Button, ...]:
    """Return the ways to the tensors that a run left in the learner's own session."""
    if is_open(turn):
        return panel_buttons(turn)
    there = account.seen is not None and not account.seen.is_empty
    return (all_tensors_button(turn),) if there else ()
