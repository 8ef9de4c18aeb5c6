"""Opens the questions or the challenge of a lesson at the first exercise that is still open."""

from bot.tutor.buttons import continue_button, go, next_button
from bot.tutor.learn import here_of, lesson_to_learn, show, unknown_lesson
from bot.tutor.lesson import Lesson
from bot.tutor.reply import Note, Reply
from bot.tutor.route import Stage, Stop, find_lesson
from bot.tutor.standing import exercises, standing_in
from bot.tutor.turn import Turn


async def quiz(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Open the first unanswered question of the lesson that `args` name, or of the present one."""
    return await _practise(turn, args, "question")


async def challenge(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Open the first unsolved step of the lesson that `args` name, or of the present one."""
    return await _practise(turn, args, "step")


async def _practise(turn: Turn, args: tuple[str, ...], stage: Stage) -> Reply:
    wanted = " ".join(args)
    lesson = await _lesson(turn, wanted)
    if lesson is None:
        return unknown_lesson(turn, wanted)
    of_stage = [stop for stop in exercises(lesson) if stop.stage == stage]
    if not of_stage:
        return Reply((Note("info", _none(turn, lesson, stage)),), (continue_button(turn),))
    standing = await standing_in(turn.store, turn.learner.id, lesson)
    still_open = [stop for stop in of_stage if standing.state(stop) == "open"]
    if not still_open:
        return _all_done(turn, of_stage)
    left = (await turn.store.positions(turn.learner.id)).get(lesson.id)
    goal = next((stop for stop in still_open if stop.position == left), still_open[0])
    return await show(turn, goal)


async def _lesson(turn: Turn, wanted: str) -> Lesson | None:
    curriculum = turn.services.curriculum
    if wanted.strip():
        return find_lesson(curriculum, wanted)
    here = here_of(turn)
    if here:
        return here.lesson
    return await lesson_to_learn(turn) or next(iter(curriculum.lessons), None)


def _none(turn: Turn, lesson: Lesson, stage: Stage) -> str:
    title = turn.text(lesson.title)
    if stage == "question":
        return turn.say("The lesson “{title}” has no questions.", title=title)
    return turn.say("The lesson “{title}” has no challenge.", title=title)


def _all_done(turn: Turn, of_stage: list[Stop]) -> Reply:
    if of_stage[0].stage == "question":
        text = turn.say("No question of this lesson is open any more.")
    else:
        text = turn.say("No step of this challenge is open any more.")
    again = go(turn.say("Look at them again"), of_stage[0])
    return Reply((Note("good", text),), (next_button(turn, of_stage[-1]), again))
