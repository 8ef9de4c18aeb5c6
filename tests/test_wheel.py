"""The built wheel is whole: installed into an empty environment, far from the checkout, it teaches."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(_ROOT)],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip(f"the wheel cannot be built without its build backend: {done.stderr[-300:]}")
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_lessons_migrations_and_catalogues(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "lessons/01-tensors/lesson.yaml" in names
    assert "bot/storage/migrations/0001_initial.sql" in names
    assert "bot/locales/ko.po" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]


@pytest.mark.jail
def test_the_installed_wheel_runs_the_console_and_hides_its_lessons_from_learners(
    wheel: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "empty"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    packages = next(environment.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    # Its dependencies come from here, to spare the test a download of torch.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    tmp_path.chmod(0o755)
    script = (
        "/learn\n```\nimport lessons\n```\n"
        f"```\nopen({str(packages / 'lessons/01-tensors/lesson.yaml')!r}).read()\n```\n"
        "```\nprint(torch.ones(2).sum())\n```\n"
    )
    done = subprocess.run(
        [environment / "bin/python", "-P", "-m", "bot", "console", "--learner", "wheel"],
        input=script,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=100,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    if "No code can run here" in done.stdout:
        pytest.skip("no sandbox on this machine")
    assert "Section 1 of 6" in done.stdout
    assert "PermissionError" in done.stdout
    assert "tensor(2.)" in done.stdout
    assert "solutions:" not in done.stdout
