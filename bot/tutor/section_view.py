"""Shows a section of a lesson: its text, its runnable code, its picture, and the ways on."""

from bot.tutor.buttons import back_buttons, edit_button, in_chat, next_button
from bot.tutor.lesson import Section
from bot.tutor.reply import Button, Code, Heading, Image, Part, Ref, Reply
from bot.tutor.route import Stop, before
from bot.tutor.turn import Turn


def section_reply(turn: Turn, stop: Stop, section: Section) -> Reply:
    """Return `section` with Run, Next and Back; in a chat its code can be changed, and the language."""
    parts = [*_opening(turn, stop), _heading(turn, stop, section), turn.taught(section.body)]
    if section.image:
        png = turn.services.curriculum.image(stop.lesson.id, section.image.file)
        parts.append(Image(png, turn.text(section.image.alt)))
    if section.run:
        parts.append(Code(section.run.code))
    run = Button(turn.say("Run"), Ref("run", (stop.lesson.id, section.id)), "success")
    actions = (
        *([run] if section.run else []),
        *edit_button(turn, stop),
        next_button(turn, stop),
        *back_buttons(turn, stop),
        *([Button(turn.say("Language"), Ref("language"))] if in_chat(turn) else []),
    )
    return Reply(tuple(parts), actions)


def _opening(turn: Turn, stop: Stop) -> list[Part]:
    """Return the lesson's title and summary, above its first section only."""
    if before(stop) != stop:
        return []
    lesson = stop.lesson
    parts: list[Part] = [Heading(turn.text(lesson.title))]
    return [*parts, turn.taught(lesson.summary)] if lesson.summary else parts


def _heading(turn: Turn, stop: Stop, section: Section) -> Part:
    if section.title is None:
        return Heading(turn.say("Section {n} of {total}", n=stop.number, total=stop.total))
    return Heading(
        turn.say(
            "Section {n} of {total} · {title}",
            n=stop.number,
            total=stop.total,
            title=turn.text(section.title),
        )
    )
