"""Has the reference and the known mistakes run ahead of a submission, and remembers the results."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.tutor.expectations import ending, expectations, targets
from bot.tutor.given import GivenError, whole_numbers
from bot.tutor.mistakes import is_silent
from bot.tutor.ports import GradingUnavailable
from bot.tutor.recent import Recent
from bot.tutor.rounds import PUBLIC, Round, Start, labels_of, starts_of, weight_of
from bot.tutor.sizes import SizeError
from bot.tutor.task import Task
from bot.tutor.yardstick import unusable
from sandbox.wire import Evaluation, Exports, ListValue, PlainValue, TensorValue, Value

Evaluate = Callable[[int, Mapping[str, Evaluation]], Awaitable[Mapping[str, Exports]]]
"""Runs one-off jobs for a learner, all at once. Raises `GradingUnavailable`."""

MAX_KEPT_BYTES = 24 * 1024 * 1024
"""How much of either kind of results is remembered; what was used longest ago goes first."""

_Key = tuple[int, bytes, str]


class LessonBroken(GradingUnavailable):
    """The author's own code is no yardstick: for us to log and mend, whatever the learner wrote."""

    def __init__(self, task: Task, why: str) -> None:
        super().__init__(f"lesson {task.lesson}, {task.item}: {why}")
        self.lesson = task.lesson
        self.item = task.item
        self.why = why


class References:
    """Yardsticks by learner, task and round.

    Preparing the same twice at the same time does the work twice, and both lead to the same.
    """

    def __init__(self, evaluate: Evaluate, secret: bytes) -> None:
        self._evaluate = evaluate
        self._secret = secret
        self._starts: Recent[_Key, Start] = Recent(MAX_KEPT_BYTES)
        self._rounds: Recent[_Key, Round] = Recent(MAX_KEPT_BYTES)

    async def public_start(self, learner: int, task: Task) -> Start:
        """Return where the public round starts from. Raises `GradingUnavailable`."""
        (start,) = await self._started(learner, task, 0, [PUBLIC])
        return start

    async def rounds(self, learner: int, task: Task, attempt: int) -> tuple[Round, ...]:
        """Return the rounds of an attempt, the public one first. Raises `GradingUnavailable`."""
        labels = labels_of(task, attempt)
        mark = task.fingerprint
        known = {
            n: one for n in labels if (one := self._rounds.get((learner, mark, n))) is not None
        }
        missing = [label for label in labels if label not in known]
        if missing:
            starts = await self._started(learner, task, attempt, missing)
            made = await self._measured(learner, task, starts)
            made |= await self._with_silent_mistakes(learner, task, (known | made)[PUBLIC], made)
            for label, one in made.items():
                self._rounds.put((learner, mark, label), one, _weight(one))
            known |= made
        return tuple(known[label] for label in labels)

    async def _started(
        self, learner: int, task: Task, attempt: int, labels: Sequence[str]
    ) -> list[Start]:
        """Return where these rounds start from, the state that earlier steps leave included."""
        mark = task.fingerprint
        known = {
            n: one for n in labels if (one := self._starts.get((learner, mark, n))) is not None
        }
        missing = [label for label in labels if label not in known]
        if missing:
            try:
                drawn = starts_of(task, learner, attempt, self._secret)
            except GivenError as error:
                raise LessonBroken(task, str(error)) from error
            made = await self._after_earlier_steps(learner, task, [drawn[n] for n in missing])
            for one in made:
                self._starts.put((learner, mark, one.label), one, weight_of(one.given))
            known |= {one.label: one for one in made}
        return [known[label] for label in labels]

    async def _after_earlier_steps(
        self, learner: int, task: Task, starts: Sequence[Start]
    ) -> list[Start]:
        if not task.earlier:
            return list(starts)
        jobs = {one.label: one.evaluation(*task.earlier, exports={}, state=True) for one in starts}
        results = await self._run(learner, jobs)
        return [_continued(task, one, results[one.label]) for one in starts]

    async def _measured(
        self, learner: int, task: Task, starts: Sequence[Start]
    ) -> dict[str, Round]:
        """Run the reference in every round, and in the public one the known mistakes as well."""
        asked = targets(task)
        wanted = asked | expectations(task)
        jobs = {one.label: one.evaluation(task.solutions[0], exports=wanted) for one in starts}
        shown = [one for one in starts if not one.is_hidden]
        jobs |= _mistake_jobs(task, shown, range(len(task.misconceptions)))
        results = await self._run(learner, jobs)
        for one in starts:
            _insist_on_yardstick(task, one, results[one.label])
        rounds = {one.label: Round(one, results[one.label]) for one in starts}
        return {label: _with_mistakes(task, one, results) for label, one in rounds.items()}

    async def _with_silent_mistakes(
        self, learner: int, task: Task, public: Round, made: Mapping[str, Round]
    ) -> dict[str, Round]:
        """Run in the hidden rounds the mistakes that the public round does not tell from right."""
        silent = [n for n in range(len(task.misconceptions)) if is_silent(task, n, public)]
        hidden = [one for one in made.values() if one.start.is_hidden]
        jobs = _mistake_jobs(task, [one.start for one in hidden], silent)
        if not jobs:
            return {}
        results = await self._run(learner, jobs)
        return {one.start.label: _with_mistakes(task, one, results) for one in hidden}

    async def _run(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        results = await self._evaluate(learner, jobs)
        if not results.keys() >= jobs.keys():
            raise GradingUnavailable("the sandbox left out some of the results")
        return results


def _mistake_jobs(
    task: Task, starts: Sequence[Start], indices: Sequence[int]
) -> dict[str, Evaluation]:
    asked = targets(task)
    return {
        _mistake_label(one.label, n): one.evaluation(task.misconceptions[n].wrong, exports=asked)
        for one in starts
        for n in indices
    }


def _mistake_label(label: str, index: int) -> str:
    return f"{label}/mistake {index}"


def _with_mistakes(task: Task, one: Round, results: Mapping[str, Exports]) -> Round:
    labels = [_mistake_label(one.start.label, n) for n in range(len(task.misconceptions))]
    found = {n: results[label] for n, label in enumerate(labels) if label in results}
    return replace(one, mistakes=found)


def _continued(task: Task, start: Start, left: Exports) -> Start:
    """Return `start` with the variables that the earlier steps left."""
    _insist_on_end(task, "the solutions of the steps before", left)
    if left.error is not None:
        why = f"the solutions of the steps before raise {left.error.type}: {left.error.message}"
        raise LessonBroken(task, why)
    portable = {
        n: v for n, v in left.state.items() if isinstance(v, TensorValue | PlainValue | ListValue)
    }
    given: dict[str, Value] = {**start.given, **portable}
    return replace(start, given=given, sizes=whole_numbers(given))


def _insist_on_yardstick(task: Task, start: Start, found: Exports) -> None:
    _insist_on_end(task, "the first solution", found)
    try:
        why = unusable(task, start, found)
    except SizeError as error:
        why = str(error)
    if why is not None:
        raise LessonBroken(task, why)


def _insist_on_end(task: Task, whose: str, found: Exports) -> None:
    """Raise where the process did not come to its end: that may as well be a busy machine."""
    if ending(found) is not None:
        how = found.status if found.status != "ok" else "exited"
        raise GradingUnavailable(f"lesson {task.lesson}, {task.item}: {whose} ended early ({how})")


def _weight(one: Round) -> int:
    runs = (one.reference, *one.mistakes.values())
    return weight_of(one.start.given) + sum(weight_of(run.values) + len(run.stdout) for run in runs)
