"""The command line as a user meets it: the real program, its exit status and its one-line messages."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import END, Program, environment, family, gone, ticks

NO_SANDBOX = "sandbox: {socket: nobody.sock}\n"


def run(folder: Path, *arguments: str, say: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(folder),
        input=say,
        capture_output=True,
        timeout=100,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A folder whose configuration names a sandbox that is not there: nothing has to start."""
    (tmp_path / "config.yaml").write_text(NO_SANDBOX)
    return tmp_path


@pytest.fixture
def program(quick: Path) -> Iterator[Program]:
    started = Program(quick)
    yield started
    started.close()


def test_without_a_command_the_usage_is_told(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 2
    assert "usage: tensor-tutor" in done.stderr


def test_only_what_exists_is_a_command(tmp_path: Path) -> None:
    done = run(tmp_path, "teach")
    assert done.returncode == 2
    assert "console" in done.stderr
    assert "lint" in done.stderr


@pytest.mark.parametrize("command", ["discord", "serve"])
def test_without_a_token_one_line_says_what_to_do(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "DISCORD_TOKEN" in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("tensor-tutor ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("locale: en\nlocales: ko\n", "config.yaml:2: locales: "),
        (
            "sandbox:\n  limits: {wall_seconds: soon}\n",
            "config.yaml:2: sandbox.limits.wall_seconds: ",
        ),
        ("database: a\ndatabase: b\n", "config.yaml:2: "),
        ("a: [", "config.yaml:2: "),
    ],
)
def test_a_bad_configuration_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    done = run(tmp_path, "console")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(problem), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "console", "--config", "other.yaml")
    assert done.returncode == 2
    assert "other.yaml" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_bad_lesson_is_told_with_its_line(tmp_path: Path) -> None:
    lesson = tmp_path / "mine" / "09-mine" / "lesson.yaml"
    lesson.parent.mkdir(parents=True)
    lesson.write_text("schema: 1\nid: mine\nrev: 1\nlocales: [en]\ntitel: Mine\nsections: []\n")
    (tmp_path / "config.yaml").write_text("lesson_dirs: [mine]\n")
    done = run(tmp_path, "console")
    assert done.returncode == 2
    assert "lesson.yaml:5: titel: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_used_is_told(quick: Path) -> None:
    (quick / "tensor-tutor.sqlite3").write_bytes(b"no database at all, " * 100)
    done = run(quick, "console")
    assert done.returncode == 1
    assert "tensor-tutor.sqlite3" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb"])
def test_a_name_that_is_none_is_told(quick: Path, name: str) -> None:
    done = run(quick, "console", "--learner", name)
    assert done.returncode == 2
    assert "--learner" in done.stderr


def test_the_end_of_the_input_ends_the_console(quick: Path) -> None:
    done = run(quick, "console", say=b"/next\n")
    assert done.returncode == 0
    assert done.stdout.count(f"{END}\n") == 2


def test_who_is_not_named_is_the_user(quick: Path) -> None:
    assert run(quick, "console").returncode == 0
    assert "Welcome back" in run(quick, "console").stdout


def test_an_input_or_output_that_was_closed_does_no_harm(quick: Path) -> None:
    for closed in ("<&-", ">&-", "<&- >&-"):
        done = subprocess.run(
            ["sh", "-c", f'exec "{sys.executable}" -m bot console {closed}'],
            cwd=quick,
            env=environment(quick),
            input=b"/next\n",
            capture_output=True,
            timeout=100,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_goes_away_ends_the_console_quietly(quick: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "console"],
        cwd=quick,
        env=environment(quick),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"/next\n" * 3)
        process.stdin.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_an_unknown_command_lesson_and_button_say_what_is_possible(program: Program) -> None:
    assert "/hint" in program.say("/hnt") or "[1] hint" in program.say("/hnt")
    unknown = program.say("/learn astrology")
    assert "There is no lesson “astrology”." in unknown
    assert "Why tensors matter" in unknown
    assert "You can press: 1, 2" in (program.say("/learn tensors-101") and program.say("9"))
    assert "To run code" in program.say("print(1)")


def test_without_a_sandbox_lessons_work_and_a_run_says_why_it_does_not(program: Program) -> None:
    assert "Section 1 of 6" in program.greeting
    assert "nobody.sock" in program.say("```\n1 + 1\n```")
    assert "Section 2 of 6" in program.say("/next")
    assert "torch.rand(5, 5)" in program.say("/quiz")
    assert "Right!" in program.say("torch.rand(5, 5)")
    assert program.leave() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_ends_the_console_cleanly(program: Program, number: int) -> None:
    assert program.signal(number) == 0
    assert program.complaints() == ""


