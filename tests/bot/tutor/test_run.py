from collections.abc import Callable

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.event import CodePosted, Place
from bot.tutor.ports import Ended, Lost, Queued, Refused, Running
from bot.tutor.reply import Code, File, Image, Note, Ref
from bot.tutor.run import MOST_CELLS
from bot.tutor.run_view import MOST_FILE
from bot.tutor.tutor import Tutor
from sandbox.inspection import Inspection
from sandbox.wire import MAX_CODE_CHARS, CellError, Figure, Hint, ProducedFile
from tests.doubles.fake_runner import FakeRunner, failure, result, tensor, tensors
from tests.doubles.visitor import Visitor

Restarted = Callable[[], Visitor]


def status(ada: Visitor) -> str:
    (first, *_) = [part for part in ada.seen.parts if isinstance(part, Note)]
    return first.text


async def test_a_run_tells_how_it_went_what_it_printed_and_what_its_value_is(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(printed="hello\n", value="3", inspection=tensors("x"), seconds=0.0352))
    await ada.posts("x = torch.ones(2, 3)\nprint('hello')\n3")
    blocks = [part.text for part in ada.replies[0].parts if isinstance(part, Code)]
    assert status(ada) == "It ran in 35 ms."
    assert blocks == ["hello", "3", "x  new · [2, 3] float32 · cpu · 24 B"]


async def test_output_and_errors_keep_the_order_in_which_they_came(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(output=(("stdout", "one\n"), ("stderr", "two\n"), ("stdout", "three\n"))))
    assert "one\ntwo\nthree" in await ada.posts("...")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (failure(), "Line 1 raised an error, after 12 ms."),
        (result("error"), "It ended with an error, after 12 ms."),
        (result("timeout", seconds=20.0), "Stopped after 20.0 s: that is as long as it may run."),
        (result("oom"), "Stopped: it used more memory than it may."),
        (result("output_limit"), "Stopped: it printed more than it may."),
        (result("killed"), "Its process ended before the code did."),
        (result("interrupted", seconds=3.2), "Stopped by you, after 3.2 s."),
    ],
)
async def test_every_ending_has_a_sentence_of_its_own(
    ada: Visitor, runner: FakeRunner, outcome: object, words: str
) -> None:
    runner.will(outcome)  # type: ignore[arg-type]
    await ada.posts("x")
    assert status(ada) == words


@pytest.mark.parametrize("ending", ["timeout", "oom", "output_limit", "killed", "interrupted"])
async def test_after_a_restored_run_the_learner_hears_that_the_variables_are_as_before(
    ada: Visitor, runner: FakeRunner, ending: str
) -> None:
    await ada.posts("x = 1")
    runner.will(result(ending, restored=True))
    shown = await ada.posts("x += 1\nwhile True: pass")
    assert "Your variables are as they were before this code. Files," in shown
    assert "gone" not in shown
    assert not any("Bring the variables back" in label for label in ada.labels)


async def test_code_that_ran_and_was_taken_back_is_not_replayed(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.posts("x = 1")
    runner.will(result(restored=True), result(alive=False))
    assert "this code is taken back" in await ada.posts("x = 2")
    await ada.posts("y = 1")
    assert "Bring the variables back (run 2 blocks again)" in ada.labels


async def test_the_tensors_of_before_a_restored_run_can_still_be_looked_at(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors("x")), result("timeout", restored=True))
    await ada.posts("x = torch.ones(2, 3)")
    await ada.posts("while True: pass")
    assert "x  [2, 3]" in await ada.says("inspect")
    runner.will(result("timeout"))
    await ada.posts("while True: pass")
    assert "no tensors to look at" in await ada.says("inspect")


async def test_a_run_on_an_earlier_state_says_so(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(rewound=True), result())
    assert "It ran on the state before your last code." in await ada.posts("x = 1")
    assert "the state before" not in await ada.posts("x = 1")


async def test_figures_and_files_left_out_are_counted(ada: Visitor, runner: FakeRunner) -> None:
    files = tuple(ProducedFile(name=f"{n}.txt", data=b"1") for n in range(11))
    long = ProducedFile(name="long.bin", data=bytes(MOST_FILE + 1))
    runner.will(result(figures=(Figure(b"png"),) * 5, files=(long, *files), more_files=2))
    shown = await ada.posts("...")
    assert "… 1 more figure\n" in shown
    assert "… 4 more files\n" in shown
    assert [p.name for p in ada.seen.parts if isinstance(p, File)] == [
        f"{n}.txt" for n in range(10)
    ]
    runner.will(result(figures=(Figure(b"png"),), more_figures=3))
    assert "… 3 more figures" in await ada.posts("...")


