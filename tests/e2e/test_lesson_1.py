"""The whole first lesson through the real program: console, tutor, sandbox and database."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.locales import load_catalogues
from bot.storage.sqlite import open_store
from bot.tutor.event import Actor
from tests.e2e.program import END, Program, environment, family, gone, messages

HERE = Path(__file__).parent
LESSON = "tensors-101"
WHENEVER = datetime(2026, 1, 1, tzinfo=UTC)
Start = Callable[..., Program]

pytestmark = [pytest.mark.jail, pytest.mark.timeout(600)]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Where the program puts its temporary files: open to learners' processes, as `/tmp` is."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def start(tmp_path: Path, temporary: Path) -> Iterator[Start]:
    started: list[Program] = []
    environ = environment(tmp_path, TMPDIR=str(temporary))

    def begin(*arguments: str) -> Program:
        started.append(Program(tmp_path, *arguments, environ=environ))
        return started[-1]

    yield begin
    for program in started:
        program.close()


async def records(folder: Path) -> dict[str, list[object]]:
    """Return everything the database keeps of the learner, without the times."""
    async with open_store(folder / "tensor-tutor.sqlite3") as store:
        learner = (await store.learner(Actor("console", "ada", "ada"))).id
        return {
            "position": [await store.position(learner)],
            "answers": [replace(one, at=WHENEVER) for one in await store.answers(learner, LESSON)],
            "attempts": [
                replace(one, at=WHENEVER) for one in await store.attempts(learner, LESSON)
            ],
            "notes": [replace(one, at=WHENEVER) for one in await store.notes(learner, LESSON)],
            "cells": [
                (one.code, one.ok, one.lesson, one.step) for one in await store.cells(learner)
            ],
        }


TITLES = {
    "en": ("Why tensors matter", "Autograd: slopes for free"),
    "ko": ("텐서가 중요한 이유", "Autograd: 기울기는 자동으로"),
}
MISTAKES = {"en": "That is a column: its shape is `(n, 1)`", "ko": "그건 열이에요. 형태가 `(n, 1)`"}


def key_lines(locale: str) -> list[str]:
    """Return what has to be said on the way, in the words of the catalogue and of the lesson."""
    say = load_catalogues().in_locale(locale)
    lesson, last = TITLES[locale]
    return [
        say("Section {n} of {total} · {title}", n=6, total=6, title=last),
        say("Right!"),
        say("Hint {n} of {total}:", n=1, total=2),
        MISTAKES[locale],
        say("Solved!"),
        say("Lesson complete: {title}", title=lesson),
        say("Questions solved") + "  3/3",
        say("Steps solved"),
    ]


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_a_piped_script_takes_the_lesson_to_its_end(tmp_path: Path, locale: str) -> None:
    with (HERE / f"lesson_1.{locale}.txt").open("rb") as script:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "console", "--learner", "ada", "--locale", locale],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=script,
            capture_output=True,
            timeout=300,
            check=False,
        )
    text = done.stdout.decode()
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert text.count(f"\n{END}\n") == len(messages(HERE / f"lesson_1.{locale}.txt")) + 1
    for line in key_lines(locale):
        assert line in text
    kept = asyncio.run(records(tmp_path))
    assert [one.stage for one in kept["position"]] == ["done"]  # type: ignore[attr-defined]
    assert len(kept["answers"]) == 4
    assert [one.outcome for one in kept["attempts"]] == [  # type: ignore[attr-defined]
        "wrong",
        "passed",
        "passed",
        "passed",
    ]


KILLED_AFTER = {
    "a section's code ran": "/inspect images",
    "code of one's own ran": "y.grad_fn is None",
    "a wrong answer": "torch.randn(5, 5)",
    "a hint": "Hint",
    "a right answer": "It raises a RuntimeError",
    "wrong code ran": "F_new.shape",
    "right code ran": "F.unsqueeze(0)",
    "a hint for a step": "/hint",
    "a solved step": "/submit",
}


def test_nothing_acknowledged_is_missing_after_kill_9(
    tmp_path: Path, temporary: Path, start: Start
) -> None:
    script = messages(HERE / "lesson_1.en.txt")
    points = set(KILLED_AFTER.values())
    program = start()
    skip_next, answer = False, ""
    for message in script:
        if skip_next and message == "Next":
            skip_next = False  # a restart leads to what is open; nobody has to ask for it
            continue
        answer = program.say(message)
        hit = {point for point in points if point in message}
        if hit:
            points -= hit
            everything = family(program.pid)
            assert len(everything) > 1
            assert program.signal(signal.SIGKILL) == -signal.SIGKILL
            assert gone(everything)
            program = start()
            assert "Welcome back, ada." in program.greeting
            skip_next = "✓ Right!" in answer or "✓ Solved!" in answer
    assert not points
    assert "complete" in answer
    assert program.leave() == 0
    # A kill while the sandbox starts leaves an empty folder, which a later start removes.
    left = [list(folder.iterdir()) for folder in temporary.iterdir()]
    assert not any(left)

    kept = asyncio.run(records(tmp_path))
    answered = [(one.question, one.given, one.correct) for one in kept["answers"]]  # type: ignore[attr-defined]
    assert answered == [
        ("uniform-random", "randn", False),
        ("uniform-random", "rand", True),
        ("mixed-devices", "raises", True),
        ("default-dtype", "float32", True),
    ]
    attempted = [(one.step, one.number, one.outcome) for one in kept["attempts"]]  # type: ignore[attr-defined]
    assert attempted == [
        ("row", 1, "wrong"),
        ("row", 2, "passed"),
        ("product", 1, "passed"),
        ("flatten", 1, "passed"),
    ]
    posted = [one.partition("\n")[2].rpartition("\n")[0] for one in script if "\n" in one]
    ran = [one[0] for one in kept["cells"]]  # type: ignore[index]
    assert [code for code in ran if code in posted] == posted
    assert [(one.item, one.kind) for one in kept["notes"]] == [  # type: ignore[attr-defined]
        ("uniform-random", "hint"),
        ("product", "hint"),
    ]


def test_killed_in_the_middle_of_a_run_nothing_is_left_over(tmp_path: Path, start: Start) -> None:
    program = start()
    program.say("```\nx = 1\n```")
    program.write("```\nwhile True: pass\n```")
    everything = family(program.pid)
    program.signal(signal.SIGKILL)
    assert gone(everything)
    again = start()
    assert "Section 1 of 6" in again.greeting
    assert "  │ 2" in again.say("```\n1 + 1\n```")
    assert again.leave() == 0


REPLAY = "Bring the variables back (run 1 block again), then run this"


def test_a_sandbox_that_died_is_replaced_by_the_next_run(start: Start) -> None:
    program = start()
    assert "  │ 1" in program.say("```\nx = 1\nx\n```")
    sandbox = {one for one in family(program.pid) if one[0] != program.pid}
    for pid, _ in sandbox:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert gone(sandbox)
    lost = program.say("```\nx + 1\n```")
    assert "Its variables are gone." in lost
    assert "  │ 2" in program.say(REPLAY)
    assert program.leave() == 0
