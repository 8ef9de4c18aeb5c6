"""Takes every event to the use case that answers it, in the language of whoever asked."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.tutor import quiz, writing
from bot.tutor.admin.verb import administer
from bot.tutor.again import again
from bot.tutor.buttons import stale
from bot.tutor.event import (
    Actor,
    CodeEdited,
    CodePosted,
    Command,
    Event,
    Pressed,
    Reacted,
    Said,
    SourceDeleted,
    Submitted,
)
from bot.tutor.formulas import with_formulas
from bot.tutor.gate import refused, too_many_runs
from bot.tutor.help import show_help, unknown_verb, what_is_stored
from bot.tutor.inspector.pages import turn_page
from bot.tutor.inspector.panel import close_panel
from bot.tutor.inspector.verb import inspect, inspect_pressed
from bot.tutor.language import language
from bot.tutor.learn import go_back, go_on, go_to, learn
from bot.tutor.on_gpu import run_on_gpu
from bot.tutor.polls import posting
from bot.tutor.polls.clerk import SLOT as POLL_SLOT
from bot.tutor.polls.clerk import Clerk
from bot.tutor.polls.voting import vote
from bot.tutor.practice import challenge
from bot.tutor.practice import quiz as open_quiz
from bot.tutor.progress import progress
from bot.tutor.replay import replay
from bot.tutor.reply import Form, Note, Ref, Reply
from bot.tutor.reveal import hint, skip, solution
from bot.tutor.run import reset, run_edited, run_posted, run_snippet, stop_running
from bot.tutor.streams import closing
from bot.tutor.submit import submit
from bot.tutor.turn import Meanwhile, Services, Turn
from bot.tutor.verbs import named
from bot.tutor.written import hand_in_written, run_written

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
_WITH_WORDS = frozenset({"learn", "quiz", "challenge", "inspect", "language", "tutor"})
"""Commands that take what is typed after them; for all others that is no argument."""


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


class Tutor:
    """The product: what learners do goes in, what they are told comes out."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._meanwhile = Meanwhile()
        self._clerk = Clerk(services, self._meanwhile.board)

    def form_for(self, ref: Ref) -> Form | None:
        """Return the form that pressing `ref` opens, or None when it is a plain button."""
        curriculum, wordings = self._services.curriculum, self._services.wordings
        if ref.verb == "type":
            return quiz.form_for(curriculum, wordings, ref.args)
        if ref.verb == "ask":
            return posting.form_for(wordings.in_locale(wordings.best(*ref.args[3:])), ref.args)
        return writing.form_for(curriculum, wordings, ref)

    async def form(self, ref: Ref, actor: Actor) -> Form | None:
        """Return what `form_for` does, filled with what `actor` wrote there last."""
        form = self.form_for(ref)
        if form is None:
            return None
        services = self._services
        return await writing.filled(
            services.store, services.curriculum, services.wordings, form, actor
        )

    async def due(self, platform: str | None = None) -> Replies:
        """Yield what the clock asks for, of one platform or of all: polls to be counted or closed.

        A reply counts as delivered once the next one is asked for.
        """
        async with closing(self._clerk.due(platform)) as replies:
            async for reply in replies:
                yield reply

    async def open_reaction_polls(self, platform: str) -> tuple[str, ...]:
        """Return the slots of open polls that are answered by reaction."""
        return await self._clerk.open_reaction_polls(platform)

    async def recount(self, slot: str, votes: Mapping[str, Sequence[Actor]]) -> None:
        """Bring a poll in line with who has reacted with which emoji, after a time unseen."""
        await self._clerk.recount(slot, votes)

    async def handle(self, event: Event) -> Replies:
        """Answer `event`. What is acknowledged in a reply has been stored before."""
        refusal = await refused(self._services, event)
        if refusal is not None:
            if not isinstance(event, Reacted):
                yield refusal
        elif isinstance(event, Reacted) and event.slot.startswith(POLL_SLOT):
            await self._clerk.reacted(event)
        elif not isinstance(event, SourceDeleted | Reacted | Said):
            async with closing(self._answered(event)) as replies:
                async for reply in replies:
                    yield reply

    async def _answered(self, event: Event) -> Replies:
        turn = await self._turn(event)
        first: Reply | None = None
        async with closing(self._replies(turn)) as replies:
            async for answer in replies:
                reply = await with_formulas(self._services.pictures, answer)
                first = first or (None if reply.channel else reply)
                is_first = first and (reply is first or (reply.slot and reply.slot == first.slot))
                yield _introduced(turn, reply) if turn.learner.is_new and is_first else reply

    async def _turn(self, event: Event) -> Turn:
        services, actor, server = self._services.present, event.actor, event.place.server_id
        learner = await services.store.learner(actor)
        of_server = await services.places.server(actor.platform, server) if server else None
        locale = services.wordings.best(
            learner.locale,
            actor.locale,
            learner.seen,
            of_server.locale if of_server else None,
            services.locale,
        )
        return Turn(
            services=services,
            meanwhile=self._meanwhile,
            event=event,
            learner=learner,
            say=services.wordings.in_locale(locale),
            position=await services.store.position(learner.id),
        )

    def _replies(self, turn: Turn) -> Replies:
        limited = too_many_runs(turn)
        if limited is not None:
            return _only(limited)
        match turn.event:
            case Command(verb=verb, args=args):
                return _commanded(turn, verb, args)
            case Pressed(ref=ref):
                return _pressed(turn, ref)
            case Submitted(ref=ref, values=values):
                return _submitted(turn, ref, values)
            case CodePosted():
                return run_posted(turn, turn.event)
            case CodeEdited():
                return run_edited(turn, turn.event)
            case _:
                raise TypeError(f"{type(turn.event).__name__} has no answer")


def _introduced(turn: Turn, reply: Reply) -> Reply:
    """Add to a newcomer's first reply what is stored about them."""
    note = Note("info", what_is_stored(turn.say, turn.event.place))
    return replace(reply, parts=(*reply.parts, note))


def _commanded(turn: Turn, word: str, args: Args) -> Replies:
    verb = named(word[:MOST_ARG_CHARS]) or "help"
    words = tuple(arg[:MOST_ARG_CHARS] for arg in args[:MOST_ARGS]) if verb in _WITH_WORDS else ()
    if verb in _MANY_REPLIES:
        return _MANY_REPLIES[verb](turn, words)
    if verb in _ONE_REPLY:
        return _once(_ONE_REPLY[verb](turn, words))
    return _only(unknown_verb(turn, verb))


def _pressed(turn: Turn, ref: Ref) -> Replies:
    """Answer a button. It has travelled through the chat, so nothing in it is taken for granted."""
    press = _PRESSES.get(ref.verb)
    if press is None and ref.verb in _ONE_REPLY and not ref.args:
        return _once(_ONE_REPLY[ref.verb](turn, ()))
    if press is None or not press.least <= len(ref.args) <= press.most:
        return _only(stale(turn))
    answered = press.answer(turn, ref.args)
    return answered if isinstance(answered, AsyncGenerator) else _once(answered)


def _submitted(turn: Turn, ref: Ref, values: Mapping[str, str]) -> Replies:
    form = _FORMS.get(ref.verb)
    if form is None or len(ref.args) != form.args:
        return _only(stale(turn))
    return form.answer(turn, ref.args, values)


async def _once(answer: Awaitable[Reply]) -> Replies:
    yield await answer


async def _only(reply: Reply) -> Replies:
    yield reply
