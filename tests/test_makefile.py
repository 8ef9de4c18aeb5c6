"""What `make` installs, and when: the right build of PyTorch, once, with one sentence when it cannot."""

import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
INDEX = "https://download.pytorch.org/whl/cpu"
GPU = ",gpu" if Path("/dev/nvidia0").exists() else ""
PROJECT = f"-e .[sandbox{GPU}] -c constraints.txt"

# Stands in for Python, in and outside the virtual environment: notes how it was called and says yes,
# unless the environment names a part of the call that fails.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  *urllib*) [ "$FAILS" = real-index ] && exec "$REAL_PYTHON" "$@" ;;
esac
for part in $FAILS; do
  case "$*" in *"$part"*) exit 1 ;; esac
done
case "$*" in
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""

without_gpu = pytest.mark.skipif(
    bool(shutil.which("nvidia-smi")) or Path("/dev/nvidia0").exists(), reason="there is a GPU"
)


class Checkout:
    """A copy of what `make` needs, in a folder whose name has a space, with a Python that only notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a checkout"
        self.folder.mkdir()
        for name in ("Makefile", "constraints.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        self.python = folder / "fake python"
        self.python.write_text(FAKE_PYTHON)
        self.python.chmod(0o755)
        self.log = folder / "calls"
        self.path = os.environ["PATH"]
        self.said = ""

    def make(self, *arguments: str, fails: str = "", python: str | None = None) -> int:
        """Run `make` and return its exit status; `fails` names parts of calls that fail."""
        self.log.write_text("")
        done = subprocess.run(
            ["make", f"PYTHON={python or self.python}", *arguments],
            cwd=self.folder,
            env={
                "PATH": self.path,
                "CALLS": str(self.log),
                "FAILS": fails,
                "REAL_PYTHON": sys.executable,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def installs(self) -> list[str]:
        """Return what the calls of pip asked for, without the options that only keep it quiet."""
        found = re.findall(r"pip .*?--no-input install (.*)", self.log.read_text())
        return [
            re.sub(r" -c constraints\\.txt| --timeout 10 --retries 0", "", one) for one in found
        ]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def torch() -> str:
    version = re.search(r"(?m)^torch==(\S+)$", (ROOT / "constraints.txt").read_text())
    assert version
    return version[1]


@pytest.fixture
def index() -> Iterator[str]:
    """An index on this machine that answers every page it is asked for."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


# Which PyTorch ----------------------------------------------------------------------------------


@without_gpu
def test_without_a_gpu_a_cpu_build_within_reach_is_taken(checkout: Checkout, torch: str) -> None:
    assert checkout.make("run") == 0
    assert checkout.installs() == [f"--no-deps torch=={torch}+cpu", PROJECT]
    assert "urllib" not in checkout.log.read_text()


@without_gpu
def test_without_a_cpu_build_within_reach_pytorchs_index_is_asked_for_torch_alone(
    checkout: Checkout, torch: str
) -> None:
    assert checkout.make("run", fails="+cpu") == 0
    assert checkout.installs() == [
        f"--no-deps torch=={torch}+cpu",
        f"--no-deps --index-url {INDEX} torch=={torch}",
        PROJECT,
    ]


@without_gpu
def test_when_the_index_does_not_answer_the_default_build_is_taken(
    checkout: Checkout, torch: str
) -> None:
    assert checkout.make("run", fails="+cpu urllib") == 0
    assert checkout.installs() == [f"--no-deps torch=={torch}+cpu", PROJECT]
    assert "default one is bigger" in checkout.said


@without_gpu
def test_when_the_index_lacks_this_version_the_default_build_is_taken(checkout: Checkout) -> None:
    assert checkout.make("run", fails="+cpu --index-url") == 0
    assert checkout.installs()[-1] == PROJECT


