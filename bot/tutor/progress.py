"""Shows what a learner has done, lesson by lesson, in words and as a picture."""

from collections.abc import Sequence
from typing import Literal

from bot.tutor.buttons import continue_button, lesson_choice
from bot.tutor.drawing import Progress, Row
from bot.tutor.finish_view import tally
from bot.tutor.learn import lesson_to_learn
from bot.tutor.lesson import Lesson
from bot.tutor.reply import Fields, Heading, Image, Note, Part, Reply
from bot.tutor.route import Stop
from bot.tutor.standing import Standing, exercises, is_complete, standing_in, unread
from bot.tutor.turn import Turn

MOST_LESSONS = 25

State = Literal["done", "shown", "current", "ahead"]


async def progress(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Return sections read, questions and steps solved and points, for each lesson begun."""
    parts: list[Part] = [Heading(turn.say("Your progress"))]
    begun = await turn.store.positions(turn.learner.id)
    rows: list[Row] = []
    for lesson in turn.services.curriculum.lessons:
        if lesson.id not in begun:
            continue
        standing = await standing_in(turn.store, turn.learner.id, lesson)
        parts.append(Heading(_title(turn, lesson, standing)))
        rows.append(_row(turn, lesson, standing))
        sections = (turn.say("Sections read"), f"{rows[-1].read}/{rows[-1].sections}")
        parts.append(Fields((sections, *tally(turn, lesson, standing))))
    picture = await _picture(turn, rows)
    parts[1:1] = [picture] if picture else []
    if not rows:
        parts.append(Note("info", turn.say("Nothing yet: everything is still ahead of you.")))
    ahead = (continue_button(turn),) if await lesson_to_learn(turn) else ()
    return Reply(tuple(parts), (*ahead, lesson_choice(turn)))


def _row(turn: Turn, lesson: Lesson, standing: Standing) -> Row:
    """Return a lesson as a row of the picture."""
    states = [_state(stop, standing) for stop in exercises(lesson) if stop.stage == "step"]
    if "ahead" in states:
        states[states.index("ahead")] = "current"
    total = len(lesson.sections)
    return Row(
        title=_title(turn, lesson, standing),
        read=total - len(unread(lesson, standing)),
        sections=total,
        steps=tuple(states),
    )


def _state(stop: Stop, standing: Standing) -> State:
    if standing.state(stop) == "solved":
        return "done"
    is_shown = standing.noted(stop, "solution") or standing.noted(stop, "skip")
    return "shown" if is_shown else "ahead"


async def _picture(turn: Turn, rows: Sequence[Row]) -> Image | None:
    """Return `rows` as a picture; its words are those of the reply around it."""
    pictures = turn.services.pictures
    if not rows:
        return None
    legend = turn.say("Bar: sections read · ✓ solved · ◐ shown or skipped · ◉ next · ○ ahead")
    drawing = Progress(turn.say("Your progress"), tuple(rows), legend)
    png = await pictures.png(drawing)
    return Image(png, "; ".join(_in_words(turn, row) for row in rows), drawing) if png else None


def _in_words(turn: Turn, row: Row) -> str:
    done = sum(step == "done" for step in row.steps)
    return turn.say(
        "{title}: {read} of {sections} sections read, {done} of {steps} steps solved",
        title=row.title,
        read=row.read,
        sections=row.sections,
        done=done,
        steps=len(row.steps),
    )


def _title(turn: Turn, lesson: Lesson, standing: Standing) -> str:
    title = turn.text(lesson.title)
    if exercises(lesson) and is_complete(lesson, standing):
        return turn.say("{title} · complete", title=title)
    return title
