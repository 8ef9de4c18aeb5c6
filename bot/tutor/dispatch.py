"""Takes verbs, buttons and forms to the use cases that answer them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.tutor import quiz
from bot.tutor.admin.verb import administer
from bot.tutor.again import again
from bot.tutor.buttons import stale
from bot.tutor.help import show_help, unknown_verb
from bot.tutor.inspector.pages import turn_page
from bot.tutor.inspector.panel import close_panel
from bot.tutor.inspector.verb import inspect, inspect_pressed
from bot.tutor.language import language
from bot.tutor.learn import go_back, go_on, go_to, learn
from bot.tutor.mydata import mydata
from bot.tutor.on_gpu import run_on_gpu
from bot.tutor.polls import posting
from bot.tutor.polls.voting import vote
from bot.tutor.practice import challenge
from bot.tutor.practice import quiz as open_quiz
from bot.tutor.progress import progress
from bot.tutor.replay import replay
from bot.tutor.reply import Ref, Reply
from bot.tutor.reveal import hint, skip, solution
from bot.tutor.run import reset, run_snippet, stop_running
from bot.tutor.submit import submit
from bot.tutor.turn import Turn
from bot.tutor.verbs import TAKES_WORDS, named
from bot.tutor.written import hand_in_written, run_draft, run_written

MOST_ARGS = 16
MOST_ARG_CHARS = 200

Args = tuple[str, ...]
Replies = AsyncGenerator[Reply, None]
OneReply = Callable[[Turn, Args], Awaitable[Reply]]
ManyReplies = Callable[[Turn, Args], Replies]
Taken = Callable[[Turn, Args, Mapping[str, str]], Replies]

_ONE_REPLY: Mapping[str, OneReply] = {
    "learn": learn,
    "next": go_on,
    "back": go_back,
    "quiz": open_quiz,
    "challenge": challenge,
    "hint": hint,
    "solution": solution,
    "skip": skip,
    "progress": progress,
    "language": language,
    "mydata": mydata,
    "help": show_help,
    "stop": stop_running,
}
_MANY_REPLIES: Mapping[str, ManyReplies] = {
    "run": run_snippet,
    "submit": submit,
    "inspect": inspect,
    "reset": reset,
    "tutor": administer,
}
_WITH_WORDS = TAKES_WORDS | {"tutor"}


@dataclass(frozen=True, slots=True)
class _Press:
    """What a button does, and how many arguments it carries."""

    answer: OneReply | ManyReplies
    least: int
    most: int


_PRESSES: Mapping[str, _Press] = {
    "go": _Press(go_to, 2, 3),
    "learn": _Press(learn, 0, 1),
    "answer": _Press(quiz.answer, 4, 13),
    "type": _Press(quiz.ask_again, 4, 4),
    "run": _Press(run_snippet, 2, 2),
    "again": _Press(again, 1, 3),
    "replay": _Press(replay, 0, 1),
    "gpu": _Press(run_on_gpu, 1, 1),
    "stop": _Press(stop_running, 0, 0),
    "submit": _Press(submit, 4, 4),
    "hint": _Press(hint, 3, 3),
    "solution": _Press(solution, 3, 3),
    "skip": _Press(skip, 3, 3),
    "inspect": _Press(inspect_pressed, 0, 3),
    "tensors": _Press(turn_page, 2, 2),
    "close": _Press(close_panel, 0, 0),
    "reset": _Press(reset, 0, 0),
    "language": _Press(language, 0, 1),
    "mydata": _Press(mydata, 0, 2),
    "draft": _Press(run_draft, 1, 1),
    "vote": _Press(vote, 2, 2),
    "tutor": _Press(administer, 1, 4),
}


@dataclass(frozen=True, slots=True)
class _Form:
    """What becomes of a form that came back, and how many arguments its ref has."""

    answer: Taken
    args: int


_FORMS: Mapping[str, _Form] = {
    "type": _Form(quiz.answer_typed, 4),
    "edit": _Form(run_written, 4),
    "compose": _Form(run_written, 1),
    "handin": _Form(hand_in_written, 4),
    "ask": _Form(posting.ask, 4),
}


def commanded(turn: Turn, word: str, args: Args) -> Replies:
    """Answer a verb."""
    verb = named(word[:MOST_ARG_CHARS]) or "help"
    words = tuple(arg[:MOST_ARG_CHARS] for arg in args[:MOST_ARGS]) if verb in _WITH_WORDS else ()
    if verb in _MANY_REPLIES:
        return _MANY_REPLIES[verb](turn, words)
    if verb in _ONE_REPLY:
        return _once(_ONE_REPLY[verb](turn, words))
    return only(unknown_verb(turn, verb))


def pressed(turn: Turn, ref: Ref) -> Replies:
    """Answer a button. It has travelled through the chat, so nothing in it is taken for granted."""
    press = _PRESSES.get(ref.verb)
    if press is None and ref.verb in _ONE_REPLY and not ref.args:
        return _once(_ONE_REPLY[ref.verb](turn, ()))
    if press is None or not press.least <= len(ref.args) <= press.most:
        return only(stale(turn))
    answered = press.answer(turn, ref.args)
    return answered if isinstance(answered, AsyncGenerator) else _once(answered)


def submitted(turn: Turn, ref: Ref, values: Mapping[str, str]) -> Replies:
    """Answer a form that came back."""
    form = _FORMS.get(ref.verb)
    if form is None or len(ref.args) != form.args:
        return only(stale(turn))
    return form.answer(turn, ref.args, values)


async def _once(answer: Awaitable[Reply]) -> Replies:
    yield await answer


async def only(reply: Reply) -> Replies:
    """Answer with one reply."""
    yield reply
