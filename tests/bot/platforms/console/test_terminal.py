import asyncio
import io
from collections.abc import Callable, Iterator

import pytest

from bot.platforms.console.app import Console
from bot.platforms.console.conversation import Conversation
from bot.platforms.console.screen import Screen, ScreenGone
from bot.platforms.console.status import StatusLine, status
from bot.platforms.console.terminal import talk_at_terminal
from bot.platforms.console.turn import Answer
from bot.tutor.reply import Button, Code, Note, Ref, Reply
from tests.bot.platforms.console.piped import ENGLISH, ScriptedTutor


class Typist:
    """Sends what the test types; an exception is a key such as Ctrl-C."""

    def __init__(self, *typed: str | BaseException) -> None:
        self.typed = iter(typed)
        self.marks: list[str] = []

    async def __call__(self, mark: str) -> str:
        self.marks.append(mark)
        item = next(self.typed, EOFError())
        if isinstance(item, BaseException):
            raise item
        return item


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(
    conversation: Conversation, out: io.StringIO, new_id: Callable[[], str]
) -> Iterator[Console]:
    return Console(conversation, Screen(out, lambda: 80, colour=False), new_id)  # type: ignore[return-value]


async def talk(console: Console, typist: Typist) -> None:
    assert await console.run(lambda console: talk_at_terminal(console, typist)) == 0


async def test_ctrl_d_leaves_with_a_goodbye_that_says_progress_is_saved(
    console: Console, out: io.StringIO
) -> None:
    await talk(console, Typist(EOFError()))
    assert out.getvalue().endswith(
        "✓ Goodbye! Your progress is saved; come back whenever you like.\n"
    )


async def test_ctrl_c_at_the_prompt_only_clears_the_line(
    console: Console, tutor: ScriptedTutor
) -> None:
    await talk(console, Typist(KeyboardInterrupt(), "/next"))
    assert len(tutor.events) == 2


async def test_several_pasted_blocks_are_the_cells_of_one_message(
    console: Console, out: io.StringIO
) -> None:
    await talk(console, Typist("```\na = 1\n```\nand then\n```py\na\n```"))
    assert "code a = 1; a\n" in out.getvalue()


async def test_pasted_code_without_fences_does_not_run(
    console: Console, tutor: ScriptedTutor, out: io.StringIO
) -> None:
    await talk(console, Typist("x = 1\nprint(x)"))
    assert len(tutor.events) == 1
    assert "To run code, put it between" in out.getvalue()


async def test_a_form_is_asked_at_the_prompt(console: Console, out: io.StringIO) -> None:
    typist = Typist("2", "0.5")
    await talk(console, typist)
    assert typist.marks == ["▸", "? A number ▸", "▸"]
    assert "submitted type {'answer': '0.5'}" in out.getvalue()


async def test_an_answer_of_several_lines_goes_on_until_a_full_stop(
    console: Console, out: io.StringIO
) -> None:
    typist = Typist("3", "a", "b", ".")
    await talk(console, typist)
    assert typist.marks[2:4] == ["…", "…"]
    assert "{'code': 'a\\nb'}" in out.getvalue()


async def test_lines_pasted_into_a_form_are_one_answer(console: Console, out: io.StringIO) -> None:
    await talk(console, Typist("3", "a\nb", "."))
    assert "{'code': 'a\\nb'}" in out.getvalue()


async def test_ctrl_c_leaves_a_form_and_the_buttons_are_there_again(
    console: Console, out: io.StringIO
) -> None:
    await talk(console, Typist("2", KeyboardInterrupt(), "1"))
    assert "pressed go 2" in out.getvalue()


async def test_a_window_that_was_closed_ends_the_console(
    console: Console, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(out, "write", closed)
    with pytest.raises(ScreenGone):
        console.screen.write("x")
    assert await console.run(lambda console: talk_at_terminal(console, Typist())) == 0


async def test_why_no_code_runs_is_told_once_and_again_for_every_run(
    conversation: Conversation, out: io.StringIO, tutor: ScriptedTutor, new_id: Callable[[], str]
) -> None:
    screen = Screen(out, lambda: None, colour=False)
    console = Console(conversation, screen, new_id, trouble=lambda: "this is no Linux: run Docker")
    tutor.actions = ()
    await talk(console, Typist("/next"))
    assert out.getvalue().count("No code can run here: this is no Linux: run Docker.") == 1
    tutor.actions = (Button("Run it again", Ref("again", ("x",))),)
    await talk(console, Typist())
    assert out.getvalue().count("run Docker.") == 2


def waiting(*parts: Note | Code) -> Answer:
    answer = Answer()
    answer.add(Reply(parts, (Button("Stop", Ref("stop")),), slot="run"))
    return answer


def test_the_status_says_what_goes_on_and_what_was_printed_last() -> None:
    answer = waiting(Note("info", "Running for 2.7 s …"), Code("epoch 7\nepoch 8\n", "text"))
    assert status(answer, 3.0, ENGLISH) == "Running for 2.7 s … · epoch 8 · Ctrl-C stops it"


def test_the_status_counts_where_nothing_is_known_yet() -> None:
    assert status(Answer(), 3.25, ENGLISH) == "Working for 3.2 s … · Ctrl-C stops it"


def test_output_in_the_status_cannot_move_the_cursor() -> None:
    answer = waiting(Note("info", "Running …"), Code("\x1b[2J\x07boo", "text"))
    assert status(answer, 1.0, ENGLISH) == "Running … · ␛[2J␇boo · Ctrl-C stops it"


async def test_the_status_line_is_taken_away_at_the_end() -> None:
    out = io.StringIO()
    async with StatusLine(out, lambda: 20)(Answer(), ENGLISH):
        while "Working" not in out.getvalue():
            await asyncio.sleep(0.01)
    shown = out.getvalue()
    assert shown.endswith("\r\x1b[K")
    assert all(len(line) < 20 for line in shown.split("\r\x1b[K"))
