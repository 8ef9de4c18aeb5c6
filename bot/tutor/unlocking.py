"""When hints and solutions open: by wrong tries, by hints seen, or by skipping."""

from bot.tutor.lesson import LocalText, Question, Reveal, Step
from bot.tutor.route import Stop
from bot.tutor.standing import Standing


def reveal_of(stop: Stop) -> Reveal:
    """Return the rules at `stop`; questions have the usual ones."""
    challenge = stop.lesson.challenge
    return challenge.reveal if challenge and stop.stage == "step" else Reveal()


def hints_of(stop: Stop) -> tuple[LocalText, ...]:
    part: Question | Step = stop.exercise
    return part.hints


def hints_left(stop: Stop, standing: Standing) -> int:
    """Return how many hints have not been shown yet."""
    return max(len(hints_of(stop)) - standing.noted(stop, "hint"), 0)


def tries_until_hint(stop: Stop, standing: Standing) -> int:
    """Return how many wrong tries are missing until hints open; 0 when they are."""
    return max(reveal_of(stop).hint_after - standing.wrong(stop), 0)


def tries_until_solution(stop: Stop, standing: Standing) -> int:
    """Return how many wrong tries are missing until the solution opens by them alone."""
    return max(reveal_of(stop).solution_after - standing.wrong(stop), 0)


def solution_is_open(stop: Stop, standing: Standing) -> bool:
    """Tell whether the learner may see the solution now."""
    saw_all_hints = bool(hints_of(stop)) and not hints_left(stop, standing)
    return (
        saw_all_hints
        or standing.state(stop) != "open"
        or standing.noted(stop, "solution") > 0
        or tries_until_solution(stop, standing) == 0
    )
