"""The verbs that learners can use, for platforms to register and for help to list."""

from dataclasses import dataclass
from difflib import get_close_matches

from bot.tutor.clean import quoted


@dataclass(frozen=True, slots=True)
class Verb:
    """A command; `summary` and `argument` are English and translated where they are shown."""

    name: str
    summary: str
    argument: str = ""


def say(message: str, /) -> str:
    """Mark `message` for translation."""
    return message


VERBS = (
    Verb("learn", say("Start a lesson, or go on where you left off."), say("[lesson]")),
    Verb("next", say("Go on to the next part.")),
    Verb("back", say("Go back to the part before.")),
    Verb("quiz", say("Answer the questions of a lesson."), say("[lesson]")),
    Verb("challenge", say("Work on the challenge of a lesson."), say("[lesson]")),
    Verb("run", say("Run the code of the section you are reading.")),
    Verb("submit", say("Hand in all your code of this step that ran without an error.")),
    Verb("inspect", say("Watch what your tensors become, or look into one."), say("[name]")),
    Verb("hint", say("Get the next hint for the question or step you are on.")),
    Verb("solution", say("See the solution, once it is open.")),
    Verb("skip", say("Leave the question or step you are on, without points.")),
    Verb("progress", say("See what you have done.")),
    Verb("language", say("Choose the language."), say("[en|ko]")),
    Verb("reset", say("Clear your variables; your progress stays.")),
    Verb("mydata", say("Get or delete what is kept about you."), say("[export|delete]")),
    Verb("help", say("See what you can do here.")),
)

NAMES = tuple(verb.name for verb in VERBS)

TAKES_WORDS = frozenset(verb.name for verb in VERBS if verb.argument)
"""Verbs that take what is typed after them; for all others that is no argument."""

_ALIASES = {
    "start": "learn",
    "continue": "learn",
    "lesson": "learn",
    "previous": "back",
    "prev": "back",
    "questions": "quiz",
    "lang": "language",
    "answer": "solution",
    "status": "progress",
    "시작": "learn",
    "배우기": "learn",
    "계속": "learn",
    "다음": "next",
    "이전": "back",
    "뒤로": "back",
    "퀴즈": "quiz",
    "문제": "quiz",
    "도전": "challenge",
    "챌린지": "challenge",
    "과제": "challenge",
    "실행": "run",
    "제출": "submit",
    "살펴보기": "inspect",
    "힌트": "hint",
    "정답": "solution",
    "풀이": "solution",
    "건너뛰기": "skip",
    "진도": "progress",
    "언어": "language",
    "초기화": "reset",
    "내정보": "mydata",
    "내데이터": "mydata",
    "도움말": "help",
    "도움": "help",
}


def named(word: str) -> str:
    """Return the verb that `word` means; a word that means none comes back cleaned."""
    folded = word.strip().lstrip("/").casefold()
    return _ALIASES.get(folded, quoted(folded))


def nearest(word: str) -> str | None:
    """Return the verb that looks most like `word`, if any does."""
    close = get_close_matches(word, [*NAMES, *_ALIASES], n=1, cutoff=0.6)
    return named(close[0]) if close else None
