"""Every command in docs/deploying.md by which the tutor is run and kept does what is said there."""

import asyncio
import json
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.documents.reading import ROOT, blocks, exercises
from tests.documents.served import joined, served
from tests.documents.stage import MARKS, Stage, commit, program
from tests.doubles.discord.double import TOKEN, Discord
from tests.e2e.program import Program

pytestmark = MARKS
pytest_plugins = ["tests.documents.fixtures"]

DEPLOYING = "docs/deploying.md"


# Serving Discord --------------------------------------------------------------------------------


@exercises(
    "DISCORD_TOKEN='…' .venv/bin/tensor-tutor discord",
    "export DISCORD_TOKEN='…' … .venv/bin/tensor-tutor discord",
    "tensor-tutor serve",
)
async def test_the_bot_connects_registers_its_commands_and_ends_when_asked(
    quick: Stage, script: str
) -> None:
    async with Discord() as double:
        environ = double.environ
        if "DISCORD_TOKEN" in script:
            del environ["DISCORD_TOKEN"]
        async with served(quick, double, script.replace("…", TOKEN), environ):
            assert "learn" in {one["name"] for one in double.application.commands}
        assert double.violations == []


@exercises("systemctl stop tensor-tutor … systemctl start tensor-tutor")
async def test_what_the_service_backs_up_by_itself_is_restored(quick: Stage, script: str) -> None:
    backups, service = quick.folder / "backups", as_a_service(quick)
    assert "Section 2 of" in progress(quick, "/learn", "/next")
    (block,) = [text for text in blocks(DEPLOYING, "yaml") if text.startswith("backup:")]
    with (quick.checkout / "config.yaml").open("a") as config:
        config.write(block.replace("/var/backups/tensor-tutor", str(backups)))
    async with Discord() as double:
        lines = (f"{name}={value}\n" for name, value in double.environ.items())
        (service / "tensor-tutor.env").write_text("".join(lines))
        await asyncio.to_thread(quick.said, "systemctl start tensor-tutor")
        await joined(double, service / "log")
        made = await first_file(backups)
        await asyncio.to_thread(quick.said, "systemctl stop tensor-tutor")
        assert (service / "status").read_text() == "0"
        assert "Section 3 of" in progress(quick, "/next")
        await asyncio.to_thread(quick.said, "systemctl start tensor-tutor")
        await joined(double, service / "log")
        filled = re.sub(r"/var/backups/tensor-tutor/\S+", str(made), script)
        assert filled != script
        await asyncio.to_thread(quick.said, filled)
        await joined(double, service / "log")
        await asyncio.to_thread(quick.said, "systemctl stop tensor-tutor")
    assert (service / "status").read_text() == "0"
    assert "Section 2 of" in progress(quick, "/learn")
    assert (quick.checkout / "broken/tensor-tutor.sqlite3").exists()


def progress(here: Stage, *lines: str) -> str:
    return here.said("tensor-tutor console", stdin="".join(f"{line}\n" for line in lines))


def as_a_service(here: Stage) -> Path:
    """Have a `systemctl` that runs the program as the document's unit says; return its folder."""
    folder = here.folder / "service"
    folder.mkdir()
    (unit,) = blocks(DEPLOYING, "ini")
    places = {
        "/srv/tensor-tutor": str(here.checkout),
        "/etc/tensor-tutor.env": str(folder / "tensor-tutor.env"),
    }
    for place, own in places.items():
        assert place in unit
        unit = unit.replace(place, own)
    (folder / "tensor-tutor.service").write_text(unit)
    stands_in = ROOT / "tests/documents/systemctl.py"
    program(
        here.stubs / "systemctl", f'#!/bin/sh\nexec {sys.executable} {stands_in} {folder} "$@"\n'
    )
    return folder


async def first_file(folder: Path) -> Path:
    async with asyncio.timeout(60):
        while not (folder.is_dir() and list(folder.glob("*.sqlite3"))):
            await asyncio.sleep(0.1)
    (made,) = folder.glob("*.sqlite3")
    return made


