"""Shows what a learner has done, lesson by lesson."""

from bot.tutor.buttons import continue_button, lesson_choice
from bot.tutor.finish_view import tally
from bot.tutor.learn import lesson_to_learn
from bot.tutor.lesson import Lesson
from bot.tutor.reply import Fields, Heading, Note, Part, Reply
from bot.tutor.standing import Standing, exercises, is_complete, standing_in, unread
from bot.tutor.turn import Turn

MOST_LESSONS = 25


async def progress(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Return sections read, questions and steps solved and points, for each lesson begun."""
    parts: list[Part] = [Heading(turn.say("Your progress"))]
    begun = await turn.store.positions(turn.learner.id)
    for lesson in turn.services.curriculum.lessons:
        if lesson.id not in begun:
            continue
        standing = await standing_in(turn.store, turn.learner.id, lesson)
        parts.append(Heading(_title(turn, lesson, standing)))
        total = len(lesson.sections)
        read = total - len(unread(lesson, standing))
        sections = (turn.say("Sections read"), f"{read}/{total}")
        parts.append(Fields((sections, *tally(turn, lesson, standing))))
    if len(parts) == 1:
        parts.append(Note("info", turn.say("Nothing yet: everything is still ahead of you.")))
    ahead = (continue_button(turn),) if await lesson_to_learn(turn) else ()
    return Reply(tuple(parts), (*ahead, lesson_choice(turn)))


def _title(turn: Turn, lesson: Lesson, standing: Standing) -> str:
    title = turn.text(lesson.title)
    if exercises(lesson) and is_complete(lesson, standing):
        return turn.say("{title} · complete", title=title)
    return title
