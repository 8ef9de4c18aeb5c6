"""Runs grading jobs on an executor, so many at a time, and waits where it is busy."""

import asyncio
from collections.abc import Mapping

from bot.admission.errand import TROUBLE
from bot.admission.limits import Limits
from bot.tutor.ports import GradingUnavailable
from sandbox.client import Executor
from sandbox.wire import Busy, Evaluation, Exports


class Grader:
    """All grading jobs share one bound."""

    def __init__(self, executor: Executor, limits: Limits) -> None:
        self._executor = executor
        self._limits = limits
        self._places = asyncio.Semaphore(limits.evaluations)

    async def evaluate(self, learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        """Run `jobs`, several at the same time. Raises `GradingUnavailable`."""
        results = await asyncio.gather(*map(self._grade, jobs.values()), return_exceptions=True)
        exports: dict[str, Exports] = {}
        for name, result in zip(jobs, results, strict=True):
            if isinstance(result, TROUBLE):
                raise GradingUnavailable(f"learner {learner}, {name}: {result}") from result
            if isinstance(result, BaseException):
                raise result
            exports[name] = result
        return exports

    async def _grade(self, job: Evaluation) -> Exports:
        async with self._places:
            for _ in range(self._limits.busy_tries):
                try:
                    return await self._executor.evaluate(job, self._limits.grading)
                except Busy as busy:
                    await asyncio.sleep(min(busy.retry_after, self._limits.busy_wait))
            return await self._executor.evaluate(job, self._limits.grading)