@without_gpu
def test_the_index_can_be_named_and_is_really_asked(checkout: Checkout, index: str) -> None:
    script = checkout.python.read_text().replace(
        '*"-m venv"*)', '*+cpu*) exit 1 ;;\n  *"-m venv"*)'
    )
    checkout.python.write_text(script)
    assert checkout.make("run", f"TORCH_INDEX={index}", fails="real-index") == 0
    assert [one for one in checkout.installs() if f"--index-url {index} " in one]
    shutil.rmtree(checkout.folder / ".venv")
    assert checkout.make("run", "TORCH_INDEX=http://127.0.0.1:9", fails="real-index") == 0
    assert not [one for one in checkout.installs() if "--index-url" in one]


def test_with_a_gpu_pip_chooses(checkout: Checkout, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    checkout.path = f"{tool.parent}:{checkout.path}"
    assert checkout.make("run") == 0
    assert checkout.installs() == [PROJECT]


# When -------------------------------------------------------------------------------------------


def test_run_asks_for_nothing_but_the_console(checkout: Checkout) -> None:
    assert checkout.make("run", "ARGS=--locale ko") == 0
    assert checkout.log.read_text().splitlines()[-1] == "-m bot console --locale ko"


def test_test_installs_the_tools_and_runs_the_whole_suite(checkout: Checkout) -> None:
    assert checkout.make("test") == 0
    assert checkout.installs()[-1] == f"-e .[sandbox,dev{GPU}] -c constraints.txt"
    assert checkout.log.read_text().splitlines()[-1] == "-m pytest -q"


def test_nothing_is_installed_twice(checkout: Checkout) -> None:
    assert checkout.make("test") == 0
    assert checkout.make("test") == 0
    assert checkout.installs() == []
    assert checkout.make("run") == 0
    assert checkout.installs() == []
    assert "Installing" not in checkout.said


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_a_change_of_the_dependencies_is_installed(checkout: Checkout, name: str) -> None:
    assert checkout.make("run") == 0
    newer = (checkout.folder / ".venv/installed").stat().st_mtime + 1
    os.utime(checkout.folder / name, (newer, newer))
    assert checkout.make("run") == 0
    assert checkout.installs()[-1] == PROJECT


def test_a_failed_installation_is_tried_again(checkout: Checkout) -> None:
    assert checkout.make("run", fails="[sandbox]") != 0
    assert "Installing failed, for the reason above" in checkout.said
    assert "-m bot" not in checkout.log.read_text()
    assert checkout.make("run") == 0
    assert checkout.installs()[-1] == PROJECT


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        (
            "version_info",
            "is older than Python 3.11: name a newer one, as in make PYTHON=python3.12",
        ),
        ("ensurepip", "cannot make virtual environments: install its venv module"),
    ],
)
def test_an_unfit_python_is_one_sentence(checkout: Checkout, fails: str, says: str) -> None:
    assert checkout.make("run", fails=fails) != 0
    assert says in checkout.said
    assert checkout.installs() == []


def test_a_missing_python_is_one_sentence(checkout: Checkout) -> None:
    assert checkout.make("run", python="python0") != 0
    assert "There is no python0: install Python 3.11 or newer" in checkout.said


def test_help_names_every_target(checkout: Checkout) -> None:
    assert checkout.make() == 0
    phony = re.search(r"(?m)^\.PHONY: (.*)$", (ROOT / "Makefile").read_text())
    assert phony
    for target in set(phony[1].split()) - {"help"}:
        assert f"make {target} " in checkout.said


def test_check_and_test_are_what_must_pass() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-2:] == ["make check", "make test"]


# Pins -------------------------------------------------------------------------------------------


def test_every_dependency_is_pinned_and_the_pin_fits() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    pins = [
        Requirement(line)
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    versions = {pin.name: str(pin.specifier) for pin in pins}
    for text in [*project["dependencies"], *(text for extra in extras for text in extra)]:
        wanted = Requirement(text)
        pinned = versions[re.sub(r"[-_.]+", "-", wanted.name).lower()]
        assert wanted.specifier.contains(pinned.removeprefix("==")), text


def test_pins_are_exact_and_of_no_particular_build() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    assert len({pin.partition("==")[0] for pin in pins}) == len(pins)
