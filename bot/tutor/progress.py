"""Shows what a learner has done, lesson by lesson."""

from bot.tutor.buttons import continue_button, lesson_choice
from bot.tutor.finish_view import tally
from bot.tutor.lesson import Lesson
from bot.tutor.reply import Fields, Heading, Note, Part, Reply
from bot.tutor.route import stops
from bot.tutor.standing import Standing, exercises, is_complete, standing_in
from bot.tutor.turn import Turn

MOST_LESSONS = 25


async def progress(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Return sections read, questions and steps solved and points, for each lesson begun."""
    parts: list[Part] = [Heading(turn.say("Your progress"))]
    lessons = turn.services.curriculum.lessons
    for lesson in lessons:
        standing = await standing_in(turn.store, turn.learner.id, lesson)
        read = sections_read(turn, lesson, standing)
        if not read and standing.is_empty:
            continue
        parts.append(Heading(_title(turn, lesson, standing)))
        sections = (turn.say("Sections read"), f"{read}/{len(lesson.sections)}")
        parts.append(Fields((sections, *tally(turn, lesson, standing))))
    if len(parts) == 1:
        parts.append(Note("info", turn.say("Nothing yet: everything is still ahead of you.")))
    return Reply(tuple(parts), (continue_button(turn), lesson_choice(turn)))


def sections_read(turn: Turn, lesson: Lesson, standing: Standing) -> int:
    """Return how many sections the learner has seen: those up to here, or all once past them."""
    total, position = len(lesson.sections), turn.position
    if not standing.is_empty:
        return total
    if position is None or position.lesson != lesson.id:
        return 0
    here = next((stop for stop in stops(lesson) if stop.position == position), None)
    return here.number if here and here.stage == "section" else total


def _title(turn: Turn, lesson: Lesson, standing: Standing) -> str:
    title = turn.text(lesson.title)
    if exercises(lesson) and is_complete(lesson, standing):
        return turn.say("{title} · complete", title=title)
    return title
