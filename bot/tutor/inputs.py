"""The values a graded piece of code starts with: described, and put where the code can use them."""

from collections.abc import Mapping
from contextlib import suppress

from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.known import after_run
from bot.tutor.lesson import CodeQuestion, PredictQuestion
from bot.tutor.ports import Ended, GradingUnavailable
from bot.tutor.references import LessonBroken
from bot.tutor.reply import Fields, Note, Part, Prose
from bot.tutor.route import Stop
from bot.tutor.standing import Standing
from bot.tutor.streams import closing
from bot.tutor.task import Task, task_for_question, task_for_step
from bot.tutor.turn import Turn
from sandbox.wire import Cell, ListValue, OpaqueValue, PlainValue, TensorValue, Value

MOST_CHARS = 60


def task_at(stop: Stop) -> Task:
    """Return what is graded at `stop`, which is a step or a question answered with code."""
    if isinstance(stop.part, CodeQuestion):
        return task_for_question(stop.lesson, stop.part)
    return task_for_step(stop.lesson, stop.item)


def prepare(turn: Turn, stop: Stop, standing: Standing) -> None:
    """Start making what the next answer at `stop` will be compared with."""
    if standing.state(stop) == "solved":
        return
    if stop.graded is not None:
        turn.services.later(_prepared(turn, task_at(stop), standing.next_attempt(stop)))
    elif isinstance(stop.part, PredictQuestion):
        turn.services.later(_predicted(turn, stop.part.code))


async def _prepared(turn: Turn, task: Task, attempt: int) -> None:
    try:
        await turn.services.assessor.prepare(turn.learner.id, task, attempt)
    except LessonBroken:
        raise
    except GradingUnavailable:
        pass  # what cannot be made ahead is made, or reported, when it is needed


async def _predicted(turn: Turn, code: str) -> None:
    with suppress(GradingUnavailable):
        await turn.services.assessor.predict_key(turn.learner.id, code)


async def given_at(turn: Turn, stop: Stop | None) -> Mapping[str, Value]:
    """Return the shown inputs at `stop`; none where no code is graded or none can be made now."""
    if stop is None or stop.graded is None:
        return {}
    try:
        return await turn.services.assessor.public_given(turn.learner.id, task_at(stop))
    except GradingUnavailable:
        return {}


async def first_cell(turn: Turn, stop: Stop | None) -> Cell | None:
    """Return the cell that a new session has to run first, if it needs one."""
    given = await given_at(turn, stop)
    return Cell(code="", given=dict(given)) if given else None


async def placed(turn: Turn, given: Mapping[str, Value]) -> tuple[str, ...]:
    """Put `given` into the learner's session, if there is one, and return the names it replaced."""
    if not given or not turn.services.runner.has_session(turn.learner.id):
        return ()
    cell = Cell(code="", given=dict(given))
    async with closing(turn.services.runner.run(turn.learner.id, cell)) as events:
        async for event in events:
            if isinstance(event, Ended):
                report = event.result.inspection
                seen = checked(report) if report else None
                turn.remember(after_run(turn.known, event.result, seen))
                return event.result.replaced
    return ()


def described(turn: Turn, given: Mapping[str, Value], replaced: tuple[str, ...]) -> list[Part]:
    """Return the list of given values, and a remark on which of them were there before."""
    pairs = tuple((name, text) for name, value in given.items() if (text := _described(value)))
    if not pairs:
        return []
    parts: list[Part] = [Prose(turn.say("Your code starts with these values:")), Fields(pairs)]
    if replaced:
        names = ", ".join(f"`{name}`" for name in replaced)
        parts.append(Note("info", turn.say("Set anew in your session: {names}.", names=names)))
    return parts


def _described(value: Value) -> str:
    """Describe `value` in the words of PyTorch and Python, the same in every language."""
    match value:
        case TensorValue(dtype=dtype, shape=shape, requires_grad=requires_grad):
            sizes = ", ".join(str(size) for size in shape)
            tensor = f"[{sizes}] {dtype}"
            return f"{tensor} · requires_grad" if requires_grad else tensor
        case PlainValue(value=plain):
            return repr(plain)[:MOST_CHARS]
        case ListValue(kind=kind, items=items):
            return f"{kind}, len {len(items)}"
        case OpaqueValue(kind=kind):
            return kind[:MOST_CHARS]
        case _:
            return ""
