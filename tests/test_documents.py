"""What the documents say can be done: commands, paths and verbs are there."""

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import discord
import pytest
import yaml
from discord import app_commands

from bot.__main__ import _parser as bot_parser
from bot.platforms.discord.commands import add_commands
from bot.platforms.discord.desk import Desk
from sandbox.__main__ import _parser as sandbox_parser
from tests.documents.reading import FENCE, ROOT, commands, texts

MODULES = {"sandbox": sandbox_parser}
ALLOWED_TOOLS = {
    *(
        "git",
        "systemctl",
        "cp",
        "mv",
        "mkdir",
        "echo",
        "export",
        "cd",
        "chmod",
        "pip",
        "ssh",
        "grep",
    )
}
SAMPLES = {"NN-topic", "02-slicing", "LANGUAGE.po"}
"""What documents name as an example, and is not there."""
NO_VERBS = {"metrics", "healthz", "readyz", "proc", "lessons", "root", "sys"}
"""Pages of the program, and folders, that are written like verbs."""


def check(command: str) -> None:
    """Fail if `command` is not one that there is."""
    words = shlex.split(command.replace("…", "X"))
    tool = words[0].rpartition("/")[2]
    if tool == "tensor-tutor":
        _parsed(bot_parser(), words[1:])
    elif tool.startswith("python"):
        _check_python(words[1:])
    elif tool == "make":
        _check_targets([word for word in words[1:] if "=" not in word])
    elif tool == "docker":
        _check_docker(words[1:])
    else:
        assert tool in ALLOWED_TOOLS or os.access(ROOT / words[0], os.X_OK), command


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> None:
    status: object = 0
    try:
        parser.parse_args(words)
    except SystemExit as ended:
        status = ended.code
    assert status == 0, words


def _check_python(words: list[str]) -> None:
    if words[0] == "-c":
        compile(words[1].replace("…", ""), "document", "exec")
        return
    assert words[0] == "-m", words
    if words[1] in MODULES:
        _parsed(MODULES[words[1]](), words[2:])
        return
    place = ROOT / words[1].replace(".", "/")
    assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), words


def _check_targets(targets: list[str]) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    assert set(targets) <= set(phony[1].split()), targets


def services() -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text)["services"])


def _check_docker(words: list[str]) -> None:
    if words[0] == "kill":
        return
    assert words[0] == "compose", words
    rest = words[1:]
    while rest[:1] == ["-f"]:
        assert (ROOT / rest[1]).exists(), words
        rest = rest[2:]
    verb, plain = rest[0], [word for word in rest[1:] if not word.startswith("-")]
    if verb in ("exec", "run"):
        assert plain[0] in services(), words
        inside = rest[rest.index(plain[0]) + 1 :]
        if inside[0] != "sh":
            check(shlex.join(inside))
    elif verb in ("stop", "start", "restart"):
        assert set(plain) <= set(services()), words
    elif verb == "cp":
        assert plain[0].partition(":")[0] in services(), words
    elif verb == "build":
        arguments = re.findall(r"--build-arg (\w+)", shlex.join(words))
        known = re.findall(r"^ARG (\w+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
        assert set(arguments) <= set(known), words
    else:
        assert verb in ("up", "ps", "logs"), words


@pytest.mark.parametrize(("document", "command"), commands())
def test_every_command_is_one_that_there_is(document: str, command: str) -> None:
    del document  # it is there to be read when this fails
    check(command)


@pytest.mark.parametrize("wrong", [
    "tensor-tutor bakup FILE", "tensor-tutor doctor --jsn", "python -m sandbox doktor",
    "python -m nothing.there", "make nonsense", "docker compose exec bott tensor-tutor doctor",
    "docker compose exec bot tensor-tutor bakup", "docker compose build --build-arg NO=1", "conda x",
])  # fmt: skip
def test_a_command_that_is_not_there_is_found(wrong: str) -> None:
    with pytest.raises(AssertionError):
        check(wrong)


@pytest.mark.parametrize("words", [
    ["-m", "bot", "--version"], ["-m", "bot", "doctor", "--help"], ["-m", "sandbox", "serve", "--help"],
])  # fmt: skip
def test_harmless_commands_run(words: list[str]) -> None:
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True, timeout=20)


# Paths ------------------------------------------------------------------------------------------


def paths(name: str, text: str) -> set[Path]:
    """Return the files that a document links to, or names by their place below a top folder."""
    prose = FENCE.sub("", text)
    linked = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose)
    tops = r"(?:bot|sandbox|tests|docs|lessons|docker|benchmarks|\.ci)"
    named = re.findall(rf"`({tops}/[\w./-]+)`", prose)
    return {(ROOT / name).parent / one for one in linked} | {ROOT / one for one in named}


@pytest.mark.parametrize(("name", "text"), list(texts()), ids=[name for name, _ in texts()])
def test_every_path_exists(name: str, text: str) -> None:
    gone = [path for path in paths(name, text) if not path.exists()]
    assert [
        path for path in gone if not SAMPLES & set(path.parts) and "NNNN" not in path.name
    ] == []


def test_a_path_that_is_not_there_is_found() -> None:
    found = paths("docs/a.md", "[a](nothing.md) and `bot/nothing.py`")
    assert found == {ROOT / "docs" / "nothing.md", ROOT / "bot" / "nothing.py"}


# Verbs ------------------------------------------------------------------------------------------


async def test_every_verb_is_a_command_on_discord() -> None:
    client = discord.Client(intents=discord.Intents.none())
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(client)
    add_commands(tree, cast("Desk", None))
    known = {one.qualified_name for one in tree.walk_commands()}
    await client.close()
    assert "learn" in known
    for document, text in texts():
        for verb, word in re.findall(r"`/([a-z]+)(?![a-z/])(?: ([a-z-]+))?", FENCE.sub("", text)):
            if verb in NO_VERBS:
                continue
            assert verb in known, (document, verb)
            assert verb not in ("tutor", "mydata") or not word or f"{verb} {word}" in known, word


# Symptoms ---------------------------------------------------------------------------------------


def test_every_message_among_the_symptoms_is_one_that_the_program_says() -> None:
    text = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    table = text.partition("| what you see |")[2].partition("\n\n")[0]
    seen = [row.split("|")[1] for row in table.splitlines() if row.startswith("| ")]
    said = [one for cell in seen for one in re.findall(r"`([^`]+)`", cell)]
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py"))
    assert len(said) >= 8
    assert [one for one in said if one not in source] == []
