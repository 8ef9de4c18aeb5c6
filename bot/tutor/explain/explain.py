"""Asks the rules, one after the other, what an error means; most errors of the world mean nothing to them."""

from bot.tutor.explain import (
    dtype_rules,
    gradient_rules,
    index_rules,
    loss_rules,
    making_rules,
    matrix_rules,
    module_rules,
    python_rules,
    shape_rules,
    syntax_rules,
)
from bot.tutor.explain.explanation import MOST_CODE, MOST_WORDS, Explanation
from bot.tutor.explain.facts import Facts
from bot.tutor.ports import Wording
from sandbox.wire import CellError

MOST_MESSAGE = 4000

RULES = (
    *matrix_rules.RULES.all,
    *shape_rules.RULES.all,
    *index_rules.RULES.all,
    *dtype_rules.RULES.all,
    *gradient_rules.RULES.all,
    *loss_rules.RULES.all,
    *module_rules.RULES.all,
    *making_rules.RULES.all,
    *python_rules.RULES.all,
    *syntax_rules.RULES.all,
)


def explain(say: Wording, error: CellError, code: str = "") -> Explanation | None:
    """Return what `error`, raised by the cell `code`, means, or None where that is not certain.

    An error with a hint is the sandbox's matter, and the hint says what there is to say.
    """
    if error.failure is None or error.hint is not None or len(error.message) > MOST_MESSAGE:
        return None
    facts = Facts(error, error.failure, code)
    try:
        said = (rule.explain(say, facts) for rule in RULES)
        explanation = next((one for one in said if one is not None), None)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None  # a forged failure may contradict itself; an honest one never does
    return explanation if explanation and _is_short(explanation) else None


def _is_short(explanation: Explanation) -> bool:
    words = (explanation.meaning, explanation.cause, explanation.fix)
    return max(map(len, words)) <= MOST_WORDS and len(explanation.code) <= MOST_CODE