async def test_an_error_shows_its_traceback(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(failure("ValueError", "no"))
    assert "ValueError: no" in await ada.posts("raise ValueError('no')")


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Hint("magic", ("%timeit",)), "only plain Python runs"),
        (Hint("shell", ("pip",)), "belong to a shell"),
        (Hint("missing_module", ("pandas", "torch", "numpy")), "there are: torch, numpy."),
        (Hint("missing_module", ("pandas",)), "There is no module `pandas` here."),
        (Hint("no_network"), "There is no network here."),
        (Hint("needs_gpu"), 'device = "cuda" if torch.cuda.is_available() else "cpu"'),
        (Hint("no_input"), "asks for input, and there is none"),
    ],
)
async def test_what_a_sandbox_cannot_do_is_explained(
    ada: Visitor, runner: FakeRunner, hint: Hint, words: str
) -> None:
    error = CellError(type="E", message="m", line=1, traceback="E: m", hint=hint)
    runner.will(result("error", error=error))
    assert words in await ada.posts("x")


async def test_long_output_is_cut_and_comes_whole_as_a_file(
    ada: Visitor, runner: FakeRunner
) -> None:
    printed = "".join(f"{number}\n" for number in range(40))
    runner.will(result(printed=printed))
    shown = await ada.posts("...")
    assert [type(part) for part in ada.seen.parts[:4]] == [Note, Code, Note, File]
    (file,) = [part for part in ada.seen.parts if isinstance(part, File)]
    assert "30 more lines; all of it is in output.txt." in shown
    assert (file.name, file.data.decode()) == ("output.txt", printed)
    assert "\n9\n" in shown
    assert "\n10\n" not in shown


async def test_output_that_is_only_a_little_longer_is_shown_whole(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(printed="line\n" * 15), result(printed="line\n" * 16))
    assert (await ada.posts("...")).count("line") == 15
    assert "output.txt" not in ada.text
    assert (await ada.posts("...")).count("line\n") == 10
    assert "6 more lines; all of it is in output.txt." in ada.text


async def test_one_long_line_is_cut_too(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(printed="x" * 5000, truncated=True))
    shown = await ada.posts("...")
    assert "All of it is in output.txt." in shown
    assert "Only the beginning of the output was kept." in shown
    assert "x" * 1001 not in shown


async def test_hostile_output_loses_its_controls(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(printed="a\x00b\x1b[31m\u202edc\ud800\n"))
    await ada.posts("...")
    (block,) = [part.text for part in ada.seen.parts if isinstance(part, Code)]
    assert block == "a\ufffdb\ufffd[31mdc\ufffd"


async def test_figures_and_files_come_along(ada: Visitor, runner: FakeRunner) -> None:
    file = ProducedFile(name="../../out/w\u202e.txt", data=b"1")
    runner.will(result(figures=(Figure(b"png"),), files=(file,)))
    await ada.posts("plt.plot(x)")
    assert [p.alt for p in ada.seen.parts if isinstance(p, Image)] == [
        "Figure 1, drawn by your code"
    ]
    assert [p.name for p in ada.seen.parts if isinstance(p, File)] == ["w.txt"]


