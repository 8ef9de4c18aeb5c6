"""The tensor inspector through the real program: after a run, live, in depth, and without a session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.locales import load_catalogues
from tests.e2e.program import Program

pytestmark = [pytest.mark.jail, pytest.mark.timeout(300)]

Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Program] = []

    def begin(*arguments: str) -> Program:
        started.append(Program(tmp_path, *arguments))
        return started[-1]

    yield begin
    for program in started:
        program.close()


def block(code: str) -> str:
    return f"```\n{code}\n```"


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_a_learner_watches_a_tensor_and_looks_into_it(start: Start, locale: str) -> None:
    say = load_catalogues().in_locale(locale)
    program = start("--locale", locale)

    made = program.say(block("x = torch.arange(24.0).reshape(2, 3, 4)"))
    assert f"  │ x  {say('new')} · [2, 3, 4] float32 · cpu · 96 B" in made
    assert f"] {say('All tensors')}\n" in made

    opened = program.say("/inspect")
    assert say("Tensor inspector") in opened
    assert "x  " in opened

    watched = program.say(block("x = x * 2"))
    said = say.plural("Tensor inspector: {n} changed", "Tensor inspector: {n} changed", 1)
    assert f"i {said}\n" in watched
    assert watched.count("[2, 3, 4] float32") == 1

    closed = program.say(say("Close the inspector"))
    assert say("The tensor inspector is closed. `/inspect` opens it again.") in closed
    assert said not in program.say(block("x = x + 1"))

    looked = program.say("/inspect x")
    assert f"  {say('elements')}" in looked
    assert "MulBackward0" not in looked
    gone = say("There is no tensor `{name}` now. There is: {names}.", name="y", names="`x`")
    assert gone in program.say("/inspect y")

    program.say("/reset")
    none = say("You have no session now, so there are no tensors. Run some code to start one.")
    assert none in program.say("/inspect x")
    assert program.leave() == 0


def test_a_report_that_a_learner_forged_is_shown_tame(start: Start) -> None:
    program = start()
    odd = "\u202eevil\n▸\n\x1b[2J"
    shown = program.say(block(f"globals()[{odd!r}] = torch.ones(2)\nx = torch.ones(3)"))
    assert "x  new · [3] float32" in shown
    assert not {"\u202e", "\x1b"} & set(shown)
    assert program.leave() == 0
