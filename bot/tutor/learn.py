"""Walks a learner through a lesson: starts it, resumes it, and goes on, back or to a given place."""

from dataclasses import replace

from bot.tutor.buttons import lesson_choice, stale
from bot.tutor.clean import quoted
from bot.tutor.finish_view import finish_reply
from bot.tutor.inputs import described, given_at, placed, prepare
from bot.tutor.lesson import Lesson, Section
from bot.tutor.question_view import question_reply
from bot.tutor.reply import Note, Part, Reply
from bot.tutor.route import Stop, after, before, find_lesson, stop_at, stop_of, stops
from bot.tutor.section_view import section_reply
from bot.tutor.standing import (
    Standing,
    exercises,
    is_complete,
    open_exercises,
    standing_in,
    unread,
)
from bot.tutor.step_view import step_reply
from bot.tutor.turn import Turn


async def learn(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Open the lesson that `args` name, or go on with what comes next for this learner."""
    wanted = " ".join(args)
    if wanted.strip():
        lesson = find_lesson(turn.services.curriculum, wanted)
        return await _open(turn, lesson) if lesson else unknown_lesson(turn, wanted)
    lesson = await lesson_to_learn(turn)
    return await _open(turn, lesson) if lesson else await _nothing_left(turn)


async def _nothing_left(turn: Turn) -> Reply:
    """Return the end of all lessons; praise is for whoever has solved them."""
    for lesson in turn.services.curriculum.lessons:
        if not is_complete(lesson, await standing_in(turn.store, turn.learner.id, lesson)):
            text = turn.say("No lesson is left. You can still solve what you skipped.")
            return Reply((Note("info", text),), (lesson_choice(turn),))
    done = turn.say("You have finished every lesson there is. Well done! Read any of them again.")
    return Reply((Note("good", done),), (lesson_choice(turn),))


def unknown_lesson(turn: Turn, wanted: str) -> Reply:
    """Return what is possible instead of a lesson that does not exist."""
    text = turn.say("There is no lesson “{name}”. These are there:", name=quoted(wanted))
    return Reply((Note("info", text),), (lesson_choice(turn),))


async def lesson_to_learn(turn: Turn) -> Lesson | None:
    """Return the lesson the learner is in, else the first unfinished one; None after the last."""
    position, curriculum = turn.position, turn.services.curriculum
    here = curriculum.lesson(position.lesson) if position else None
    if position and here and (position.stage != "done" or not await _is_finished(turn, here)):
        return here
    return await _first_unfinished(turn, curriculum.lessons)


async def _first_unfinished(turn: Turn, lessons: tuple[Lesson, ...]) -> Lesson | None:
    for lesson in lessons:
        if not await _is_finished(turn, lesson):
            return lesson
    return None


async def _is_finished(turn: Turn, lesson: Lesson) -> bool:
    """Tell whether every exercise is closed, or every section was read where there are none."""
    standing = await standing_in(turn.store, turn.learner.id, lesson)
    if exercises(lesson):
        return not open_exercises(lesson, standing)
    return not unread(lesson, standing)


async def _open(turn: Turn, lesson: Lesson) -> Reply:
    """Resume `lesson` where the learner left it; a finished one opens at its start."""
    left = (await turn.store.positions(turn.learner.id)).get(lesson.id)
    here = stop_at(turn.services.curriculum, left) if left else None
    standing = await standing_in(turn.store, turn.learner.id, lesson)
    reply = await show(turn, _resumed(lesson, standing, here))
    remarks: list[Part] = []
    if left is None:
        remarks = await _needed(turn, lesson)
    elif here is None:
        text = turn.say(
            "This lesson has changed since you were here; what you have done still counts."
        )
        remarks = [Note("info", text)]
    return replace(reply, parts=(*remarks, *reply.parts))


def _resumed(lesson: Lesson, standing: Standing, here: Stop | None) -> Stop:
    """Return where the learner was, or what came next there; else what is unread or open first."""
    if here is None or here.stage == "done":
        missing = [*unread(lesson, standing), *open_exercises(lesson, standing)]
        return next(iter(missing), stops(lesson)[0])
    while here.stage in ("question", "step") and standing.state(here) != "open":
        here = after(here)
    return here


async def _needed(turn: Turn, lesson: Lesson) -> list[Part]:
    """Name the unfinished lessons that this one builds on; nobody is locked out."""
    needed = (turn.services.curriculum.lesson(lesson_id) for lesson_id in lesson.requires)
    missing = [one for one in needed if one and not await _is_finished(turn, one)]
    if not missing:
        return []
    titles = ", ".join(f"“{turn.text(one.title)}”" for one in missing)
    text = turn.say(
        "This lesson builds on: {titles}. You can start it all the same.", titles=titles
    )
    return [Note("info", text)]


async def go_on(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Go to the next place; from the end of a lesson to the next lesson."""
    here = here_of(turn)
    if here is None or here.stage == "done":
        return await learn(turn, ())
    standing = await standing_in(turn.store, turn.learner.id, here.lesson)
    reply = await show(turn, after(here))
    if here.stage not in ("question", "step") or standing.state(here) != "open":
        return reply
    left = turn.say("You left an exercise open. `back` returns to it; it also waits at the end.")
    return replace(reply, parts=(Note("info", left), *reply.parts))


async def go_back(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Go to the place before."""
    here = here_of(turn)
    if here is None:
        return await learn(turn, ())
    earlier = before(here)
    reply = await show(turn, earlier)
    if earlier.position != here.position:
        return reply
    first = turn.say("This is the start of the lesson; there is nothing before it.")
    return replace(reply, parts=(Note("info", first), *reply.parts))


async def go_to(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Open the place that a button names."""
    stop = stop_of(turn.services.curriculum, args)
    return await show(turn, stop) if stop else stale(turn)


def here_of(turn: Turn) -> Stop | None:
    """Return where the learner is, or None if nowhere or if that place is gone."""
    return stop_at(turn.services.curriculum, turn.position) if turn.position else None


async def show(turn: Turn, stop: Stop) -> Reply:
    """Store that the learner is at `stop`, then return what is there."""
    await turn.move(stop.position)
    if isinstance(stop.part, Section):
        return section_reply(turn, stop, stop.part)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    if stop.part is None:
        lessons = turn.services.curriculum.lessons
        index = next((i for i, one in enumerate(lessons) if one.id == stop.lesson.id), -1)
        following = await _first_unfinished(turn, lessons[index + 1 :])
        return finish_reply(turn, stop, standing, following)
    inputs = await _inputs(turn, stop, standing)
    if stop.stage == "step":
        return step_reply(turn, stop, standing, inputs)
    return question_reply(turn, stop, standing, inputs)


async def _inputs(turn: Turn, stop: Stop, standing: Standing) -> list[Part]:
    """Get code's inputs ready where code is graded, and describe them."""
    prepare(turn, stop, standing)
    given = await given_at(turn, stop)
    entered = stop.position != turn.position
    replaced = await placed(turn, given) if entered else ()
    return described(turn, given, replaced)