# Operating --------------------------------------------------------------------------------------


@exercises("tensor-tutor backup FILE")
def test_a_backup_beside_the_running_program_has_what_was_learned(
    quick: Stage, script: str
) -> None:
    running = Program(quick.checkout, environ=quick.environ({"PYTHONPATH": str(quick.checkout)}))
    try:
        assert "Section 2 of" in (running.say("/learn") and running.say("/next"))
        said = quick.said(script.replace("FILE", "copy.sqlite3"))
        assert said.startswith("copy.sqlite3: ")
    finally:
        running.close()
    with closing(sqlite3.connect(quick.checkout / "copy.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM learner").fetchone() == (1,)


@pytest.mark.jail
@exercises("tensor-tutor doctor")
async def test_the_doctor_looks_at_every_part(ready: Stage, script: str) -> None:
    async with Discord() as double:
        double.guild("Physics")
        said = await asyncio.to_thread(ready.said, script, environ=double.environ)
    for part in ("configuration", "database", "lessons", "sandbox", "Discord"):
        assert re.search(rf"^(ok|note) +{part}: ", said, re.MULTILINE), said
    assert said.endswith("Nothing is wrong.\n")
    assert TOKEN not in said


@pytest.mark.jail
@exercises("python -m sandbox doctor", "python -m sandbox doctor --json")
def test_the_sandboxs_doctor_names_the_tier(
    checkout: Stage, sandbox_socket: Path, script: str
) -> None:
    said = checkout.said(script)
    if "--json" in script:
        found = json.loads(said)
        assert (found["serves"], found["tier"] in "ABC") == (True, True)
    else:
        assert re.match(r"ready: tier [ABC], torch ", said)


@pytest.mark.jail
@exercises("python -m sandbox run FILE --json")
def test_one_file_is_run_and_what_happened_is_printed(
    checkout: Stage, sandbox_socket: Path, script: str
) -> None:
    (checkout.checkout / "cell.py").write_text("x = torch.ones(2, 3)\nprint('out')\nx.sum()\n")
    result = json.loads(checkout.said(script.replace("FILE", "cell.py")))
    assert (result["status"], result["value"]) == ("ok", "tensor(6.)")
    assert result["output"] == [["stdout", "out\n"]]
    assert [one["name"] for one in result["inspection"]["tensors"]] == ["x"]


@exercises("python -m sandbox serve --help")
def test_the_sandbox_has_the_flags_that_the_guide_gives_it(checkout: Stage, script: str) -> None:
    guide = (ROOT / DEPLOYING).read_text("utf-8")
    named = re.findall(r"SANDBOX_FLAGS=(--[^`\n]+)`|SANDBOX_FLAGS`[^\n]*?`(--[^`]+)`", guide)
    flags = {flag for found in named for flag in re.findall(r"--[a-z-]+", " ".join(found))}
    assert {"--wall-seconds", "--max-sessions", "--log-level"} <= flags
    said = checkout.said(script)
    assert [flag for flag in flags if flag not in said] == []


@exercises("git pull")
def test_an_upgrade_brings_what_is_new(checkout: Stage, script: str) -> None:
    (checkout.upstream / "docs/news.md").write_text("New.\n")
    commit(checkout, "Tell what is new")
    checkout.said(script)
    assert (checkout.checkout / "docs/news.md").read_text() == "New.\n"


@pytest.mark.skipif(not shutil.which("ssh"), reason="needs ssh")
@exercises("ssh -L 9464:127.0.0.1:9464 host")
def test_the_tunnel_leads_to_the_port_that_the_guide_opens(checkout: Stage, script: str) -> None:
    (text,) = [text for text in blocks(DEPLOYING, "yaml") if text.startswith("watch:")]
    watch = yaml.safe_load(text)["watch"]
    said = checkout.said(script.replace("ssh ", "ssh -G -F none "))
    assert f"localforward {watch['port']} [{watch['host']}]:{watch['port']}" in said
