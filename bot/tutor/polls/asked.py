"""What a poll asks, the same for everybody: taken from a lesson or written by a teacher."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Literal

from bot.tutor.clean import clean
from bot.tutor.lesson import Option as LessonOption
from bot.tutor.lesson import SingleQuestion

LETTERS = "ABCDEFGHIJ"
EMOJIS = tuple(chr(0x1F1E6 + place) for place in range(len(LETTERS)))
"""The letters as Discord and Slack know them among their reactions."""

MOST_ASKED, MOST_OPTION, MOST_EXPLAINED = 1500, 200, 1500

RIGHT = ("*", "＊")
"""What marks the right option, typed on any keyboard."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer; `say` is what whoever gives it should think about."""

    id: str
    text: str
    is_right: bool
    say: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in one language, with its options in the order of their letters."""

    ask: str
    options: tuple[Option, ...]
    explain: str = ""

    def letter(self, option: str) -> str | None:
        """Return the letter of the option with that id, if there is one."""
        ids = [one.id for one in self.options]
        return LETTERS[ids.index(option)] if option in ids else None

    def reacted(self, emoji: str) -> str | None:
        """Return the id of the option that a reaction stands for, if it stands for one."""
        pairs = zip(EMOJIS, self.options, strict=False)
        return next((option.id for one, option in pairs if one == emoji.strip("\ufe0f")), None)


class Unusable(ValueError):  # noqa: N818  (a teacher's slip, to be answered)
    """What a teacher has written is no question yet; `why` tells what it lacks."""

    def __init__(self, why: Literal["ask", "few", "many", "right", "twice"]) -> None:
        super().__init__(why)
        self.why = why


def of_lesson(lesson: str, question: SingleQuestion, locale: str) -> Asked:
    """Return a lesson's question, its options in an order that gives nothing away."""

    def place(option: str) -> bytes:
        return sha256(f"{lesson}/{question.id}/{option}".encode()).digest()

    options = tuple(
        _lesson_option(one, question.options[one], locale)
        for one in sorted(question.options, key=place)
    )
    explain = question.explain.in_(locale) if question.explain else ""
    return Asked(question.ask.in_(locale), options, explain)


def _lesson_option(name: str, option: LessonOption, locale: str) -> Option:
    remark = option.say.in_(locale) if option.say else ""
    return Option(name, option.text.in_(locale), option.correct, remark)


def of_teacher(ask: str, options: str, explain: str) -> Asked:
    """Return a teacher's own question; `options` are lines, the right ones marked. Raises `Unusable`."""
    asked = clean(ask.strip(), MOST_ASKED, lines=True)
    lines = [line.strip() for line in options.splitlines() if line.strip()]
    if not asked:
        raise Unusable("ask")
    if len(lines) > len(LETTERS):
        raise Unusable("many")
    found = tuple(map(_option, LETTERS.lower(), lines))
    texts = [option.text for option in found]
    if len(found) < 2 or not all(texts):
        raise Unusable("few")
    if len(set(texts)) < len(texts):
        raise Unusable("twice")
    if not any(option.is_right for option in found):
        raise Unusable("right")
    return Asked(asked, found, clean(explain.strip(), MOST_EXPLAINED, lines=True))


def _option(name: str, line: str) -> Option:
    is_right = line.startswith(RIGHT)
    text = line[1:] if is_right else line
    return Option(name, clean(text.strip(), MOST_OPTION), is_right)


def as_json(asked: Asked) -> str:
    """Return the question as it is kept, so that no change of a lesson changes what was asked."""
    return json.dumps(asdict(asked), ensure_ascii=False)


def from_json(text: str) -> Asked:
    """Return the question that `as_json` wrote."""
    data = json.loads(text)
    options = tuple(Option(**option) for option in data["options"])
    return Asked(data["ask"], options, data["explain"])


def reconciled(kept: str | None, there: Sequence[str]) -> str | None:
    """Return the vote of somebody whose reactions, by letter, are `there` after a time unseen.

    What was kept stays while it is among them. Nobody saw in which order the others came, so of
    several the first letter counts: a rule that comes to the same however often it is applied.
    """
    if kept in there:
        return kept
    return there[0] if there else None