async def test_several_blocks_run_in_order_up_to_the_first_that_fails(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    runner.will(result(printed="one"), failure())
    shown = await ada.posts("first", "second", "third")
    assert runner.code == ["first", "second"]
    assert "Block 1 of 3" in shown
    assert "Block 2 of 3" in shown
    assert "Block 3 of 3" not in shown
    assert len(ada.replies) == 1
    assert [(cell.code, cell.ok) for cell in await store.cells(1)] == [
        ("first", True),
        ("second", False),
    ]


async def test_while_code_waits_and_runs_its_reply_is_kept_up_to_date(
    ada: Visitor, runner: FakeRunner
) -> None:
    output = (("stdout", "".join(f"{n}\n" for n in range(30))),)
    ended = Ended(result("interrupted"), fresh=True)
    runner.will([Queued(3), Queued(1), Running(3.2, output), ended])  # type: ignore[arg-type]
    await ada.posts("while True: pass")
    assert {reply.slot for reply in ada.replies} == {"run:1"}
    said = [" ".join(p.text for p in r.parts if isinstance(p, Note | Code)) for r in ada.replies]
    assert "you are number 3" in said[0]
    assert "you are next" in said[1]
    assert said[2].startswith("Running for 3.2 s … 20\n21\n")
    assert [action.ref.verb for action in ada.replies[2].actions] == ["stop"]  # type: ignore[union-attr]
    assert ada.labels == ["Start"]


async def test_stop_stops_the_code_of_whoever_presses_it(ada: Visitor, runner: FakeRunner) -> None:
    assert "Nothing of yours is running" in await ada.sends(Ref("stop"))
    await ada.posts("x")
    assert "Stopping" in await ada.sends(Ref("stop"))
    assert runner.stopped == 2


async def test_a_reply_that_nobody_reads_on_closes_the_run(
    tutor: Tutor, runner: FakeRunner
) -> None:
    runner.will([Running(1.0, ()), Ended(result(), fresh=True)])
    ada = Visitor(tutor)
    replies = tutor.handle(CodePosted(cells=("x",), **ada._where()))
    async for _ in replies:
        break
    await replies.aclose()
    assert runner.closed_early == 1


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((), "There is no code in that."),
        (("  \n", ""), "There is no code in that."),
        (("x",) * (MOST_CELLS + 1), "post at most 20 at once"),
        (("x" * (MAX_CODE_CHARS + 1),), "at most 65536 characters"),
        (("x = '\ud800'",), "no text"),
    ],
)
async def test_what_cannot_be_run_is_answered_and_not_run(
    ada: Visitor, runner: FakeRunner, store: SqliteStore, cells: tuple[str, ...], words: str
) -> None:
    assert words in await ada.posts(*cells)
    assert runner.ran == []
    assert await store.cells(1) == ()


async def test_input_goes_to_the_code(ada: Visitor, runner: FakeRunner) -> None:
    await ada.posts("name = input()", stdin="Ada\n")
    assert runner.ran[0].stdin == "Ada\n"


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (Refused(4.2), "Try again in 4 seconds."),
        (Refused(0.3), "Try again in 1 second."),
        (Refused(None), "does not answer"),
    ],
)
async def test_a_refused_run_can_be_tried_again(
    ada: Visitor, runner: FakeRunner, refused: Refused, words: str
) -> None:
    runner.will([refused])
    assert words in await ada.posts("y = 2")
    await ada.presses("Run it again")
    assert runner.code == ["y = 2", "y = 2"]
    assert status(ada) == "It ran in 12 ms."


async def test_code_is_answered_where_it_was_posted_and_all_else_privately(tutor: Tutor) -> None:
    ada = Visitor(tutor, place=Place(kind="server", server_id="s", channel_id="c"))
    shown = []
    await ada.posts("x")
    shown.append(ada.seen.visibility)
    await ada.says("learn")
    shown.append(ada.seen.visibility)
    await ada.presses("Run")
    shown.append(ada.seen.visibility)
    assert shown == ["public", "private", "private"]


async def test_a_run_shows_the_tensors_it_touched_and_counts_the_others(
    ada: Visitor, runner: FakeRunner
) -> None:
    both = Inspection(tensors=(tensor("x", change="unchanged"), tensor("y")))
    runner.will(result(inspection=tensors("x")), result(inspection=both))
    assert "x  new · [2, 3]" in await ada.posts("x = torch.ones(2, 3)")
    shown = await ada.posts("y = torch.ones(2, 3)")
    assert "y  new · [2, 3]" in shown
    assert "x  " not in shown
    assert "+1 more: All tensors" in shown


# The lesson's own code --------------------------------------------------------------------------


