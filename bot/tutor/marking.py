"""Marks the answers to quiz questions: what was picked, typed, predicted or put in order."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.tutor.lesson import (
    LocalText,
    MultiQuestion,
    NumericQuestion,
    Option,
    OrderQuestion,
    PredictQuestion,
    SingleQuestion,
    TextQuestion,
    WrongNumber,
)
from bot.tutor.numbers import NotANumber, read_number
from sandbox.wire import Exports

MarkedQuestion = (
    SingleQuestion
    | MultiQuestion
    | NumericQuestion
    | TextQuestion
    | PredictQuestion
    | OrderQuestion
)

MAX_CHARS = 4000
"""Longest typed answer; what is longer is no answer to any question."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The mark of one answer, with what to tell about what was picked or typed wrongly.

    `misplaced` is the first item that comes before something it has to come after.
    """

    correct: bool
    points: float
    max_points: float
    say: tuple[LocalText, ...] = ()
    misplaced: str | None = None


class UnreadableResponse(ValueError):  # noqa: N818  (a state of the answer, not a fault of ours)
    """The answer cannot be read as one to this question; it counts as not given."""

    def __init__(self, reason: Literal["number", "option", "order"]) -> None:
        super().__init__(f"no {reason} of this question")
        self.reason = reason


def mark(question: MarkedQuestion, response: tuple[str, ...], key: str | None = None) -> Marked:
    """Return the mark of `response`.

    It holds option ids (single, multi), one text (numeric, text, predict) or all item ids in order
    (order). `key` is what the code of a predict question prints. Raises `UnreadableResponse`.
    """
    match question:
        case SingleQuestion(options=options):
            return _mark_single(options, response)
        case MultiQuestion(options=options):
            return _mark_multi(options, response)
        case NumericQuestion():
            return _mark_number(question, _typed(response))
        case TextQuestion():
            return _mark_text(question, _typed(response))
        case PredictQuestion():
            return _mark_prediction(question, _typed(response), key)
        case OrderQuestion():
            return _mark_order(question, response)


def _all_or_nothing(*say: LocalText | None, correct: bool, misplaced: str | None = None) -> Marked:
    said = () if correct else tuple(text for text in say if text is not None)
    return Marked(correct, float(correct), 1.0, said, misplaced)


def _typed(response: tuple[str, ...]) -> str:
    return "\n".join(response)


# Options ----------------------------------------------------------------------------------------


def _mark_single(options: dict[str, Option], response: tuple[str, ...]) -> Marked:
    if len(response) != 1 or response[0] not in options:
        raise UnreadableResponse("option")
    picked = options[response[0]]
    return _all_or_nothing(picked.say, correct=picked.correct)


def _mark_multi(options: dict[str, Option], response: tuple[str, ...]) -> Marked:
    picked = set(response)
    if not picked <= options.keys():
        raise UnreadableResponse("option")
    right = {name for name, option in options.items() if option.correct}
    points = max(len(picked & right) - len(picked - right), 0) / len(right)
    wrong = [option for name, option in options.items() if name in picked - right]
    return Marked(
        correct=picked == right,
        points=points,
        max_points=1.0,
        say=tuple(option.say for option in wrong if option.say is not None),
    )


# Numbers and words ------------------------------------------------------------------------------


def _mark_number(question: NumericQuestion, typed: str) -> Marked:
    try:
        number = read_number(typed)
    except NotANumber as error:
        raise UnreadableResponse("number") from error
    correct = _within(number, question.answer, question.tolerance)
    hits = (one.say for one in question.wrong if _is_hit(one, number, question.tolerance))
    return _all_or_nothing(next(hits, None), correct=correct)


def _within(number: float, wanted: float, tolerance: float) -> bool:
    # A decimal fraction is rarely a binary one, so exactly equal still allows for rounding.
    return abs(number - wanted) <= tolerance or math.isclose(number, wanted, rel_tol=1e-12)


def _is_hit(wrong: WrongNumber, number: float, tolerance: float) -> bool:
    if wrong.range is not None:
        low, high = wrong.range
        return low <= number <= high
    return wrong.value is not None and _within(number, wrong.value, tolerance)


def _mark_text(question: TextQuestion, typed: str) -> Marked:
    if len(typed) > MAX_CHARS:
        return _all_or_nothing(correct=False)
    folded = _folded(typed)
    correct = folded in map(_folded, question.accept) or _has_pattern(question.pattern, typed)
    hits = (one.say for one in question.wrong if folded in map(_folded, one.match))
    return _all_or_nothing(next(hits, None), correct=correct)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _has_pattern(pattern: str | None, typed: str) -> bool:
    if pattern is None:
        return False
    text = " ".join(unicodedata.normalize("NFKC", typed).split())
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None


# Predictions --------------------------------------------------------------------------------------

_ERROR_WORDS = frozenset({"error", "an error", "exception", "오류", "에러", "예외"})
_NOTHING_WORDS = frozenset({"nothing", "no output", "없음", "아무것도 없음", "출력 없음"})
_LAST_OF_TRACEBACK = re.compile(
    r"([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Iteration))\b.*"
)
# A tensor's rows go on in the next line after a comma; elsewhere the end of a line means something.
_LOOSE_SPACE = re.compile(r"[ \t]*(?:([,(\[{])\s*|([)\]}=:])[ \t]*)")


def predicted(found: Exports) -> str:
    """Return the key of a predict question: the output, and the last line of a traceback if any."""
    if found.error is None:
        return found.stdout
    message = next(iter(found.error.message.splitlines()), "")
    return "\n".join(filter(None, (found.stdout.rstrip(), f"{found.error.type}: {message}")))


def _mark_prediction(question: PredictQuestion, typed: str, key: str | None) -> Marked:
    if key is None:
        raise TypeError(f"question {question.id}: marking a prediction takes what the code prints")
    if len(typed) > MAX_CHARS:
        return _all_or_nothing(correct=False)
    hits = (
        one.say for one in question.wrong if any(_same_output(typed, text) for text in one.match)
    )
    return _all_or_nothing(next(hits, None), correct=_is_predicted(typed, key))


def _is_predicted(typed: str, key: str) -> bool:
    if _same_output(typed, key):
        return True
    *before, last = _output_lines(typed) or [""]
    word = last.casefold().rstrip(".!")
    if not before and word in _NOTHING_WORDS:
        return not key.strip()
    *printed, final = _output_lines(key) or [""]
    raised = _LAST_OF_TRACEBACK.fullmatch(final)
    if raised is None or (before and before != printed):
        return False
    return word in _ERROR_WORDS or last.partition(":")[0] == raised.group(1)


def _same_output(one: str, other: str) -> bool:
    return _output_lines(one) == _output_lines(other)


def _output_lines(text: str) -> list[str]:
    """Return the lines of an output; spaces at their ends and round punctuation do not count."""
    normal = _LOOSE_SPACE.sub(r"\1\2", unicodedata.normalize("NFKC", text).strip())
    return [" ".join(line.split()) for line in normal.split("\n")] if normal else []


# Order ------------------------------------------------------------------------------------------


def _mark_order(question: OrderQuestion, response: Sequence[str]) -> Marked:
    if sorted(response) != sorted(question.items):
        raise UnreadableResponse("order")
    place = {item: number for number, item in enumerate(response)}
    misplaced = next(
        (
            item
            for item in response
            if any(place[other] > place[item] for other in question.items[item].after)
        ),
        None,
    )
    return _all_or_nothing(correct=misplaced is None, misplaced=misplaced)
