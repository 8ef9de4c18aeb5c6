"""Runs cells in a learner's session one after the other, and tells how each of them went."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.tutor import run_view
from bot.tutor.buttons import continue_button, go, help_buttons, next_button
from bot.tutor.cells import digest, step_key, successful
from bot.tutor.event import CodeEdited, CodePosted
from bot.tutor.explained import explained, reading_button, warned
from bot.tutor.inputs import first_cell
from bot.tutor.inspector import choosing, known
from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.pages import all_tensors_button
from bot.tutor.inspector.panel import is_open, one_line, panel_buttons, refreshed
from bot.tutor.inspector.seen import Seen
from bot.tutor.inspector.telling import MOST_AFTER_A_RUN, Telling, illustrated, telling
from bot.tutor.ports import Ended, Lost, Queued, Refused, Running
from bot.tutor.records import RanCell
from bot.tutor.reply import Action, Button, Heading, Part, Ref, Reply
from bot.tutor.route import Stop
from bot.tutor.standing import standing_in
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from sandbox.wire import Cell

Replies = AsyncGenerator[Reply, None]
Final = Ended | Lost | Refused


@dataclass(slots=True)
class Account:
    """What came of the cells so far: what to show and to offer, and whether the last one worked.

    `gpu` tells that they run in the learner's session on a GPU. `seen` is what the last of them
    left of the variables, and `telling` what is said of that.
    """

    parts: list[Part] = field(default_factory=list)
    offers: list[Button] = field(default_factory=list)
    final: Final = field(default_factory=lambda: Refused(None))
    code: str = ""
    gpu: bool = False
    seen: Seen | None = None
    telling: Telling | None = None

    @property
    def ok(self) -> bool:
        return isinstance(self.final, Ended) and self.final.result.status == "ok"

    @property
    def stays(self) -> bool:
        """Whether the last cell worked, and what it did is there for the next one."""
        return self.ok and not (isinstance(self.final, Ended) and self.final.result.restored)

    @property
    def rewound(self) -> bool:
        return isinstance(self.final, Ended) and self.final.result.rewound


@dataclass(frozen=True, slots=True)
class Edit:
    """Code was edited: it runs instead of these cells, which nothing has followed if `is_latest`."""

    instead_of: Sequence[RanCell]
    is_latest: bool

    @property
    def undoes(self) -> str | None:
        """The code to take back before, if the sandbox can."""
        return self.instead_of[0].code if self.is_latest and len(self.instead_of) == 1 else None


async def run_cells(
    turn: Turn,
    cells: Sequence[Cell],
    stop: Stop | None,
    *,
    looked_at: Sequence[str] = (),
    before: Sequence[Part] = (),
    edit: Edit | None = None,
) -> Replies:
    """Run `cells` at `stop` up to the first that fails; the last reply says what came of them."""
    account = Account(list(before))
    for number, cell in enumerate(cells, 1):
        if len(cells) > 1:
            heading = turn.say("Block {n} of {total}", n=number, total=len(cells))
            account.parts.append(Heading(heading))
        earlier = len(successful(await turn.store.cells(turn.learner.id)))
        run = run_one(
            turn,
            cell,
            account,
            await first_cell(turn, stop),
            nothing_to_lose=not earlier,
            instead_of=edit.undoes if edit else None,
        )
        async with closing(run) as replies:
            async for reply in replies:
                yield reply
        status, *rest = await told(turn, account, looked_at)
        remark = [run_view.variables_of_now(turn.say)] if edit and _went_on(account) else []
        account.parts += [status, *remark, *rest]
        await _keep(turn, cell, stop, account, edit.instead_of if edit else ())
        edit = None
        _offer(turn, account, earlier)
        if _needs_gpu(account) and await turn.services.runner.offers_gpu():
            account.offers.append(gpu_button(turn, account.code))
        if not account.ok:
            break
    actions = (*account.offers, *await onward(turn, stop, account))
    reply = Reply(tuple(account.parts), (*actions, *_to_tensors(turn, account)))
    async with closing(answered(turn, reply, account)) as replies:
        async for reply in replies:
            yield reply


async def answered(turn: Turn, reply: Reply, account: Account) -> Replies:
    """Answer a run with `reply`: at once in words, then with its picture and the open inspector."""
    reply = replace(reply, visibility=visibility_of(turn), slot=slot_of(turn))
    yield reply
    drawn = await illustrated(turn.say, turn.services.pictures, reply, account.telling)
    if drawn:
        yield drawn
    if not account.gpu:
        async with closing(refreshed(turn)) as replies:
            async for reply in replies:
                yield reply


def _to_tensors(turn: Turn, account: Account) -> list[Button]:
    if is_open(turn):
        return list(panel_buttons(turn))
    there = account.seen is not None and not account.seen.is_empty
    return [all_tensors_button(turn)] if there else []


def _went_on(account: Account) -> bool:
    """Tell whether the last cell ran on the variables that the cells before it left."""
    match account.final:
        case Ended(result=result, fresh=fresh):
            return result.alive and not (result.rewound or fresh)
        case _:
            return False


async def run_one(
    turn: Turn,
    cell: Cell,
    account: Account,
    first: Cell | None = None,
    *,
    nothing_to_lose: bool = False,
    instead_of: str | None = None,
) -> Replies:
    """Run `cell`, yield how it goes, and leave in `account` how it ended.

    When the session was gone but had held nothing, there is nothing to ask: it runs in a new one.
    """
    runner = turn.services.runner
    account.code, account.final = cell.code, Refused(None)
    for _ in range(2 if nothing_to_lose else 1):
        run = runner.run(turn.learner.id, cell, first, gpu=account.gpu, instead_of=instead_of)
        async with closing(run) as events:
            async for event in events:
                if isinstance(event, Queued | Running):
                    yield _so_far(turn, account, event)
                else:
                    account.final = event
        if not (isinstance(account.final, Lost) and account.final.ran == "no"):
            return


def _so_far(turn: Turn, account: Account, event: Queued | Running) -> Reply:
    halt = Button(turn.say("Stop"), Ref("stop"), "danger")
    parts = (*account.parts, *run_view.waiting(turn.say, event))
    return Reply(parts, (halt,), visibility_of(turn), slot_of(turn))


async def _keep(
    turn: Turn, cell: Cell, stop: Stop | None, account: Account, instead_of: Sequence[RanCell]
) -> None:
    """Store the cell, and remember what its tensors look like."""
    lesson, step = step_key(stop)
    ran = RanCell(
        code=cell.code,
        stdin=cell.stdin,
        ok=account.stays,
        source=turn.event.key.message_id,
        lesson=lesson,
        step=step,
        at=turn.services.clock.now(),
    )
    await turn.store.add_cell(turn.learner.id, ran, instead_of, undone=account.rewound)
    match account.final:
        case Ended(result=result):
            turn.remember(known.after_run(turn.known, result, account.seen))
        case Lost():
            turn.remember(None)
        case Refused():
            pass  # the variables are as they were


async def told(turn: Turn, account: Account, looked_at: Sequence[str] = ()) -> list[Part]:
    """Return what is said of how the last cell ended, and of the tensors that matter to it."""
    account.seen = account.telling = None
    match account.final:
        case Ended(result=result, fresh=fresh):
            if fresh:
                turn.meanwhile.traps.put(turn.learner.id, frozenset(), 1)
            account.seen = checked(result.inspection) if result.inspection else None
            said = await explained(turn, result, account.code)
            return [
                *run_view.finished(turn.say, result, said),
                *warned(turn, result, account.code),
                *_of_tensors(turn, account, looked_at),
            ]
        case Lost():
            return [run_view.lost(turn.say, account.final, gpu=account.gpu)]
        case Refused():
            return [run_view.refused(turn.say, account.final, gpu=account.gpu)]


def _of_tensors(turn: Turn, account: Account, looked_at: Sequence[str]) -> list[Part]:
    """Return the words on the tensors of the last cell; one line where the inspector is open."""
    seen = account.seen
    if seen is None or (seen.is_empty and not seen.deleted):
        return []
    if is_open(turn) and not account.gpu:
        return [one_line(turn, seen)]
    shown = choosing.after_run(seen, account.code, looked_at)
    if account.gpu:  # nothing of what is not shown can be looked at later
        shown = replace(shown, more=0)
    account.telling = telling(turn.say, seen, shown, MOST_AFTER_A_RUN, only_news=True)
    return [account.telling.words] if account.telling else []


def _offer(turn: Turn, account: Account, earlier: int) -> None:
    """Say when variables are gone, and offer what brings them back."""
    say, final, name = turn.say, account.final, digest(account.code)
    match final:
        case Ended(result=result, fresh=fresh):
            if fresh and earlier:
                account.parts.append(run_view.variables_of_before(say))
            if not result.alive:
                account.parts.append(run_view.variables_gone(say))
            if earlier and (fresh or not result.alive):
                account.offers = [replay_button(turn, earlier + account.ok)]
            reading = reading_button(turn, result, account.code)
            account.offers += [reading] if reading else []
        case Lost(ran=ran):
            if earlier:
                account.offers.append(replay_button(turn, earlier, name if ran == "no" else None))
            account.offers.append(Button(say("Run it in a new session"), Ref("again", (name,))))
        case Refused():
            account.offers.append(Button(say("Run it again"), Ref("again", (name,)), "primary"))


def _needs_gpu(account: Account) -> bool:
    error = account.final.result.error if isinstance(account.final, Ended) else None
    return error is not None and error.hint is not None and error.hint.kind == "needs_gpu"


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


def slot_of(turn: Turn) -> str:
    return f"run:{turn.event.key.message_id}"


def visibility_of(turn: Turn) -> Literal["public", "private"]:
    """Answer code where it was posted, and everything else to whoever asked alone."""
    shared = turn.event.place.kind in ("server", "thread")
    return "public" if shared and isinstance(turn.event, CodePosted | CodeEdited) else "private"
