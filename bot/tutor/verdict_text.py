"""Words a verdict: what is right, what is not yet, what to look at, and what it cost."""

from collections.abc import Sequence

from bot.tutor.clean import clean, quoted
from bot.tutor.compare import Aspect
from bot.tutor.expectations import target_of
from bot.tutor.lesson import AvoidsCheck, Check, Expect, FnCheck, StdoutCheck, UsesCheck, VarCheck
from bot.tutor.ports import Wording
from bot.tutor.reply import Code, Note, Part, Prose
from bot.tutor.turn import Turn
from bot.tutor.verdict import CheckResult, Verdict

MOST_FOUND = 160
MOST_ERROR = 600

_BEFORE_VALUES: frozenset[Aspect | None] = frozenset(
    {"missing", "raised", "kind", "shape", "dtype", "device", "requires_grad"}
)
"""What has to be right before values are compared, so that later checks fail on it again."""


def verdict_parts(turn: Turn, verdict: Verdict) -> list[Part]:
    """Return what a learner reads about a graded submission."""
    match verdict.outcome:
        case "passed":
            return [Note("good", turn.say("Solved!")), *_checks(turn, verdict)]
        case "wrong":
            return _not_yet(turn, verdict)
        case "not_attempted":
            return _not_attempted(turn, verdict)
        case _:
            return _not_graded(turn, verdict)


def _not_yet(turn: Turn, verdict: Verdict) -> list[Part]:
    parts: list[Part] = [Note("info", turn.say("Not there yet, but here is how far it is:"))]
    parts.extend(_checks(turn, verdict))
    if verdict.say:
        parts.append(turn.taught(verdict.say))
    else:
        parts.extend(_advice(turn, verdict.checks))
    return [*parts, *_error(verdict)]


def _not_attempted(turn: Turn, verdict: Verdict) -> list[Part]:
    say = turn.say
    if verdict.missing_name:
        text = say(
            "On its own, this code does not know `{name}`: put the line that makes it into this "
            "step. This cost no attempt.",
            name=quoted(verdict.missing_name),
        )
        return [Note("info", text), *_error(verdict)]
    if verdict.error:
        text = say("Python could not read this code. This cost no attempt.")
        return [Note("info", text), *_error(verdict)]
    text = say("This is still the code you started from. Change it first; this cost no attempt.")
    return [Note("info", text)]


def _not_graded(turn: Turn, verdict: Verdict) -> list[Part]:
    say = turn.say
    match verdict.outcome:
        case "timeout":
            text = say("It did not finish in time, so it was not graded. This cost no attempt.")
        case "oom":
            text = say("It used more memory than it may, so it was not graded. No attempt is used.")
        case "ended_early":
            text = say(
                "It ended before its last line, so it was not graded: take out calls such as "
                "`exit()`. This cost no attempt."
            )
        case _:
            text = unavailable(say)
    return [Note("warn", text), *_error(verdict)]


def unavailable(say: Wording) -> str:
    """Return what is said when grading failed for reasons that are ours."""
    return say(
        "It could not be graded just now, and that is not your doing. This cost no attempt; "
        "submit it again in a minute."
    )


def _error(verdict: Verdict) -> list[Part]:
    if verdict.error is None:
        return []
    text = verdict.error.traceback or f"{verdict.error.type}: {verdict.error.message}"
    return [Code(clean(text.rstrip("\n")[-MOST_ERROR:], MOST_ERROR, lines=True), "text")]


# Checks -----------------------------------------------------------------------------------------


def _checks(turn: Turn, verdict: Verdict) -> list[Part]:
    """Return one line a check that may be shown, and one for all that ran on secret inputs."""
    told = [
        result
        for result in verdict.checks
        if result.where != "hidden" and (result.passed or result.found is not None)
    ]
    lines = [
        _line(turn.say, result)
        for index, result in enumerate(told)
        if not any(_repeats(result, earlier) for earlier in told[:index])
    ]
    shown = [result for result in verdict.checks if result.where == "hidden"]
    if verdict.outcome == "passed":
        lines.append("- ✓ " + turn.say("works with other numbers, too"))
    elif verdict.public_passed and shown:
        lines.append("- ✗ " + turn.say("works with your numbers, not yet with others"))
    return [Prose("\n".join(lines))] if lines else []


def _repeats(result: CheckResult, earlier: CheckResult) -> bool:
    """Tell whether `earlier` has failed on the same thing about the same variable or call."""
    one, other = result.check, earlier.check
    return (
        isinstance(one, VarCheck | FnCheck)
        and isinstance(other, VarCheck | FnCheck)
        and target_of(one) == target_of(other)
        and not (result.passed or earlier.passed)
        and result.aspect in _BEFORE_VALUES
        and (result.aspect, result.found) == (earlier.aspect, earlier.found)
    )


def _line(say: Wording, result: CheckResult) -> str:
    what = check_text(say, result.check)
    if result.passed:
        return f"- ✓ {what}"
    if result.aspect == "missing":
        return f"- ✗ {what} · " + say("it is not there")
    if result.found is None or isinstance(result.check, UsesCheck):
        return f"- ✗ {what}"
    if not result.found and isinstance(result.check, StdoutCheck):
        return f"- ✗ {what} · " + say("nothing was printed")
    return f"- ✗ {what} · " + say("yours: `{found}`", found=quoted(result.found, MOST_FOUND))


def check_text(say: Wording, check: Check) -> str:
    """Return in words what `check` looks at, without telling the answer."""
    match check:
        case VarCheck():
            return _with_aspects(say, f"`{check.var}`", check)
        case FnCheck():
            return _with_aspects(say, f"`{check.fn}({', '.join(check.args)})`", check.returns)
        case StdoutCheck():
            return say("prints what it should")
        case UsesCheck(uses=names):
            return say("uses {names}", names=_names(names))
        case AvoidsCheck(avoids=names):
            return say("does without {names}", names=_names(names))


def _with_aspects(say: Wording, target: str, expect: Expect) -> str:
    """Return the target and what is looked at: "`x` · shape (1, n) · float32 · right values"."""
    sizes = "" if expect.shape is None else ", ".join(map(str, expect.shape))
    comma = "," if expect.shape is not None and len(expect.shape) == 1 else ""
    aspects = [
        say("shape `{shape}`", shape=f"({sizes}{comma})") if expect.shape is not None else "",
        f"`{expect.dtype}`" if expect.dtype else "",
        say("on `{device}`", device=expect.device) if expect.device else "",
        f"`requires_grad={expect.requires_grad}`" if expect.requires_grad is not None else "",
        say("the right values") if expect.equals else "",
        say("the right gradient") if expect.grad else "",
        say("raises `{error}`", error=expect.raises) if expect.raises else "",
    ]
    return " · ".join([target, *(aspect for aspect in aspects if aspect)])


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _advice(turn: Turn, checks: Sequence[CheckResult]) -> list[Part]:
    """Return what the author says about the first check that failed, if it may be told."""
    failed = (one for one in checks if not one.passed and one.check.say is not None)
    first = next(failed, None)
    if first is None or first.check.say is None:
        return []
    return [turn.taught(first.check.say)]
