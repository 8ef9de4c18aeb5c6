"""Help with a question or step: hints one at a time, the solution once it is open, and skipping."""

from dataclasses import replace
from typing import Literal

from bot.tutor.buttons import go, help_buttons, lesson_button, next_button, skip_button, stale
from bot.tutor.learn import here_of, show
from bot.tutor.lesson import LocalText
from bot.tutor.ports import GradingUnavailable
from bot.tutor.records import StepNote
from bot.tutor.reply import Action, Button, Note, Part, Prose, Ref, Reply
from bot.tutor.route import Stop, after, stop_of
from bot.tutor.solution_view import solution_parts
from bot.tutor.standing import Standing, standing_in
from bot.tutor.turn import Turn
from bot.tutor.unlocking import (
    hints_left,
    hints_of,
    solution_is_open,
    tries_until_hint,
    tries_until_solution,
)
from bot.tutor.verdict_text import unavailable

Kind = Literal["hint", "solution", "skip"]


async def hint(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Show the next hint, or say when it opens."""
    stop = _exercise(turn, args)
    if stop is None:
        return _none_here(turn, args)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    hints, shown = hints_of(stop), standing.noted(stop, "hint")
    missing = 0 if standing.state(stop) != "open" else tries_until_hint(stop, standing)
    parts: tuple[Part, ...]
    if shown >= len(hints):
        parts = _all_hints(turn, hints)
    elif missing:
        text = turn.say.plural(
            "Give it a try first: hints open after {n} more attempt.",
            "Give it a try first: hints open after {n} more attempts.",
            missing,
        )
        parts = (Note("info", text),)
    else:
        await _note(turn, stop, "hint")
        standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
        number = turn.say("Hint {n} of {total}:", n=shown + 1, total=len(hints))
        parts = (Note("info", number), turn.taught(hints[shown]))
    return Reply(parts, _ways(turn, stop, standing))


def _all_hints(turn: Turn, hints: tuple[LocalText, ...]) -> tuple[Part, ...]:
    if not hints:
        return (Note("info", turn.say("There are no hints here.")),)
    again = "\n".join(f"- {turn.text(one)}" for one in hints)
    return (Note("info", turn.say("You have seen every hint:")), Prose(again))


async def solution(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Show the solution, or say when it opens."""
    stop = _exercise(turn, args)
    if stop is None:
        return _none_here(turn, args)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    if not solution_is_open(stop, standing):
        return Reply((Note("info", _locked(turn, stop, standing)),), _ways(turn, stop, standing))
    try:
        parts = await solution_parts(turn, stop)
    except GradingUnavailable:
        return Reply((Note("bad", unavailable(turn.say)),), _ways(turn, stop, standing))
    if standing.state(stop) != "solved":
        text = turn.say("You can still solve it yourself; it then counts as done, without points.")
        parts.append(Note("info", text))
        if not standing.noted(stop, "solution"):
            await _note(turn, stop, "solution")
    return Reply(tuple(parts), _after_solution(turn, stop, standing))


def _locked(turn: Turn, stop: Stop, standing: Standing) -> str:
    missing = tries_until_solution(stop, standing)
    if hints_left(stop, standing):
        return turn.say.plural(
            "The solution opens after {n} more attempt, or with the last hint, or when you skip.",
            "The solution opens after {n} more attempts, or with the last hint, or when you skip.",
            missing,
        )
    return turn.say.plural(
        "The solution opens after {n} more attempt, or when you skip.",
        "The solution opens after {n} more attempts, or when you skip.",
        missing,
    )


async def skip(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Record that the exercise is left, without points, and go on."""
    stop = _exercise(turn, args)
    if stop is None:
        return _none_here(turn, args)
    standing = await standing_in(turn.store, turn.learner.id, stop.lesson)
    following = after(stop)
    if standing.state(stop) != "open":
        return await show(turn, following)
    await _note(turn, stop, "skip", following)
    reply = await show(turn, following)
    text = turn.say("Skipped, without points. You can come back to it whenever you like.")
    look = Button(turn.say("Solution of the skipped one"), Ref("solution", stop.args))
    return replace(reply, parts=(Note("info", text), *reply.parts), actions=(*reply.actions, look))


async def _note(turn: Turn, stop: Stop, kind: Kind, then: Stop | None = None) -> None:
    note = StepNote(lesson=stop.lesson.id, item=stop.item, kind=kind, at=turn.services.clock.now())
    await turn.store.add_note(turn.learner.id, note, (then or stop).position)


def _exercise(turn: Turn, args: tuple[str, ...]) -> Stop | None:
    """Return the question or step that a button names, else the one the learner is on."""
    stop = stop_of(turn.services.curriculum, args) if args else here_of(turn)
    return stop if stop and stop.stage in ("question", "step") else None


def _none_here(turn: Turn, args: tuple[str, ...]) -> Reply:
    if args:
        return stale(turn)
    text = turn.say("That belongs to questions and steps. `quiz` or `challenge` takes you to them.")
    return Reply((Note("info", text),), (lesson_button(turn, here_of(turn)),))


def _ways(turn: Turn, stop: Stop, standing: Standing) -> tuple[Action, ...]:
    """Return further help and the way back to the exercise."""
    helps = () if standing.state(stop) == "solved" else help_buttons(turn, stop, standing)
    return (*helps, go(turn.say("Back to the task"), stop))


def _after_solution(turn: Turn, stop: Stop, standing: Standing) -> tuple[Action, ...]:
    """Return the way back, and the way on; no further help once the solution is on screen."""
    back = go(turn.say("Back to the task"), stop)
    if standing.state(stop) == "open":
        return (back, skip_button(turn, stop))
    return (back, next_button(turn, stop))
