"""What is counted and timed, and the dashboard that shows it."""

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.operations.figures import STAGES, Figures, Problems
from bot.tutor.host import HostState, SandboxState

ROOT = Path(__file__).parents[3]
HOST = HostState(started=datetime(2026, 3, 1, tzinfo=UTC), running=2, waiting=9, database_bytes=77)
SANDBOX = SandboxState(
    tier="A",
    sessions=7,
    most_sessions=200,
    spares=4,
    running=3,
    memory_bytes=16,
    memory_free=5,
    gpu_slots=2,
    gpu_free=1,
    gpu_waiting=6,
)


def samples(figures: Figures, sandbox: SandboxState | None = SANDBOX) -> dict[str, float]:
    """Return what Prometheus would read, by name with labels; without the process's own."""
    host = HostState(started=HOST.started, running=2, waiting=9, database_bytes=77, sandbox=sandbox)
    text = figures.text(host, {"database": True, "chat": False}).decode()
    return {
        " ".join((one.name, *one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_how_full_everything_is_is_told_as_it_is() -> None:
    found = samples(Figures())
    expected = {
        "tutor_line running": 2,
        "tutor_line waiting": 9,
        "tutor_database_bytes": 77,
        "tutor_sandbox_sessions": 7,
        "tutor_sandbox_sessions_most": 200,
        "tutor_sandbox_spares": 4,
        "tutor_sandbox_running": 3,
        "tutor_sandbox_memory_bytes": 16,
        "tutor_sandbox_memory_free_bytes": 5,
        "tutor_gpu_slots": 2,
        "tutor_gpu_slots_free": 1,
        "tutor_gpu_waiting": 6,
        "tutor_ready database": 1,
        "tutor_ready chat": 0,
    }
    assert {name: found[name] for name in expected} == expected


def test_without_a_sandbox_nothing_is_made_up() -> None:
    found = samples(Figures(), None)
    assert found["tutor_sandbox_sessions"] != found["tutor_sandbox_sessions"]  # NaN
    assert found["tutor_line running"] == 2


def test_every_stage_is_there_before_anything_happened() -> None:
    found = samples(Figures())
    assert [found[f"tutor_stage_seconds_count {stage}"] for stage in STAGES] == [0] * len(STAGES)


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (200, "2xx"),
        (404, "4xx"),
        (429, "429"),
        (503, "5xx"),
        (0, "none"),
        (-7, "none"),
        (99999, "none"),
    ],
)
def test_answers_of_a_chat_have_few_labels(status: int, label: str) -> None:
    figures = Figures()
    figures.answered(status)
    assert samples(figures)[f"tutor_chat_answers_total {label}"] == 1


def test_operators_see_the_usual_time_and_what_failed_for_other_reasons_than_ours() -> None:
    figures = Figures()
    assert figures.so_far().first_reply is None
    for seconds in (0.1, 0.3, 9.0):
        figures.took("first_reply", seconds)
    for status in (200, 404, 429, 500, 0):
        figures.answered(status)
    assert (figures.so_far().first_reply, figures.so_far().chat_failures) == (0.3, 3)


@pytest.mark.parametrize(
    ("logger", "area"),
    [
        ("bot.platforms.discord.slots", "chat"),
        ("discord.http", "chat"),
        ("discordant", "other"),
        ("bot.executor.reachable", "sandbox"),
        ("bot.operations.backups", "storage"),
        ("bot.operations.watched", "other"),
    ],
)
def test_warnings_and_errors_count_by_where_they_come_from(logger: str, area: str) -> None:
    figures = Figures()
    handler = Problems(figures)
    one = logging.Logger(logger)  # noqa: LOG001  (a stranger to everybody else)
    one.addHandler(handler)
    one.info("nothing")
    one.warning("something")
    one.critical("much")
    found = samples(figures)
    assert found[f"tutor_problems_total {area} warning"] == 1
    assert found[f"tutor_problems_total {area} error"] == 1


def test_the_dashboard_asks_only_for_what_there_is() -> None:
    figures = Figures()
    figures.happened("code_posted")
    figures.ran("ok")
    figures.judged("passed")
    figures.answered(200)
    figures.went_wrong("discord", "error")
    names = {name.split()[0] for name in samples(figures)}
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used = {name for expr in asked for name in re.findall(r"\b(?:tutor|process)_\w+", expr)}
    assert used <= names, used - names
    assert all(re.search(r"\b(?:tutor|process)_\w+", expr) for expr in asked)
    ours = {
        re.sub(r"_(count|sum|created)$", "_bucket", one)
        for one in names
        if one.startswith("tutor_")
    }
    assert ours - {name.replace("_total", "_bucket") for name in used} <= used, "left out"
    assert all(panel["title"] and panel["targets"] for panel in dashboard["panels"])


def test_the_document_names_every_figure() -> None:
    text = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    told = {
        re.sub(r"_(total|seconds|bytes)$", "", one) for one in re.findall(r"`(tutor_\w+)`", text)
    }
    families = {
        re.sub(r"_(total|seconds|bytes)$", "", family.name)
        for family in Figures().registry.collect()
        if family.name.startswith("tutor_")
    }
    assert told == families
