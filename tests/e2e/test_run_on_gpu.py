"""Code that needs a GPU, through the real program: asked for, waited for, run, and given back."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.locales import load_catalogues
from sandbox.client import connect
from sandbox.wire import Capacity
from tests.e2e.program import Program, environment
from tests.sandbox.fake_gpu import DEVICE, Started, serving_invented_gpus

pytestmark = [pytest.mark.jail, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 100
NEEDS_GPU = f"made = a.to({DEVICE}) + 1\nmade.sum().item()"
HINT = (
    "This code asks for a GPU, and it ran on the CPU. Code for both says "
    '`device = "cuda" if torch.cuda.is_available() else "cpu"`, then for example `x.to(device)`.'
)
BEHIND = (
    "This ran on a GPU. It is given back after a minute without code, sooner if others wait; "
    "variables made there go with it. Your session on the CPU is as it was."
)
Start = Callable[..., Program]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Started]:
    """One invented GPU with one slot."""
    with serving_invented_gpus() as serving:
        yield serving


@pytest.fixture
def start(tmp_path: Path, sandbox: Started) -> Iterator[Start]:
    """Start consoles that share a database and run code in this sandbox."""
    configure(tmp_path, sandbox)
    started: list[Program] = []

    def begin(*arguments: str) -> Program:
        started.append(Program(tmp_path, *arguments))
        return started[-1]

    yield begin
    for program in started:
        program.close()


def configure(folder: Path, sandbox: Started) -> None:
    (folder / "config.yaml").write_text(f"sandbox:\n  socket: {sandbox.path}\n")


def block(code: str) -> str:
    return f"```\n{code}\n```"


def capacity(sandbox: Started) -> Capacity:
    async def ask() -> Capacity:
        async with connect(sandbox.path) as executor:
            return await executor.capacity()

    return asyncio.run(ask())


class Terminal:
    """The program at a terminal of its own, for what a pipe is not shown: how waiting goes on."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._ours, theirs = os.openpty()
        self._seen = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "console", *arguments],
            cwd=folder,
            env=environment(
                folder, TERM="xterm", COLUMNS="100", NO_COLOR="1", PROMPT_TOOLKIT_NO_CPR="1"
            ),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)

    def type(self, line: str) -> None:
        os.write(self._ours, line.encode() + b"\r")

    def shows(self, text: str) -> None:
        """Wait until `text` is shown, after what was waited for before."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while text not in self._seen:
            assert time.monotonic() < give_up, f"no {text!r} in {self._seen!r}"
            try:
                self._seen += os.read(self._ours, 65536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.02)
        self._seen = self._seen.partition(text)[2]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)


@pytest.fixture
def at_terminal(tmp_path: Path, sandbox: Started) -> Iterator[Callable[..., Terminal]]:
    configure(tmp_path, sandbox)
    started: list[Terminal] = []

    def begin(*arguments: str) -> Terminal:
        started.append(Terminal(tmp_path, *arguments))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_code_that_asks_for_a_gpu_runs_on_one_after_what_ran_before(
    start: Start, sandbox: Started, locale: str
) -> None:
    say = load_catalogues().in_locale(locale)
    ada = start("--locale", locale)
    ada.say(block("a = torch.arange(3.0)"))
    asked = ada.say(block(NEEDS_GPU))
    assert "6.0" not in asked
    assert say(HINT).replace("`", "") in asked.replace("`", "")
    assert f"[1] {say('Run on GPU')}" in asked
    assert capacity(sandbox).gpu_free == 1

    shown = ada.say("1")
    assert "6.0" in shown
    assert say(BEHIND) in shown
    assert f"] {say('Run on GPU')}" not in shown
    assert capacity(sandbox).gpu_free == 0

    assert "tensor([0., 1., 2.])" in ada.say(block("a"))
    assert "name 'made' is not defined" in ada.say(block("made"))
    assert ada.leave() == 0
    assert capacity(sandbox).gpu_free == 1


def test_a_plain_error_offers_no_gpu(start: Start) -> None:
    assert "Run on GPU" not in start().say(block("torch.ones(2) + torch.ones(3)"))


def test_the_second_learner_sees_the_place_and_is_served_when_the_first_leaves(
    start: Start, at_terminal: Callable[..., Terminal], sandbox: Started
) -> None:
    ada = start()
    ada.say(block("a = torch.arange(3.0)"))
    ada.say(block(NEEDS_GPU))
    assert "6.0" in ada.say("1")

    bob = at_terminal("--learner", "bob")
    bob.shows("[1]")
    bob.type("```")
    bob.type("a = torch.arange(4.0)")
    bob.type("```")
    bob.shows("It ran in")
    bob.type("```")
    for line in NEEDS_GPU.splitlines():
        bob.type(line)
    bob.type("```")
    bob.shows("[1] Run on GPU")
    bob.type("1")
    bob.shows("Waiting for a GPU: you are next.")
    assert len(capacity(sandbox).gpu_queue) == 1
    assert ada.leave() == 0
    bob.shows("10.0")
    bob.shows("This ran on a GPU.")
