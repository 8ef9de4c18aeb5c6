import asyncio
import os
import signal

import pytest

from bot.platforms.console import turn
from bot.tutor.event import CodePosted, MessageKey
from tests.bot.platforms.console.piped import Piped, until


async def test_a_newcomer_hears_what_this_is_and_what_is_stored(piped: Piped) -> None:
    piped.end()
    assert await piped.run(newcomer=True) == 0
    text = piped.out.getvalue()
    assert text.startswith("Tensor Tutor\nA PyTorch tutor")
    assert "kept in the database file" in text
    assert "command learn\n" in text
    assert text.endswith("[b] Blue\n▸\n")


async def test_who_comes_back_hears_where_they_left_off(piped: Piped) -> None:
    piped.end()
    assert await piped.run() == 0
    text = piped.out.getvalue()
    assert "Welcome back, Ada." in text
    assert "database" not in text
    assert "command learn\n" in text


async def test_each_line_is_answered_before_its_end_mark(piped: Piped) -> None:
    piped.feed("/next\n다음\n1\nGo on\n/learn one two\n")
    await piped.run()
    assert [answer.splitlines()[0] for answer in piped.answers] == [
        "command next",
        "command next",
        "pressed go 2",
        "pressed go 2",
        "command learn one two",
    ]


async def test_a_line_is_read_only_after_the_answer_before_it(piped: Piped) -> None:
    piped.tutor.wait = asyncio.Event()
    piped.feed("```\nx\n```\n/next\n")
    running = asyncio.create_task(piped.run())
    await until(lambda: len(piped.tutor.events) >= 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(piped.tutor.events) == 2
    piped.tutor.wait.set()
    await running
    assert len(piped.tutor.events) == 3


async def test_of_interim_replies_only_the_last_is_printed(piped: Piped) -> None:
    piped.tutor.wait = asyncio.Event()
    piped.tutor.wait.set()
    piped.feed("```python\nx = 1\nx\n```\n")
    await piped.run()
    (answer,) = piped.answers
    assert answer.startswith("code x = 1 x\n")
    assert "interim" not in answer


async def test_code_goes_to_the_tutor_as_it_was_typed(piped: Piped) -> None:
    piped.feed("```\nif x:\n    y = 1\n\n```\n")
    await piped.run()
    event = piped.tutor.events[-1]
    assert isinstance(event, CodePosted)
    assert event.cells == ("if x:\n    y = 1\n",)


async def test_every_event_has_a_message_key_of_its_own(piped: Piped) -> None:
    piped.feed("/next\n/next\n")
    await piped.run()
    keys = [event.key for event in piped.tutor.events]
    assert len(set(keys)) == len(keys) == 3
    assert keys[0] == MessageKey("console", "ada", "id1")


async def test_code_that_no_fence_closes_runs_at_the_end(piped: Piped) -> None:
    piped.feed("```\nx = 1")
    await piped.run()
    assert piped.answers[0].startswith("code x = 1\n")


async def test_unfenced_code_never_runs_and_says_how_to(piped: Piped) -> None:
    piped.feed("print(1)\n")
    await piped.run()
    assert len(piped.tutor.events) == 1
    (answer,) = piped.answers
    assert "To run code, put it between two lines of three backticks" in answer
    assert "You can also press 1, 2, 3, a, b" in answer


async def test_an_unknown_key_says_which_there_are(piped: Piped) -> None:
    piped.feed("9\n")
    await piped.run()
    assert piped.answers == ["i There is no `9` here. You can press: 1, 2, 3, a, b.\n"]


async def test_code_of_another_language_does_not_run(piped: Piped) -> None:
    piped.feed("```bash\nrm -rf /\n```\n")
    await piped.run()
    assert "marked `bash`, and only Python runs here. Write `python` after" in piped.answers[0]
    assert len(piped.tutor.events) == 1


async def test_several_options_are_picked_at_once(piped: Piped) -> None:
    piped.feed("b a\n")
    await piped.run()
    assert piped.answers[0].startswith("pressed pick blue red\n")


async def test_a_form_asks_and_takes_the_next_line(piped: Piped) -> None:
    piped.feed("Answer\n0.5\n")
    await piped.run()
    asked, submitted = piped.answers
    assert asked == "Answer the question\n? A number\n"
    assert submitted.startswith("submitted type {'answer': '0.5'}\n")


async def test_a_form_asks_again_when_the_line_is_empty(piped: Piped) -> None:
    piped.feed("2\n\n7\n")
    await piped.run()
    assert piped.answers[1].endswith("? A number\n")
    assert piped.answers[2].startswith("submitted type {'answer': '7'}\n")


async def test_a_word_that_is_a_verb_is_an_answer_while_a_form_asks(piped: Piped) -> None:
    piped.feed("2\nnext\n")
    await piped.run()
    assert piped.answers[1].startswith("submitted type {'answer': 'next'}\n")


async def test_a_command_leaves_a_form(piped: Piped) -> None:
    piped.feed("2\n/next\n5\n")
    await piped.run()
    assert piped.answers[1].startswith("command next\n")
    assert "There is no `5` here" in piped.answers[2]


async def test_a_fenced_block_fills_a_form_and_does_not_run(piped: Piped) -> None:
    piped.feed("3\n```\nx = 1\n```\n")
    await piped.run()
    asked, submitted = piped.answers
    assert "? Your code (between ``` lines, or end with a line that is just .)" in asked
    assert submitted.startswith("submitted write {'code': 'x = 1'}\n")


async def test_help_tells_about_the_console_too(piped: Piped) -> None:
    piped.feed("/help\n")
    await piped.run()
    assert "command help" in piped.answers[0]
    assert "In this console" in piped.answers[0]


async def test_quit_says_goodbye_and_reads_no_further(piped: Piped) -> None:
    piped.feed("/quit\n/next\n")
    assert await piped.run() == 0
    assert piped.answers == ["✓ Goodbye! Your progress is saved; come back whenever you like.\n"]


async def test_bytes_that_are_no_text_are_told_and_harm_nothing(piped: Piped) -> None:
    piped.feed(b"\xff\xfe\n```\n\xff\n```\n/next\n")
    await piped.run()
    assert ["could not be read" in answer for answer in piped.answers] == [True, True, False]


async def test_blank_lines_get_no_answer(piped: Piped) -> None:
    piped.feed("\n   \n\n")
    await piped.run()
    assert piped.answers == []


async def test_a_failure_inside_is_an_apology_and_the_console_goes_on(
    piped: Piped, caplog: pytest.LogCaptureFixture
) -> None:
    piped.feed("/next\n", end=False)
    running = asyncio.create_task(piped.run())
    await until(lambda: len(piped.tutor.events) >= 2)
    piped.tutor.fail = True
    piped.feed("/next\n", end=False)
    await until(lambda: "went wrong" in piped.out.getvalue())
    piped.tutor.fail = False
    piped.feed("/back\n")
    await running
    assert piped.answers[-1].startswith("command back")
    assert "broken inside" in caplog.text
    assert "broken inside" not in piped.out.getvalue()


async def test_ctrl_c_stops_the_run_and_not_the_program(piped: Piped) -> None:
    piped.tutor.wait = asyncio.Event()
    piped.feed("```\nx\n```\n/next\n")
    running = asyncio.create_task(piped.run())
    await until(lambda: len(piped.tutor.events) >= 2)
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 0
    assert piped.answers[0].startswith("code x\n")
    assert piped.answers[1].startswith("command next\n")


async def test_ctrl_c_twice_stops_waiting(piped: Piped) -> None:
    piped.tutor.wait = asyncio.Event()
    piped.tutor.wait.set = lambda: None  # type: ignore[method-assign]  # a run that will not stop
    piped.feed("```\nx\n```\n")
    running = asyncio.create_task(piped.run())
    await until(lambda: len(piped.tutor.events) >= 2)
    os.kill(os.getpid(), signal.SIGINT)
    await until(lambda: len(piped.tutor.events) >= 3)
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 0
    assert "Stopped waiting for that." in piped.answers[0]


async def test_ctrl_c_stops_waiting_for_what_is_no_run(
    piped: Piped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "PATIENCE", 0.01)
    piped.tutor.wait = asyncio.Event()
    piped.tutor.stoppable = False
    piped.feed("```\nx\n```\n/next\n")
    running = asyncio.create_task(piped.run())
    await until(lambda: len(piped.tutor.events) >= 2)
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 0
    assert "Stopped waiting for that." in piped.answers[0]
    assert piped.answers[1].startswith("command next\n")


async def test_ctrl_c_with_nothing_going_on_leaves(piped: Piped) -> None:
    running = asyncio.create_task(piped.run())
    await until(lambda: "▸" in piped.out.getvalue())
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 130


async def test_a_polite_end_is_a_clean_one(piped: Piped) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        running = asyncio.create_task(piped.run())
        await asyncio.sleep(0.01)
        os.kill(os.getpid(), number)
        assert await running == 0
