"""Shows the solution of a question or step, whatever its type."""

from bot.tutor.lesson import (
    CodeQuestion,
    MultiQuestion,
    NumericQuestion,
    OrderItem,
    OrderQuestion,
    PredictQuestion,
    Question,
    SingleQuestion,
    Step,
    TextQuestion,
)
from bot.tutor.reply import Code, Part, Prose
from bot.tutor.route import Stop
from bot.tutor.turn import Turn

MOST_WAYS = 3


async def solution_parts(turn: Turn, stop: Stop) -> list[Part]:
    """Return the solution at `stop` and why it is one. Raises `GradingUnavailable`."""
    exercise = stop.exercise
    parts = await _parts(turn, exercise)
    return [*parts, turn.taught(exercise.explain)] if exercise.explain else parts


async def _parts(turn: Turn, exercise: Question | Step) -> list[Part]:
    say = turn.say
    match exercise:
        case Step(solutions=ways) | CodeQuestion(solutions=ways):
            return _ways(turn, ways)
        case SingleQuestion(options=options) | MultiQuestion(options=options):
            right = [turn.text(one.text) for one in options.values() if one.correct]
            return [Prose(say("This is right:")), _listed(right)]
        case NumericQuestion(answer=answer):
            return [Prose(say("The answer is `{answer}`.", answer=f"{answer:.12g}"))]
        case TextQuestion(accept=accept):
            return [Prose(say("The answer is `{answer}`.", answer=accept[0]))]
        case PredictQuestion(code=code):
            key = await turn.services.assessor.predict_key(turn.learner.id, code)
            return [Prose(say("It prints:")), Code(key, "text")]
        case OrderQuestion(items=items):
            order = [turn.text(items[item].text) for item in _in_order(items)]
            return [Prose(say("In this order:")), _listed(order)]


def _ways(turn: Turn, ways: tuple[str, ...]) -> list[Part]:
    first, *others = ways[:MOST_WAYS]
    parts: list[Part] = [Prose(turn.say("One way to solve it:")), Code(first)]
    for other in others:
        parts += [Prose(turn.say("Another way:")), Code(other)]
    return parts


def _listed(texts: list[str]) -> Part:
    return Prose("\n".join(f"- {text}" for text in texts))


def _in_order(items: dict[str, OrderItem]) -> list[str]:
    """Return an order that respects every `after`; a lesson's model makes sure there is one."""
    placed: list[str] = []
    while len(placed) < len(items):
        placed.append(
            next(
                name
                for name, item in items.items()
                if name not in placed and set(item.after) <= set(placed)
            )
        )
    return placed
