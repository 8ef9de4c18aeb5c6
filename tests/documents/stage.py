"""A checkout in which the documents' commands run as they stand, with nothing to download."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.documents.reading import ROOT

PROJECT = "tensor-tutor"
PATIENCE = 100.0
MARKS = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        not all(map(shutil.which, ("bash", "git", "make"))), reason="needs bash, git and make"
    ),
]
"""Of tests that run what documents say."""

Environ = Mapping[str, str] | None
"""What is set beside what everybody has."""

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "*.sqlite3*"
)
# Runs in a new clone, as root of it. The stamps tell make that all is installed.
_HOOK = """#!/bin/sh
cp -a {environment} .venv && touch .venv/installed .venv/installed-dev
"""
# What pip would make of an entry under [project.scripts], in an environment that can be copied.
_ENTRY = """#!/bin/sh
exec "${{0%/*}}/python" -Pc 'import sys; from {module} import {function}; sys.exit({function}())' "$@"
"""


@dataclass(frozen=True)
class Stage:
    """The folder of it all, in which `checkout` is a clone of `upstream`."""

    folder: Path

    @property
    def upstream(self) -> Path:
        return self.folder / "upstream" / PROJECT

    @property
    def checkout(self) -> Path:
        return self.folder / PROJECT

    @property
    def database(self) -> Path:
        return self.checkout / "tensor-tutor.sqlite3"

    @property
    def stubs(self) -> Path:
        """Where programs lie that stand in for those that cannot run here."""
        return self.folder / "stubs"

    def environ(self, more: Environ = None) -> dict[str, str]:
        """Return what somebody has in their shell who works in the checkout."""
        path = (self.stubs, self.checkout / ".venv/bin", os.environ["PATH"])
        kept = {"TMPDIR": os.environ["TMPDIR"]} if "TMPDIR" in os.environ else {}
        return {
            **kept,
            "PATH": os.pathsep.join(map(str, path)),
            "HOME": str(self.folder / "home"),
            "USER": "ada",
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TEMPLATE_DIR": str(self.folder / "template"),
            **(more or {}),
        }

    def run(
        self, script: str, *, stdin: str = "", folder: Path | None = None, environ: Environ = None
    ) -> subprocess.CompletedProcess[str]:
        """Run what a document says to its end."""
        with subprocess.Popen(
            ["bash", "-ec", script],
            cwd=folder or self.checkout,
            env=self.environ(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            try:
                said, complained = process.communicate(stdin, timeout=PATIENCE)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(script, process.returncode, said, complained)

    def said(
        self, script: str, *, stdin: str = "", folder: Path | None = None, environ: Environ = None
    ) -> str:
        """Run what a document says, which has to succeed, and return its output."""
        done = self.run(script, stdin=stdin, folder=folder, environ=environ)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def changed(self) -> list[str]:
        """Return the files in the checkout that are not as upstream has them."""
        lines = self.said("git status --porcelain").splitlines()
        return [line[3:] for line in lines]

    def clean(self) -> None:
        """Leave in the checkout what a clone has, and what was installed."""
        self.said("git reset -q --hard && git clean -qfdx -e .venv -e __pycache__")


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Set up a repository of the tree as it is now, and clone it."""
    with tempfile.TemporaryDirectory(prefix="tt-documents-") as name:
        made = Stage(Path(name))
        made.folder.chmod(0o711)  # learners' processes have to find their own folders in it
        for folder in ("home", "stubs", "template/hooks"):
            (made.folder / folder).mkdir(parents=True)
        _copy(made.upstream)
        _git(made, "init", "-q", "-b", "main")
        commit(made, "Begin")
        hook = made.folder / "template/hooks/post-checkout"
        program(hook, _HOOK.format(environment=_environment(made.folder)))
        made.said(f"git clone -q {made.upstream}", folder=made.folder)
        yield made


def commit(here: Stage, message: str) -> None:
    """Commit all that there is upstream."""
    _git(here, "add", "--all")
    _git(here, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", message)


def program(path: Path, text: str) -> None:
    """Write a program."""
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def _git(here: Stage, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=here.upstream, env=here.environ(), check=True)


def _copy(to: Path) -> None:
    """Copy what is in the repository or would be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:  # an unpacked archive, for example
        shutil.copytree(ROOT, to, ignore=_NOT_COPIED)
        return
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


def _environment(folder: Path) -> Path:
    """Make what becomes `.venv` in each clone: the checkout itself, with what is installed here."""
    made = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    (packages,) = made.glob("lib/python*/site-packages")
    outside = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (packages / "checkout.pth").write_text("\n".join(["../../../..", *outside, ""]))
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    for name, entry in entries.items():
        module, function = entry.split(":")
        program(made / "bin" / name, _ENTRY.format(module=module, function=function))
    for name in ("ruff", "mypy", "lint-imports"):
        tool = Path(sys.executable).with_name(name)
        if tool.exists():
            (made / "bin" / name).symlink_to(tool)
    return made
