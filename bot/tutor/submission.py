"""Hands code in for grading: one submission at a time a learner, recorded before it is answered."""

from collections.abc import AsyncGenerator, Sequence

from bot.tutor.buttons import (
    back_buttons,
    edit_button,
    go,
    handin_button,
    help_buttons,
    next_button,
)
from bot.tutor.inputs import prepare, task_at
from bot.tutor.ports import GradingUnavailable
from bot.tutor.question_view import answer_actions, question_at
from bot.tutor.records import Answer, Attempt
from bot.tutor.reply import Action, Note, Part, Reply
from bot.tutor.route import Stop
from bot.tutor.standing import Standing, standing_in
from bot.tutor.step_view import wrong_tries
from bot.tutor.turn import Turn
from bot.tutor.verdict import Verdict
from bot.tutor.verdict_text import unavailable, verdict_parts


async def hand_in(turn: Turn, stop: Stop, cells: Sequence[str]) -> AsyncGenerator[Reply, None]:
    """Grade `cells` as the answer at `stop`, record what came of it, and say it."""
    being_graded, learner = turn.meanwhile.being_graded, turn.learner.id
    if learner in being_graded:
        text = turn.say("What you submitted before is still being checked. One moment.")
        yield Reply((Note("info", text),), (go(turn.say("Back to the task"), stop),))
        return
    being_graded.add(learner)
    slot = f"verdict:{turn.event.key.message_id}"
    try:
        yield Reply((Note("info", turn.say("Checking your code on several inputs …")),), slot=slot)
        parts, actions = await _graded(turn, stop, cells)
    finally:
        being_graded.discard(learner)
    yield Reply(tuple(parts), actions, slot=slot)


async def _graded(
    turn: Turn, stop: Stop, cells: Sequence[str]
) -> tuple[list[Part], tuple[Action, ...]]:
    learner, before = turn.learner.id, await standing_in(turn.store, turn.learner.id, stop.lesson)
    task, number = task_at(stop), before.next_attempt(stop)
    try:
        verdict = await turn.services.assessor.assess(learner, task, number, cells)
    except GradingUnavailable:
        return [Note("bad", unavailable(turn.say))], (go(turn.say("Back to the task"), stop),)
    await _record(turn, stop, before, verdict, cells)
    standing = await standing_in(turn.store, learner, stop.lesson)
    prepare(turn, stop, standing)
    return _told(turn, stop, standing, verdict), _actions(turn, stop, standing)


async def _record(
    turn: Turn, stop: Stop, before: Standing, verdict: Verdict, cells: Sequence[str]
) -> None:
    """Keep every submission as an attempt; at a question, what was right or wrong is an answer, too."""
    lesson, code, now = stop.lesson, "\n\n".join(cells), turn.services.clock.now()
    points = verdict.points if before.gives_points(stop) else 0.0
    attempt = Attempt(
        lesson=lesson.id,
        rev=lesson.rev,
        step=stop.item,
        number=before.next_attempt(stop),
        code=code,
        outcome=verdict.outcome,
        points=points,
        say=verdict.misconception,
        at=now,
        server=turn.event.place.server_id,
    )
    answer = None
    if stop.stage == "question" and verdict.outcome in ("passed", "wrong"):
        answer = Answer(
            lesson=lesson.id,
            rev=lesson.rev,
            question=stop.item,
            given=code,
            correct=verdict.outcome == "passed",
            points=points,
            at=now,
            server=turn.event.place.server_id,
        )
    await turn.store.add_attempt(turn.learner.id, attempt, stop.position, answer)


def _told(turn: Turn, stop: Stop, standing: Standing, verdict: Verdict) -> list[Part]:
    say, parts = turn.say, verdict_parts(turn, verdict)
    if verdict.outcome != "passed":
        again = Note("info", say("Change your code, try it, and hand it in again."))
        return [*parts, *wrong_tries(turn, stop, standing), again]
    if not standing.gives_points(stop):
        text = say("It counts as done. Points are only given before the solution is open to you.")
        parts.append(Note("info", text))
    elif verdict.max_points:
        earned, most = f"{verdict.points:g}", f"{verdict.max_points:g}"
        parts.append(Note("good", say("Points: {points} of {most}.", points=earned, most=most)))
    explain = stop.exercise.explain
    return [*parts, turn.taught(explain)] if explain else parts


def _actions(turn: Turn, stop: Stop, standing: Standing) -> tuple[Action, ...]:
    if standing.state(stop) == "solved":
        return (next_button(turn, stop), *back_buttons(turn, stop))
    back = go(turn.say("Back to the task"), stop)
    if stop.stage == "question":
        return (
            *answer_actions(turn, stop, question_at(stop)),
            *help_buttons(turn, stop, standing),
            back,
        )
    writes = (*edit_button(turn, stop), *handin_button(turn, stop))
    return (*writes, *help_buttons(turn, stop, standing), back)