def test_ctrl_c_over_a_pipe_ends_the_console_silently(program: Program) -> None:
    assert program.signal(signal.SIGINT) == 130
    assert program.complaints() == ""


def test_the_language_asked_for_stays(quick: Path) -> None:
    assert run(quick, "console", "--locale", "ko").returncode == 0
    assert "PyTorch와 텐서" in run(quick, "console").stdout
    assert "PyTorch and its tensors" in run(quick, "console", "--locale", "en").stdout
    assert "PyTorch and its tensors" in run(quick, "console").stdout


def test_the_language_of_the_environment_is_the_first_guess(quick: Path) -> None:
    for language in ({"LANG": "ko_KR.UTF-8"}, {"LANG": "C.UTF-8", "LC_ALL": "ko_KR.UTF-8"}):
        started = Program(
            quick, "--learner", language["LANG"], environ=environment(quick, **language)
        )
        assert "PyTorch와 텐서" in started.greeting
        assert started.leave() == 0
        started.close()


def test_a_pipe_gets_utf8_whatever_the_locale_is(quick: Path) -> None:
    plain = environment(quick, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    started = Program(quick, "--locale", "ko", environ=plain)
    assert "텐서" in started.greeting
    assert started.leave() == 0
    started.close()


@pytest.mark.jail
def test_ctrl_c_stops_a_run_and_not_the_program(tmp_path: Path) -> None:
    program = Program(tmp_path)
    try:
        program.say("```\nx = 1\n```")
        before = ticks(program.pid)
        program.write("```\nwhile True: pass\n```")
        while all(now - before.get(pid, 0) < 20 for pid, now in ticks(program.pid).items()):
            time.sleep(0.05)
        os.kill(program.pid, signal.SIGINT)
        assert "Stopped by you" in program.answer()
        assert "│ 2" in program.say("```\nx + 1\n```")
        everything = family(program.pid)
        assert program.leave() == 0
        assert gone(everything)
    finally:
        program.close()


def test_everything_that_was_done_is_printed_as_a_table(quick: Path) -> None:
    run(quick, "console", "--learner", "=ada", say=b"/quiz tensors-101\n[a]\na\n")
    table = run(quick, "export")
    assert (table.returncode, table.stderr) == (0, "")
    columns, *rows = csv.reader(io.StringIO(table.stdout, newline=""))
    assert columns[:4] == ["time", "platform", "user_id", "name"]
    assert {tuple(row[1:5]) for row in rows} == {("console", "'=ada", "'=ada", "tensors-101")}
    lines = run(quick, "export", "--format", "jsonl").stdout.splitlines()
    assert {json.loads(line)["name"] for line in lines} == {"=ada"}
    assert len(lines) == len(rows)


def test_without_a_database_there_is_nothing_to_export(quick: Path) -> None:
    done = run(quick, "export")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tensor-tutor.sqlite3: there is no database yet; name it as `database`\n"
    )
    assert not (quick / "tensor-tutor.sqlite3").exists()


def test_lint_says_which_lessons_there_are(quick: Path) -> None:
    done = run(quick, "lint", "astrology")
    assert done.returncode == 2
    assert "tensors-101" in done.stderr


def test_lint_tells_what_is_wrong_as_text_and_as_json(tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.yaml"
    lesson.write_text("schema: 1\nid: mine\nrev: 1\nlocales: [en]\ntitel: Mine\nsections: []\n")
    done = run(tmp_path, "lint", "lesson.yaml")
    assert done.returncode == 1
    assert "lesson.yaml:5: titel: " in done.stdout
    found = json.loads(run(tmp_path, "lint", ".", "--format", "json").stdout)
    wanted = {"file": "lesson.yaml", "line": 5, "where": "titel"}
    assert any(wanted.items() <= one.items() for one in found)


@pytest.mark.jail
def test_lint_runs_the_code_of_a_lesson(tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.yaml"
    lesson.write_text(
        "schema: 1\nid: mine\nrev: 1\nlocales: [en]\ntitle: Mine\n"
        "sections:\n  - id: one\n    body: Try it.\n    run:\n      code: torch.ones(2) @ torch.ones(3)\n"
    )
    done = run(tmp_path, "lint", "lesson.yaml")
    assert done.returncode == 1
    assert "lesson.yaml:10: sections[one].run.code: the code raises RuntimeError" in done.stdout


def test_the_program_starts_without_torch(quick: Path) -> None:
    code = "import sys, bot.bootstrap.chats, bot.bootstrap.commands, bot.bootstrap.console; sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(quick), check=False, timeout=60
    )
    assert done.returncode == 0
