"""Shows a step of a challenge: its task, what it starts with, and how it stands."""

from collections.abc import Sequence

from bot.tutor.buttons import (
    back_buttons,
    edit_button,
    handin_button,
    help_buttons,
    next_button,
)
from bot.tutor.lesson import Step
from bot.tutor.reply import Action, Code, Heading, Note, Part, Reply
from bot.tutor.route import Stop
from bot.tutor.standing import Standing
from bot.tutor.turn import Turn


def step_reply(
    turn: Turn,
    stop: Stop,
    standing: Standing,
    inputs: Sequence[Part] = (),
) -> Reply:
    """Return the step at `stop` with its starter, its `inputs` as described, and its help."""
    step = stop.part
    if not isinstance(step, Step):
        raise TypeError(f"a {stop.stage} is no step")
    parts = (
        *_opening(turn, stop),
        Heading(turn.say("Step {n} of {total}", n=stop.number, total=stop.total)),
        turn.taught(step.ask),
        *inputs,
        Code(step.starter),
        *_state(turn, stop, step, standing),
    )
    return Reply(parts, _actions(turn, stop, standing))


def _opening(turn: Turn, stop: Stop) -> tuple[Part, ...]:
    challenge = stop.lesson.challenge
    if challenge is None or stop.number > 1:
        return ()
    title = turn.text(challenge.title or stop.lesson.title)
    heading = Heading(turn.say("Challenge: {title}", title=title))
    return (heading, turn.taught(challenge.intro)) if challenge.intro else (heading,)


def _state(turn: Turn, stop: Stop, step: Step, standing: Standing) -> list[Part]:
    say = turn.say
    if standing.state(stop) == "solved":
        parts: list[Part] = [Note("good", say("You have solved this step."))]
        return [*parts, turn.taught(step.explain)] if step.explain else parts
    skipped = standing.state(stop) == "skipped"
    return [
        *([Note("info", say("You skipped this step. You can still solve it."))] if skipped else []),
        Note(
            "info",
            say("Post your code as often as you like: it is only run. Submit it when it works."),
        ),
        *wrong_tries(turn, stop, standing),
    ]


def wrong_tries(turn: Turn, stop: Stop, standing: Standing) -> list[Part]:
    """Return how many attempts are used, when any are."""
    wrong = standing.wrong(stop)
    if not wrong:
        return []
    used = turn.say.plural("{n} attempt used so far.", "{n} attempts used so far.", wrong)
    return [Note("info", used)]


def _actions(turn: Turn, stop: Stop, standing: Standing) -> tuple[Action, ...]:
    state = standing.state(stop)
    ahead = (next_button(turn, stop, primary=state == "solved"),) if state != "open" else ()
    solved = state == "solved"
    writes = () if solved else (*edit_button(turn, stop), *handin_button(turn, stop))
    helps = () if solved else help_buttons(turn, stop, standing)
    return (*writes, *helps, *ahead, *back_buttons(turn, stop))
