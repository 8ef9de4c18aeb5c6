"""Assesses submissions by reference: both run on the same secret inputs, and only values are compared."""

from collections.abc import Mapping, Sequence

from bot.tutor.expectations import ending, targets
from bot.tutor.grading import grade, not_attempted
from bot.tutor.marking import predicted
from bot.tutor.ports import GradingUnavailable
from bot.tutor.recent import Recent
from bot.tutor.references import Evaluate, LessonBroken, References
from bot.tutor.rounds import derived
from bot.tutor.source_rules import is_attempt
from bot.tutor.task import Task, task_for_question, task_for_step
from bot.tutor.verdict import CheckResult, Verdict
from sandbox.wire import Evaluation, Value

__all__ = [
    "Assessor",
    "CheckResult",
    "Evaluate",
    "LessonBroken",
    "Task",
    "Verdict",
    "task_for_question",
    "task_for_step",
]

MAX_KEPT_KEYS = 1024 * 1024
"""How many characters of printed output are remembered for predict questions."""


class Assessor:
    """Prepares, runs and grades graded code.

    `secret` is the installation's: who does not have it cannot tell the inputs of hidden rounds.
    """

    def __init__(self, evaluate: Evaluate, secret: bytes) -> None:
        self._evaluate = evaluate
        self._secret = secret
        self._references = References(evaluate, secret)
        self._keys: Recent[str, str] = Recent(MAX_KEPT_KEYS)

    async def public_given(self, learner: int, task: Task) -> Mapping[str, Value]:
        """Return what the code starts from in the public round, by name.

        That is the drawn inputs, and the state in which the reference leaves the earlier steps. Raises
        `GradingUnavailable`.
        """
        return (await self._references.public_start(learner, task)).given

    async def prepare(self, learner: int, task: Task, attempt: int) -> None:
        """Have ready what grading this attempt needs besides the submission; it may be called again.

        Raises `GradingUnavailable`, and `LessonBroken` where it is the author's code that fails.
        """
        await self._references.rounds(learner, task, attempt)

    async def assess(self, learner: int, task: Task, attempt: int, cells: Sequence[str]) -> Verdict:
        """Return the verdict on `cells`, the learner's cells of this step, the submitted one last.

        `attempt` has to be new for every submission, so that nobody meets the same hidden inputs
        twice. Raises `GradingUnavailable` like `prepare`.
        """
        if not is_attempt(cells, task.starter):
            return not_attempted(task)
        return await self.graded(learner, task, attempt, cells)

    async def graded(self, learner: int, task: Task, attempt: int, cells: Sequence[str]) -> Verdict:
        """Do what `assess` does, but run the starter as well."""
        rounds = await self._references.rounds(learner, task, attempt)
        asked = targets(task)
        jobs = {one.start.label: one.start.submission(*cells, exports=asked) for one in rounds}
        results = await self._evaluate(learner, jobs)
        if not results.keys() >= jobs.keys():
            raise GradingUnavailable("the sandbox left out some of the results")
        return grade(task, rounds, [results[label] for label in jobs], cells)

    async def predict_key(self, learner: int, code: str) -> str:
        """Return what `code` prints, with the last line of the traceback where it raises.

        Raises `GradingUnavailable`.
        """
        key = self._keys.get(code)
        if key is None:
            seed = derived(self._secret, "predict", code) % 2**32
            job = Evaluation(given={}, cells=(code,), exports={}, seed=seed)
            found = (await self._evaluate(learner, {"predict": job})).get("predict")
            if found is None or ending(found) is not None:
                raise GradingUnavailable("the code of a predict question did not come to its end")
            key = predicted(found)
            self._keys.put(code, key, len(code) + len(key))
        return key
