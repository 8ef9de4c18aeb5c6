"""Takes answers to questions: marks them, keeps them, and says what is right or what to look at."""

from collections.abc import Mapping
from dataclasses import replace

from bot.tutor.buttons import stale
from bot.tutor.clean import clean
from bot.tutor.learn import show
from bot.tutor.lesson import (
    CodeQuestion,
    MultiQuestion,
    OrderQuestion,
    PredictQuestion,
    Question,
    SingleQuestion,
)
from bot.tutor.marking import Marked, UnreadableResponse, mark
from bot.tutor.ports import Curriculum, GradingUnavailable, Wordings
from bot.tutor.question_view import (
    FIELD,
    answer_form,
    explanation,
    material,
    question_actions,
    question_at,
    typed_order,
)
from bot.tutor.records import Answer, Position
from bot.tutor.reply import Form, Note, Part, Prose, Ref, Reply
from bot.tutor.route import Stop, stop_at
from bot.tutor.running import Replies
from bot.tutor.standing import Standing, standing_in
from bot.tutor.streams import closing
from bot.tutor.submission import hand_in
from bot.tutor.turn import Turn
from bot.tutor.unlocking import hints_left, tries_until_hint
from bot.tutor.verdict_text import unavailable
from sandbox.wire import MAX_CODE_CHARS

MOST_TYPED = 4000


async def answer(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Mark the options that were picked."""
    stop = _asked(turn, args)
    if stop is None or not isinstance(stop.part, SingleQuestion | MultiQuestion):
        return stale(turn)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    if _is_past(stop, standing, args[1]):
        return await _again(turn, stop, standing)
    return await _marked(turn, stop, standing, args[3:])


async def answer_typed(turn: Turn, args: tuple[str, ...], values: Mapping[str, str]) -> Replies:
    """Mark what was typed into the form of a question."""
    stop, typed = _asked(turn, args), values.get(FIELD, "")
    if stop is None or isinstance(stop.part, SingleQuestion | MultiQuestion):
        yield stale(turn)
        return
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    if _is_past(stop, standing, args[1]):
        yield await _again(turn, stop, standing)
    elif isinstance(stop.part, CodeQuestion):
        code = typed[:MAX_CODE_CHARS].encode(errors="replace").decode()
        async with closing(hand_in(turn, stop, [code])) as replies:
            async for reply in replies:
                yield reply
    elif isinstance(stop.part, OrderQuestion):
        order = typed_order(turn, stop.part, clean(typed, MOST_TYPED))
        yield await _marked(turn, stop, standing, order)
    else:
        yield await _marked(turn, stop, standing, (clean(typed, MOST_TYPED, lines=True),))


async def ask_again(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Show the question of an Answer button, where the platform has opened no form."""
    stop = _asked(turn, args)
    return await show(turn, stop) if stop else stale(turn)


def form_for(curriculum: Curriculum, wordings: Wordings, args: tuple[str, ...]) -> Form | None:
    """Return the form of the question that `args` of an Answer button name, if it is there."""
    if len(args) != 4:
        return None
    stop = _question(curriculum, args)
    if stop is None or isinstance(stop.part, SingleQuestion | MultiQuestion):
        return None
    say = wordings.in_locale(wordings.best(args[3]))
    return answer_form(say, Ref("type", args), question_at(stop))


def _asked(turn: Turn, args: tuple[str, ...]) -> Stop | None:
    return _question(turn.services.curriculum, args)


def _question(curriculum: Curriculum, args: tuple[str, ...]) -> Stop | None:
    return stop_at(curriculum, Position(lesson=args[0], stage="question", item=args[2]))


def _is_past(stop: Stop, standing: Standing, rev: str) -> bool:
    """Tell whether an answer comes too late: it was solved, or the lesson has changed since."""
    return standing.state(stop) == "solved" or rev != str(stop.lesson.rev)


async def _again(turn: Turn, stop: Stop, standing: Standing) -> Reply:
    reply = await show(turn, stop)
    if standing.state(stop) == "solved":
        return reply
    changed = turn.say("The lesson has changed since this was asked. Here is the question again:")
    return replace(reply, parts=(Note("info", changed), *reply.parts))


async def _marked(turn: Turn, stop: Stop, standing: Standing, response: tuple[str, ...]) -> Reply:
    question = question_at(stop)
    if isinstance(question, CodeQuestion):
        raise TypeError("code is graded, not marked")
    try:
        marked = mark(question, response, await _key(turn, question))
    except UnreadableResponse as error:
        actions = question_actions(turn, stop, standing)
        return Reply((Note("info", _unreadable(turn, error)), *material(turn, question)), actions)
    except GradingUnavailable:
        return Reply((Note("bad", unavailable(turn.say)),), question_actions(turn, stop, standing))
    kept = Answer(
        lesson=stop.lesson.id,
        rev=stop.lesson.rev,
        question=question.id,
        given="\n".join(response),
        correct=marked.correct,
        points=marked.points if standing.gives_points(stop) else 0.0,
        at=turn.services.clock.now(),
        server=turn.event.place.server_id,
    )
    await turn.store.add_answer(turn.learner.id, kept, stop.position)
    return await _feedback(turn, stop, marked)


async def _key(turn: Turn, question: Question) -> str | None:
    if not isinstance(question, PredictQuestion):
        return None
    return await turn.services.assessor.predict_key(turn.learner.id, question.code)


def _unreadable(turn: Turn, error: UnreadableResponse) -> str:
    match error.reason:
        case "number":
            return turn.say("That could not be read as a number. Write one such as 12 or 0.5.")
        case "order":
            return turn.say("Name every letter once, in your order, such as: b a c")
        case "option":
            return turn.say("One of those is not among the options. Pick again.")


async def _feedback(turn: Turn, stop: Stop, marked: Marked) -> Reply:
    """Return why it is right, or what to look at before the next try."""
    say, question = turn.say, question_at(stop)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    actions = question_actions(turn, stop, standing)
    if marked.correct:
        return Reply((Note("good", say("Right!")), *explanation(turn, question)), actions)
    may_get_hint = hints_left(stop, standing) > 0 and not tries_until_hint(stop, standing)
    parts: list[Part] = [Note("info", _not_yet(turn, marked, may_get_hint=may_get_hint))]
    parts.extend(turn.taught(text) for text in marked.say)
    if isinstance(question, OrderQuestion) and marked.misplaced:
        item = turn.text(question.items[marked.misplaced].text)
        parts.append(Prose(say("This comes too early: {item}", item=item)))
    return Reply((*parts, *material(turn, question)), actions)


def _not_yet(turn: Turn, marked: Marked, *, may_get_hint: bool) -> str:
    if marked.points:
        return turn.say("Part of it is right, but not all of it yet. Try again:")
    if marked.say or marked.misplaced:
        return turn.say("Not yet. Something to think about before you try again:")
    if may_get_hint:
        return turn.say("Not yet. Look at the question once more, take a hint, and try again.")
    return turn.say("Not yet. Look at the question once more, and try again.")
