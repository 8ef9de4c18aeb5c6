"""Shows what an error means under its traceback: words, code to try, a picture, the lesson about it."""

from bot.tutor.buttons import go
from bot.tutor.explain import Explanation, explain, traps_in
from bot.tutor.explain.operations import in_words
from bot.tutor.reply import Button, Code, Image, Note, Part, Prose
from bot.tutor.route import Stop, stops
from bot.tutor.turn import Turn
from sandbox.wire import CellError, RunResult

MOST_TITLE = 60


async def explained(turn: Turn, result: RunResult, code: str) -> list[Part]:
    """Return what the error that `code` ended with means; nothing where that is not certain."""
    explanation = _explanation(turn, result.error, code)
    if explanation is None:
        return []
    return [
        Prose(_words(turn, explanation)),
        *_try(explanation),
        *await _picture(turn, explanation),
    ]


def warned(turn: Turn, result: RunResult, code: str) -> list[Part]:
    """Return what is said of mistakes that raised nothing; of each only once in a while."""
    told, learner = turn.meanwhile.traps, turn.learner.id
    before = told.get(learner) or frozenset()
    fresh = [trap for trap in traps_in(turn.say, result, code) if trap.id not in before]
    if fresh:
        told.put(learner, before | {trap.id for trap in fresh}, 1)
    parts: list[Part] = []
    for trap in fresh:
        parts.append(Note("warn", trap.text))
        parts += [Code(trap.code, "python")] if trap.code else []
    return parts


def reading_button(turn: Turn, result: RunResult, code: str) -> Button | None:
    """Return the way to the section that teaches what the error is about, if there is one."""
    explanation = _explanation(turn, result.error, code)
    stop = _section(turn, explanation.topic) if explanation and explanation.topic else None
    if stop is None or turn.position == stop.position:
        return None
    title = _title(turn, stop)
    return go(turn.say("Read: {title}", title=title), stop) if title else None


def _explanation(turn: Turn, error: CellError | None, code: str) -> Explanation | None:
    return explain(turn.say, error, code) if error else None


def _words(turn: Turn, explanation: Explanation) -> str:
    say = turn.say
    heads = (say("What it means:"), say("A likely cause:"), say("Try this:"))
    said = (explanation.meaning, explanation.cause, explanation.fix)
    return "\n\n".join(f"**{head}** {text}" for head, text in zip(heads, said, strict=True))


def _try(explanation: Explanation) -> list[Part]:
    return [Code(explanation.code, "python")] if explanation.code else []


async def _picture(turn: Turn, explanation: Explanation) -> list[Part]:
    drawing = explanation.picture
    png = await turn.services.pictures.png(drawing) if drawing else None
    return [Image(png, in_words(drawing))] if drawing and png else []


def _section(turn: Turn, section: str) -> Stop | None:
    """Return the first place of the curriculum where a section of this id is read."""
    every = (stop for lesson in turn.services.curriculum.lessons for stop in stops(lesson))
    return next((one for one in every if one.stage == "section" and one.item == section), None)


def _title(turn: Turn, stop: Stop) -> str:
    title = getattr(stop.part, "title", None)
    text = turn.text(title) if title is not None else ""
    return text if len(text) <= MOST_TITLE else ""
