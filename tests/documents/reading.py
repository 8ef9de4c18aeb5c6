"""Reads the documents: their blocks, the commands in blocks and in sentences, and which tests run those."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import isfunction
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
COMMAND = re.compile(
    r"(?:\S*/)?tensor-tutor [a-z-]|(?:\S*/)?python -[mc] |make\b [a-z]|make$|docker [a-z]+|git |"
    r"systemctl |pip install |ssh -|echo |\.ci/run$"
)


@dataclass(frozen=True)
class Script:
    """What a document tells to do at once: a block, or a command within a sentence."""

    document: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines without comments."""
        lines = (re.sub(r"\s#.*$", "", line).strip() for line in self.text.splitlines())
        return [line for line in lines if line]

    @property
    def name(self) -> str:
        """The first line and the last one."""
        return " … ".join(dict.fromkeys((self.lines[0], self.lines[-1])))

    @property
    def commands(self) -> Iterator[str]:
        """Single commands, without variables before them and what their output goes to."""
        joined = re.sub(r"sh -ec '.*?'", "sh", self.text, flags=re.DOTALL).replace("\\\n", " ")
        for line in joined.splitlines():
            for part in re.split(r"&&|\s\|\s", re.sub(r"\s#.*$", "", line)):
                command = re.sub(r"^(?:[A-Z_]+=\S+\s+)+", "", part.strip())
                command = re.sub(r"\s*>\s*\S+$", "", command)
                if command:
                    yield command


def texts() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def blocks(document: str, language: str) -> list[str]:
    """Return the blocks of a document in a language."""
    text = (ROOT / document).read_text("utf-8")
    return [block for found, block in FENCE.findall(text) if found == language]


def scripts() -> list[Script]:
    """Return everything that the documents tell to do."""
    found = []
    for document, text in texts():
        for language, block in FENCE.findall(text):
            if language == "sh" or (not language and COMMAND.match(block)):
                found.append(Script(document, block.strip()))
        quoted = QUOTED.findall(FENCE.sub("", text))
        found += [Script(document, one.replace("\n", " ")) for one in quoted if COMMAND.match(one)]
    return found


def commands() -> list[tuple[str, str]]:
    """Return every single command beside the document that names it."""
    found = [(script.document, command) for script in scripts() for command in script.commands]
    return list(dict.fromkeys(found))


def exercises(*names: str) -> pytest.MarkDecorator:
    """Give a test, one by one, the scripts of these names, for it to run as they stand."""
    found = {script.name: script.text for script in scripts()}
    return pytest.mark.parametrize(
        "script", [pytest.param(found.get(name, ""), id=name) for name in names]
    )


def exercised(*modules: ModuleType) -> list[str]:
    """Return the names of all scripts that tests in these modules ask for."""
    return [
        str(param.id)
        for module in modules
        for test in vars(module).values()
        if isfunction(test)
        for mark in getattr(test, "pytestmark", [])
        if mark.args[:1] == ("script",)
        for param in mark.args[1]
    ]
