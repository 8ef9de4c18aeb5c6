"""The figures that Prometheus collects: what was counted and timed, and how full everything is now."""

import logging
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.tutor.host import HostState, SoFar

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Stage = Literal["first_reply", "open", "run", "evaluate", "picture"]
STAGES: tuple[Stage, ...] = ("first_reply", "open", "run", "evaluate", "picture")

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)
_MOST_REMEMBERED = 500
_AREAS = {
    "bot.platforms": "chat",
    "discord": "chat",
    "aiohttp": "chat",
    "bot.executor": "sandbox",
    "bot.admission": "sandbox",
    "sandbox": "sandbox",
    "bot.storage": "storage",
    "bot.operations.backups": "storage",
    "bot.pictures": "pictures",
}
PARTS = ("database", "sandbox", "chat")


class Figures:
    """All figures of one program. No label ever names a person, a server or a lesson."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._stages = Histogram(
            "tutor_stage_seconds",
            "How long each stage of an answer took.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        for stage in STAGES:  # there from the start, so that a rate over them is never of nothing
            self._stages.labels(stage)
        self._events = self._counter("tutor_events", "What people did in chats.", "kind")
        self._runs = self._counter("tutor_runs", "How runs of code ended.", "status")
        self._verdicts = self._counter("tutor_verdicts", "What became of submissions.", "outcome")
        self._answers = self._counter("tutor_chat_answers", "How the chat answered us.", "status")
        self._problems = self._counter(
            "tutor_problems", "Warnings and errors in the log.", "area", "level"
        )
        self._first_replies: deque[float] = deque(maxlen=_MOST_REMEMBERED)
        self._failures = 0
        self._levels = _Levels(registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Take the time of the block."""
        began = perf_counter()
        try:
            yield
        finally:
            self.took(stage, perf_counter() - began)

    def took(self, stage: Stage, seconds: float) -> None:
        self._stages.labels(stage).observe(seconds)
        if stage == "first_reply":
            self._first_replies.append(seconds)

    def happened(self, kind: str) -> None:
        self._events.labels(kind).inc()

    def ran(self, status: str) -> None:
        self._runs.labels(status).inc()

    def judged(self, outcome: str) -> None:
        self._verdicts.labels(outcome).inc()

    def answered(self, status: int) -> None:
        """Count an answer of the chat's; 0 stands for none."""
        self._answers.labels(_kind_of(status)).inc()
        self._failures += status == 0 or status >= 500 or status == 429

    def went_wrong(self, logger: str, level: str) -> None:
        self._problems.labels(_area_of(logger), level).inc()

    def so_far(self) -> SoFar:
        """Return the few of them that operators see in a chat."""
        latest = median(self._first_replies) if self._first_replies else None
        return SoFar(first_reply=latest, chat_failures=self._failures)

    def text(self, host: HostState, ready: dict[str, bool]) -> bytes:
        """Return everything in the form that Prometheus reads."""
        self._levels.take(host, ready)
        return generate_latest(self.registry)


class _Levels:
    """What goes up and down; NaN where there is nobody to tell."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(name, what, labels, registry=registry)

        self._ready = gauge("tutor_ready", "Whether each part works: 1 or 0.", "part")
        self._line = gauge("tutor_line", "Runs by where they are: running or waiting.", "state")
        self._started = gauge("tutor_started_seconds", "When the program started, in Unix time.")
        self._database = gauge("tutor_database_bytes", "How large the database is.")
        self._of_sandbox = {
            "sessions": gauge("tutor_sandbox_sessions", "Learners with a live session."),
            "most_sessions": gauge("tutor_sandbox_sessions_most", "As many as there may be."),
            "spares": gauge("tutor_sandbox_spares", "Sessions kept ready for newcomers."),
            "running": gauge("tutor_sandbox_running", "Runs in flight in the sandbox."),
            "memory_bytes": gauge("tutor_sandbox_memory_bytes", "All memory it may have."),
            "memory_free": gauge("tutor_sandbox_memory_free_bytes", "Memory that is left."),
            "gpu_slots": gauge("tutor_gpu_slots", "Learners that fit on the GPUs at once."),
            "gpu_free": gauge("tutor_gpu_slots_free", "Slots on GPUs that nobody has."),
            "gpu_waiting": gauge("tutor_gpu_waiting", "Learners who wait for a GPU."),
        }

    def take(self, host: HostState, ready: dict[str, bool]) -> None:
        for part in PARTS:
            self._ready.labels(part).set(ready.get(part, True))
        self._line.labels("running").set(host.running)
        self._line.labels("waiting").set(host.waiting)
        self._started.set(host.started.timestamp())
        self._database.set(host.database_bytes)
        for name, gauge in self._of_sandbox.items():
            gauge.set(getattr(host.sandbox, name) if host.sandbox else math.nan)


class Problems(logging.Handler):
    """Counts warnings and errors as they are logged."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(logging.WARNING)
        self._figures = figures

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning"
        self._figures.went_wrong(record.name, level)


def _kind_of(status: int) -> str:
    if status == 429:
        return "429"
    return f"{status // 100}xx" if 100 <= status < 600 else "none"


def _area_of(logger: str) -> str:
    return next(
        (area for name, area in _AREAS.items() if logger == name or logger.startswith(f"{name}.")),
        "other",
    )
