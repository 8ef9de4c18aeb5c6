"""Every command in the documents does what they say, run as it stands in a checkout of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tests.image.test_documented as on_docker
import tests.test_documented_operations as operations
from tests.bot.pictures.test_golden import FAR, difference, opened
from tests.documents.reading import ROOT, blocks, exercised, exercises, scripts
from tests.documents.stage import MARKS, Stage, program

pytestmark = MARKS
pytest_plugins = ["tests.documents.fixtures"]

CODE = "```\nprint(6 * torch.tensor(7))\n```\n"
ANSWER = "tensor(42)"
FEWER = {"ARGS": "tests/test_docker_files.py"}
AFEW = "minutes 0.05 --learners 4 --hurry 0.02"
GOLDEN = "tests/bot/pictures/golden/"
SCHEMA = (
    'python -c "import json; from bot.curriculum import lesson_schema; '
    'print(json.dumps(lesson_schema(), indent=2, ensure_ascii=False))" > lessons/lesson.schema.json'
)


# The documents ----------------------------------------------------------------------------------


def test_every_command_is_exercised_and_every_exercise_is_of_a_command() -> None:
    named = {script.name for script in scripts()}
    tried = exercised(sys.modules[__name__], operations, on_docker)
    assert sorted(named - set(tried)) == [], "in the documents, and no test runs it"
    assert sorted(set(tried) - named) == [], "a test runs it, and it is in no document"
    assert len(tried) == len(set(tried)) > 40


def test_a_name_stands_for_one_script() -> None:
    texts = {(script.name, tuple(script.lines)) for script in scripts()}
    assert len(texts) == len({name for name, _ in texts})


# The terminal -----------------------------------------------------------------------------------


@pytest.mark.jail
@exercises("git clone … tensor-tutor && cd tensor-tutor … make run")
def test_from_nothing_to_a_terminal_in_which_code_runs(
    checkout: Stage, sandbox_socket: Path, script: str
) -> None:
    folder = checkout.folder / "anew"
    folder.mkdir(mode=0o711)
    said = checkout.said(script.replace("…", str(checkout.upstream)), stdin=CODE, folder=folder)
    assert ANSWER in said
    assert (folder / "tensor-tutor/tensor-tutor.sqlite3").exists()


@pytest.mark.jail
@exercises("make run", 'make run ARGS="--locale ko"', "tensor-tutor console")
def test_the_terminal_runs_code_in_the_language_asked_for(ready: Stage, script: str) -> None:
    said = ready.said(script, stdin=CODE)
    assert ANSWER in said
    assert ("텐서" in said) == ("ko" in script)


@exercises('pip install "tensor-tutor[sandbox]"')
def test_a_built_wheel_brings_the_command(quick: Stage, script: str, tmp_path: Path) -> None:
    built = quick.run(f"{sys.executable} -m pip wheel -q --no-deps -w dist .")
    if built.returncode:
        pytest.skip(f"the wheel cannot be built without its build backend: {built.stderr[-300:]}")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    program(tmp_path / "bin/pip", f'#!/bin/sh\nexec {sys.executable} -m pip "$@"\n')
    quick.said(
        f"{script} && tensor-tutor --version",
        environ={
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "PIP_PYTHON": str(tmp_path / "bin/python"),
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_FIND_LINKS": "dist",
        },
    )
    assert (tmp_path / "bin/tensor-tutor").exists()
    assert list(tmp_path.glob("lib/python*/site-packages/lessons/01-tensors/lesson.yaml"))


# Development ------------------------------------------------------------------------------------


@exercises("make", "make help")
def test_make_lists_its_targets(checkout: Stage, script: str) -> None:
    said = checkout.said(script)
    for target in ("run", "test", "check", "bench", "load", "messages"):
        assert f"make {target} " in said


@exercises("git clone <this repository> && cd tensor-tutor … make check")
def test_a_new_checkout_passes_its_tests(checkout: Stage, script: str) -> None:
    folder = checkout.folder / "cloned"
    folder.mkdir()
    filled = script.replace("<this repository>", str(checkout.upstream))
    said = checkout.said(_checked_only(filled), folder=folder, environ=FEWER)
    assert re.search(r"[0-9]+ passed", said)
    _checks_all(said)


@exercises("make test")
def test_make_test_runs_tests(checkout: Stage, script: str) -> None:
    said = checkout.said(script, environ=FEWER)
    assert re.search(r"[0-9]+ passed", said)


@exercises("make check")
def test_make_check_is_every_check(checkout: Stage, script: str) -> None:
    _checks_all(checkout.said(_checked_only(script)))


def _checked_only(script: str) -> str:
    """Have the checks, which take minutes and run beside these tests, only be told."""
    return script.replace("make check", "make --dry-run check")


def _checks_all(said: str) -> None:
    for tool in ("ruff format --check .", "ruff check .", "mypy", "lint-imports"):
        assert re.search(rf"{re.escape(tool)}$", said, re.MULTILINE)


@exercises(".ci/run")
def test_what_has_to_pass_is_the_checks_and_then_the_tests(
    checkout: Stage, script: str, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    program(tmp_path / "make", f'#!/bin/sh\necho "$*" >>{calls}\n[ "$*" != "$FAILS" ]\n')
    program(tmp_path / "dockerd", "#!/bin/sh\n")
    path = f"{tmp_path}:{os.environ['PATH']}"
    checkout.said(script, environ={"PATH": path})
    assert calls.read_text().splitlines() == ["check", "test"]
    assert checkout.run(script, environ={"PATH": path, "FAILS": "check"}).returncode != 0
    assert checkout.run(script, environ={"PATH": path, "FAILS": "test"}).returncode != 0
    assert calls.read_text().splitlines() == ["check", "test", "check", "check", "test"]


@exercises("make test-gpu")
def test_the_tests_for_a_gpu_are_found(checkout: Stage, script: str) -> None:
    names = re.findall(r"`(tests/\S+_gpu_real\.py)`", (ROOT / "docs/gpu.md").read_text("utf-8"))
    assert names
    said = checkout.said(f'{script} ARGS="--collect-only {names[0]}"')
    assert re.search(r"[0-9]+ tests collected", said)


@exercises("make image-test")
def test_the_tests_of_the_images_are_found(checkout: Stage, script: str) -> None:
    said = checkout.said(f'{script} ARGS="--collect-only"')
    assert "tests/image/test_documented.py::" in said


@exercises("make messages", SCHEMA)
def test_what_is_generated_is_up_to_date(checkout: Stage, script: str) -> None:
    checkout.said(script)
    assert checkout.changed() == []


@exercises("python -m tests.bot.pictures.renew", ".venv/bin/python -m tests.bot.pictures.renew")
def test_the_golden_pictures_are_drawn_anew_and_look_the_same(checkout: Stage, script: str) -> None:
    folder = checkout.checkout / GOLDEN
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    checkout.said(script)
    assert {path.name for path in folder.iterdir()} == set(before)
    assert [name for name in checkout.changed() if not name.startswith(GOLDEN)] == []
    for name, data in before.items():
        assert difference(opened((folder / name).read_bytes()), opened(data)) <= FAR


@pytest.mark.jail
@exercises('make load ARGS="--minutes 6 --learners 100"')
def test_the_load_of_a_small_class_is_borne(
    checkout: Stage, sandbox_socket: Path, script: str
) -> None:
    smaller = re.sub(r"minutes [0-9]+ --learners [0-9]+", AFEW, script)
    assert smaller != script
    said = checkout.said(smaller)
    assert "| learners at once, minutes | 4, 0.05 |" in said
    assert "| replies lost | 0 |" in said


@exercises("make load")
def test_the_whole_load_is_the_same_with_more_learners(checkout: Stage, script: str) -> None:
    dry = script.replace("make ", "make --dry-run ")
    more = checkout.said(f'{dry} ARGS="--{AFEW}"').strip()
    assert more == f"{checkout.said(dry).strip()} --{AFEW}"


@exercises("make bench")
def test_the_measuring_can_be_started(checkout: Stage, script: str) -> None:
    assert "--quick" in checkout.said(f'{script} ARGS="--help"')


@exercises('python -c "import torch; …"')
def test_the_cold_start_that_is_compared_with_works(checkout: Stage, script: str) -> None:
    assert checkout.said(script.replace("…", "print(6 * torch.tensor(7))")) == f"{ANSWER}\n"


# Lessons ----------------------------------------------------------------------------------------


@pytest.mark.jail
@exercises("tensor-tutor lint lessons/02-slicing", ".venv/bin/tensor-tutor lint lessons/NN-topic")
def test_the_whole_small_lesson_of_the_guide_is_faultless(ready: Stage, script: str) -> None:
    write_lesson(ready, script.rpartition("/")[2].strip())
    assert ready.said(script) == "nothing found\n"


@pytest.mark.jail
@exercises("tensor-tutor lint")
def test_without_a_path_all_lessons_are_checked(ready: Stage, script: str) -> None:
    shutil.rmtree(ready.checkout / "lessons/01-tensors")  # which other tests run, for minutes
    write_lesson(ready, "02-slicing")
    lesson = write_lesson(ready, "03-wrong", ("id: adding-up", "id: wrong"))
    lesson.write_text(lesson.read_text("utf-8").replace("m = X.sum(1) / 3", "m = X.sum(1) / 4"))
    done = ready.run(script)
    assert done.returncode == 1
    *found, count = done.stdout.splitlines()
    assert found
    assert [one for one in found if "03-wrong/lesson.yaml:" not in one] == []
    assert count.startswith(f"{len(found)} to mend")


def write_lesson(here: Stage, name: str, *changes: tuple[str, str]) -> Path:
    """Put the guide's own lesson among the others."""
    text = blocks("docs/writing-lessons.md", "yaml")[0]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = here.checkout / "lessons" / name / "lesson.yaml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    return path