async def test_run_runs_the_code_of_the_section_and_leads_on(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("learn")
    runner.will(result(inspection=tensors("each", "table", "number", "scores")))
    shown = await ada.says("run")
    assert runner.code[0].startswith("number = torch.tensor(3.0)")
    assert shown.index("number  new") < shown.index("scores  new") < shown.index("table  new")
    assert "+1 more: All tensors" in shown
    assert "Section 2 of 6" in await ada.presses("Next")


async def test_the_run_button_of_another_section_runs_that_one(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("learn")
    await ada.sends(Ref("run", ("tensors-101", "autograd")))
    assert "loss.backward()" in runner.code[0]
    assert "Question 1 of 3" in await ada.presses("Next")


async def test_where_the_lesson_has_no_code_run_says_so(ada: Visitor, runner: FakeRunner) -> None:
    assert "Post code of your own" in await ada.says("run")
    await ada.says("quiz")
    assert "Post code of your own" in await ada.says("run")
    assert "no longer there" in await ada.sends(Ref("run", ("tensors-101", "gone")))
    assert runner.ran == []


async def test_every_run_offers_the_next_step_of_the_lesson(ada: Visitor) -> None:
    await ada.posts("x")
    assert ada.labels == ["Start"]
    await ada.says("learn")
    await ada.posts("x")
    assert ada.labels == ["Next"]
    await ada.says("quiz")
    await ada.posts("x")
    assert "Question 1 of 3" in await ada.presses("Back to the task")
    await ada.says("challenge")
    await ada.posts("x")
    assert ada.labels == ["Submit", "Hint", "Skip", "Back to the task"]


# Lost variables ---------------------------------------------------------------------------------


async def test_a_session_that_died_with_its_code_says_what_is_gone(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.posts("x = 1")
    runner.will(result("killed", alive=False))
    shown = await ada.posts("import os; os._exit(1)")
    assert "Your variables are gone with it; your progress is not." in shown
    shown = await ada.presses("Bring the variables back (run 1 block again)")
    assert "1 block ran again" in shown
    assert runner.code[-1] == "x = 1"


async def test_a_fresh_session_after_a_restart_says_so_and_offers_a_replay(
    ada: Visitor, runner: FakeRunner, restarted: Restarted
) -> None:
    await ada.posts("x = 1")
    await ada.posts("y = x + 1")
    runner.session = False
    ada = restarted()
    shown = await ada.posts("z = 3")
    assert "variables from before are not there" in shown
    await ada.presses("Bring the variables back (run 3 blocks again)")
    assert runner.code[-3:] == ["x = 1", "y = x + 1", "z = 3"]
    assert "3 blocks ran again: their variables are back." in ada.text


async def test_a_first_session_is_nothing_to_speak_of(ada: Visitor) -> None:
    await ada.posts("x = 1")
    assert "variables from before" not in ada.text


async def test_a_lost_session_is_told_and_nothing_runs_unasked(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await ada.posts("x = 1")
    runner.will([Lost("evicted", "no")])
    shown = await ada.posts("y = x + 1")
    assert "Your session had ended, so this did not run." in shown
    await ada.presses("Bring the variables back (run 1 block again), then run this")
    assert runner.code[-2:] == ["x = 1", "y = x + 1"]
    assert status(ada) == "1 block ran again: its variables are back."
    assert [cell.ok for cell in await store.cells(1)] == [True, False, True]


async def test_a_lost_session_can_be_left_behind(ada: Visitor, runner: FakeRunner) -> None:
    await ada.posts("x = 1")
    runner.will([Lost("evicted", "no")])
    await ada.posts("y = 2")
    await ada.presses("Run it in a new session")
    assert runner.code[-2:] == ["y = 2", "y = 2"]


async def test_a_lost_session_that_held_nothing_is_replaced_without_asking(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will([Lost("evicted", "no")])
    await ada.posts("x = 1")
    assert runner.code == ["x = 1", "x = 1"]
    assert status(ada) == "It ran in 12 ms."


async def test_code_that_may_have_run_is_never_run_twice_unasked(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will([Lost("the sandbox is gone", "unknown")])
    shown = await ada.posts("x = 1")
    assert "Your session ended while this ran." in shown
    assert runner.code == ["x = 1"]


async def test_a_replay_stops_where_a_block_no_longer_works(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.posts("x = 1")
    await ada.posts("y = 2")
    runner.will(result("killed", alive=False))
    await ada.posts("boom")
    runner.will(result(), failure())
    shown = await ada.presses("Bring the variables back (run 2 blocks again)")
    assert "Block 2 of 2 did not run as it did before" in shown
    assert "NameError" in shown


async def test_a_replay_gives_each_step_its_values_again(ada: Visitor, runner: FakeRunner) -> None:
    await ada.posts("F = 0")
    await ada.says("challenge")
    await ada.posts("F_new = F[None]")
    runner.session = False
    before = len(runner.ran)
    await ada.sends(Ref("replay"))
    again = runner.ran[before:]
    assert [cell.code for cell in again] == ["F = 0", "F_new = F[None]"]
    assert [set(cell.given) for cell in again] == [set(), {"n", "F", "W", "M"}]


async def test_there_may_be_nothing_to_replay(ada: Visitor) -> None:
    assert "There is nothing to replay." in await ada.sends(Ref("replay"))
    assert "no longer there" in await ada.sends(Ref("replay", ("00000000",)))
    assert "no longer there" in await ada.sends(Ref("again", ("00000000",)))


async def test_reset_clears_variables_and_keeps_progress(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await ada.says("learn")
    await ada.says("next")
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x = 1")
    shown = await ada.says("reset")
    assert "Your variables are cleared. Your progress is kept." in shown
    assert not runner.session
    assert await store.cells(1) == ()
    assert "no tensors to look at" in await ada.says("inspect")
    assert "Section 2 of 6" in await ada.says("learn")
