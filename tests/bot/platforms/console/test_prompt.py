import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.locales import load_catalogues
from bot.platforms.console.prompt import Prompt, VerbCompleter, history_in, indent_after, is_open
from bot.tutor.verbs import NAMES
from tests.bot.platforms.console.piped import ENGLISH

ENTER, ESCAPE, CTRL_C, CTRL_D, UP = "\r", "\x1b", "\x03", "\x04", "\x1b[A"
PASTE = "\x1b[200~{}\x1b[201~"


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        yield pipe


@pytest.fixture
def prompt(keys: PipeInput) -> Prompt:
    return Prompt(
        InMemoryHistory(), lambda: ENGLISH, colour=False, input=keys, output=DummyOutput()
    )


async def test_enter_sends_a_line(keys: PipeInput, prompt: Prompt) -> None:
    keys.send_text("/next" + ENTER)
    assert await prompt.ask("▸") == "/next"


async def test_enter_goes_on_inside_a_fence_and_keeps_the_indentation(
    keys: PipeInput, prompt: Prompt
) -> None:
    keys.send_text(ENTER.join(["```", "for i in x:", "print(i)", "```", ""]))
    assert await prompt.ask("▸") == "```\nfor i in x:\n    print(i)\n    ```"


async def test_pasted_code_is_taken_as_it_is(keys: PipeInput, prompt: Prompt) -> None:
    pasted = "```py\nif x:\n    y\n\nz\n```"
    keys.send_text(PASTE.format(pasted) + ENTER)
    assert await prompt.ask("▸") == pasted


async def test_alt_enter_sends_an_open_fence(keys: PipeInput, prompt: Prompt) -> None:
    keys.send_text("```" + ENTER + "x" + ESCAPE + ENTER)
    assert await prompt.ask("▸") == "```\nx"


async def test_ctrl_c_and_ctrl_d_are_told_apart(keys: PipeInput, prompt: Prompt) -> None:
    keys.send_text("abc" + CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        await prompt.ask("▸")
    keys.send_text(CTRL_D)
    with pytest.raises(EOFError):
        await prompt.ask("▸")


async def test_the_history_brings_back_what_was_sent(keys: PipeInput, prompt: Prompt) -> None:
    keys.send_text("/next" + ENTER)
    await prompt.ask("▸")
    keys.send_text(UP + ENTER)
    assert await prompt.ask("▸") == "/next"


async def test_tab_indents_code(keys: PipeInput, prompt: Prompt) -> None:
    keys.send_text("```" + ENTER + "x\ty" + ESCAPE + ENTER)
    assert await prompt.ask("▸") == "```\nx   y"


def completions(text: str, locale: str = "en") -> dict[str, str]:
    completer = VerbCompleter(lambda: load_catalogues().in_locale(locale))
    found = completer.get_completions(Document(text), CompleteEvent())
    return {one.text: one.display_meta_text for one in found}


def test_a_slash_offers_every_verb_with_what_it_does() -> None:
    assert list(completions("/")) == [f"/{name}" for name in NAMES]
    assert completions("/hi") == {"/hint": "Get the next hint for the question or step you are on."}


@pytest.mark.parametrize("text", ["", "h", "/learn ten", "```\n/h"])
def test_nothing_else_is_completed(text: str) -> None:
    assert completions(text) == {}


@pytest.mark.parametrize(("text", "is_it"), [("```", True), ("```\nx\n```", False), ("x", False)])
def test_a_fence_is_open_until_it_is_closed(text: str, *, is_it: bool) -> None:
    assert is_open(text) is is_it


def test_a_colon_indents_the_next_line() -> None:
    assert indent_after("  if x:  ") == "      "
    assert indent_after("  x = 1") == "  "


def test_the_history_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tensor-tutor"
    assert isinstance(history_in(folder), FileHistory)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "history").stat().st_mode) == 0o600


def test_without_a_place_for_it_the_history_lives_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(history_in(tmp_path / "file" / "folder"), InMemoryHistory)
