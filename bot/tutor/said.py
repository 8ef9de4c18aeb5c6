"""Makes something of running text: a verb, an answer, code to run, or a word of help."""

import re
import unicodedata
from collections.abc import Sequence
from string import ascii_lowercase
from textwrap import dedent

from bot.tutor import quiz
from bot.tutor.buttons import continue_button, in_chat, lesson_button
from bot.tutor.clean import clean
from bot.tutor.code_like import is_code
from bot.tutor.drafts import draft_button
from bot.tutor.learn import here_of
from bot.tutor.lesson import MultiQuestion, NumericQuestion, OrderQuestion, SingleQuestion
from bot.tutor.numbers import NotANumber, read_number
from bot.tutor.question_view import FIELD, shuffled
from bot.tutor.reply import Action, Button, Code, Note, Prose, Ref, Reply
from bot.tutor.route import Stop
from bot.tutor.running import Replies
from bot.tutor.standing import standing_in
from bot.tutor.straight import straightened
from bot.tutor.streams import closing
from bot.tutor.turn import Turn
from bot.tutor.verbs import NAMES, TAKES_WORDS, named, nearest
from bot.tutor.visibility import slot_of, visibility_of

MOST_SPOKEN = 200
"""Characters of a text that can be a verb with its words, or an answer."""

MOST_CODE = 20_000
"""Characters of a text that is looked at for being code."""

MOST_LETTERS = 26

_AROUND = " \t\n.,!?;:…。！？、~\"'“”‘’`*"
_SEPARATORS = re.compile(r"[\s,;.+)]+")


def spoken(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the verb that `text` is, with its words; None when it is none.

    After a slash any word is meant as a verb. Without one it has to be one, alone or with what that
    verb takes.
    """
    line = text.strip()
    if not line or len(line) > MOST_SPOKEN or "\n" in line:
        return None
    words = line.removeprefix("/").split()
    first = words[0].strip(_AROUND) if words else ""
    verb = named(unicodedata.normalize("NFKC", first))
    if line.startswith("/"):
        return verb, tuple(words[1:])
    if verb not in NAMES or (len(words) > 1 and verb not in TAKES_WORDS):
        return None
    return None if len(words) > 1 and is_code(line) else (verb, tuple(words[1:]))


async def answer_said(turn: Turn, text: str) -> Replies:
    """Answer text that is no verb: an answer to the question that is asked, code, or anything."""
    answered = await _as_answer(turn, text)
    if answered is not None:
        async with closing(answered) as replies:
            async for reply in replies:
                yield reply
        return
    yield await _as_code(turn, text) or _help(turn, text)


# An answer --------------------------------------------------------------------------------------


async def _as_answer(turn: Turn, text: str) -> Replies | None:
    """Return what comes of `text` as an answer, where it has the form of one."""
    stop, typed = here_of(turn), unicodedata.normalize("NFKC", text[:MOST_SPOKEN]).casefold()
    if stop is None or stop.stage != "question" or len(text) > MOST_SPOKEN:
        return None
    typed = typed.strip(_AROUND + "()[]")
    picked = _picked(turn, stop, typed)
    whole = typed if isinstance(stop.part, OrderQuestion) else text.strip()
    if not picked and not _is_for_the_form(stop, whole):
        return None
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    if standing.state(stop) == "solved":
        return None
    where = (stop.lesson.id, str(stop.lesson.rev), stop.item)
    if picked:
        return _once(turn, (*where, *picked))
    return quiz.answer_typed(turn, (*where, turn.say.locale), {FIELD: whole})


async def _once(turn: Turn, args: tuple[str, ...]) -> Replies:
    yield await quiz.answer(turn, args)


def _picked(turn: Turn, stop: Stop, typed: str) -> list[str]:
    """Return the options that `typed` names by letters or numbers, in the order they are shown."""
    question = stop.part
    if not isinstance(question, SingleQuestion | MultiQuestion):
        return []
    shown = shuffled(turn, question.id, question.options)
    keys = [word for word in _SEPARATORS.split(typed) if word]
    if len(keys) == 1 and keys[0].isalpha():
        keys = list(keys[0])
    found = [_place(key) for key in dict.fromkeys(keys)]
    picked = [shown[place] for place in found if place is not None and place < len(shown)]
    is_one = isinstance(question, MultiQuestion) or len(picked) == 1
    return picked if len(picked) == len(found) and is_one else []


def _place(key: str) -> int | None:
    if len(key) == 1 and key in ascii_lowercase:
        return ascii_lowercase.index(key)
    is_number = key.isascii() and key.isdecimal() and len(key) <= 2
    return int(key) - 1 if is_number and int(key) > 0 else None


def _is_for_the_form(stop: Stop, typed: str) -> bool:
    match stop.part:
        case NumericQuestion():
            return _is_number(typed)
        case OrderQuestion(items=items):
            letters = [char for char in typed if char not in " ,;.>→"]
            return sorted(letters) == list(ascii_lowercase[: len(items)])
        case _:
            return False


def _is_number(typed: str) -> bool:
    try:
        read_number(typed)
    except NotANumber:
        return False
    return True


# Code -------------------------------------------------------------------------------------------


async def _as_code(turn: Turn, text: str) -> Reply | None:
    """Offer to run `text` if it is code, as it is or put straight."""
    code = dedent(text).strip("\n")
    if len(code) > MOST_CODE:
        return None
    say = turn.say
    if is_code(code):
        words, label = say("That looks like Python. It has not run yet."), say("Run this")
    else:
        code = straightened(code)
        if code == dedent(text).strip("\n") or not is_code(code):
            return None
        words = say(
            "That is Python with signs that Python does not know, such as “ ”. With plain ones it "
            "reads like this:"
        )
        label = say("Fix and run")
    button = await draft_button(turn, label, code)
    tip = Note("info", say("Code between two lines of ``` runs at once."))
    shown = (Prose(words), Code(clean(code, MOST_CODE, lines=True)), tip)
    return _said(turn, shown, (button, continue_button(turn)))


# Anything else ----------------------------------------------------------------------------------


def _help(turn: Turn, text: str) -> Reply:
    """Say in one breath what can be said here, and what to press next."""
    say, here = turn.say, here_of(turn)
    word = text.strip().strip(_AROUND)
    guess = nearest(word) if word and len(word.split()) == 1 and len(word) <= MOST_SPOKEN else None
    words = say(
        "I teach PyTorch and run Python. Say `next`, `hint` or `help`, or post code between two "
        "lines of ```."
    )
    meant = [Button(guess, Ref(guess), "primary")] if guess else []
    compose = Button(say("Run code"), Ref("compose", (say.locale,)))
    actions = (
        *meant,
        lesson_button(turn, here),
        *([compose] if in_chat(turn) else []),
        Button(say("What you can do here"), Ref("help")),
    )
    question = [Note("info", say("Did you mean this?"))] if guess else []
    return _said(turn, (Prose(words), *question), actions)


def _said(turn: Turn, parts: Sequence[Prose | Code | Note], actions: tuple[Action, ...]) -> Reply:
    return Reply(tuple(parts), actions, visibility_of(turn), slot_of(turn))
