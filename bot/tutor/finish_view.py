"""Shows the end of a lesson: what was done, what is still open, and what comes next."""

from bot.tutor.buttons import go
from bot.tutor.lesson import Lesson
from bot.tutor.reply import Action, Button, Fields, Heading, Note, Part, Prose, Ref, Reply
from bot.tutor.route import Stop, before
from bot.tutor.standing import Standing, exercises, is_complete, open_exercises
from bot.tutor.turn import Turn


def finish_reply(turn: Turn, stop: Stop, standing: Standing, following: Lesson | None) -> Reply:
    """Return the end of a lesson; `following` is the next one to learn, if there is one."""
    lesson, still_open = stop.lesson, open_exercises(stop.lesson, standing)
    parts: list[Part] = [_heading(turn, lesson, standing)]
    if _has_recap(turn, lesson, standing):
        concepts = ", ".join(lesson.concepts)
        parts.append(Prose(turn.say("You have met: {concepts}.", concepts=concepts)))
    if exercises(lesson):
        parts.append(Fields(tally(turn, lesson, standing)))
    if still_open:
        left = turn.say.plural(
            "{n} exercise is still open.", "{n} exercises are still open.", len(still_open)
        )
        parts.append(Note("info", left))
    elif following is None:
        parts.append(_end(turn, lesson, standing))
    back = go(turn.say("Back"), before(stop))
    return Reply(tuple(parts), (*_onward(turn, still_open, following), back))


def _heading(turn: Turn, lesson: Lesson, standing: Standing) -> Part:
    title = turn.text(lesson.title)
    if is_complete(lesson, standing):
        return Heading(turn.say("Lesson complete: {title}", title=title))
    return Heading(turn.say("End of the lesson: {title}", title=title))


def _has_recap(turn: Turn, lesson: Lesson, standing: Standing) -> bool:
    """Tell whether concepts are named: once something is solved, and where their ids are words."""
    of_lesson = exercises(lesson)
    learned = not of_lesson or any(standing.state(stop) == "solved" for stop in of_lesson)
    return bool(lesson.concepts) and learned and turn.say.locale == lesson.locales[0]


def _end(turn: Turn, lesson: Lesson, standing: Standing) -> Note:
    if is_complete(lesson, standing):
        return Note("good", turn.say("That was the last lesson there is. Well done!"))
    text = turn.say("That was the last lesson there is. You can still solve what you skipped.")
    return Note("info", text)


def _onward(turn: Turn, still_open: list[Stop], following: Lesson | None) -> list[Action]:
    actions: list[Action] = []
    if still_open:
        actions.append(go(turn.say("Go to what is open"), still_open[0], primary=True))
    if following:
        title = turn.text(following.title)
        label = turn.say("Next lesson: {title}", title=title)
        ref = Ref("learn", (following.id,))
        actions.append(Button(label, ref, "secondary" if still_open else "primary"))
    actions.append(Button(turn.say("Progress"), Ref("progress")))
    return actions


def tally(turn: Turn, lesson: Lesson, standing: Standing) -> tuple[tuple[str, str], ...]:
    """Return questions, steps and points in numbers, each only where the lesson has any."""
    say, of_lesson = turn.say, exercises(lesson)
    rows = []
    for stage, name in (("question", say("Questions solved")), ("step", say("Steps solved"))):
        of_stage = [stop for stop in of_lesson if stop.stage == stage]
        solved = sum(standing.state(stop) == "solved" for stop in of_stage)
        if of_stage:
            rows.append((name, f"{solved}/{len(of_stage)}"))
    skipped = sum(standing.state(stop) == "skipped" for stop in of_lesson)
    if skipped:
        rows.append((say("Skipped"), str(skipped)))
    if of_lesson:
        points = sum(standing.points(stop) for stop in of_lesson)
        rows.append((say("Points"), f"{points:g}"))
    return tuple(rows)
