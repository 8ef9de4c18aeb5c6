"""Somebody else's code runs apart, and touches nothing of whoever asked for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.admission import Admission, Limits
from bot.storage.sqlite import SqliteStore
from bot.tutor.event import CodePosted, Place
from bot.tutor.ports import Ended, Lost, Refused, Running
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from sandbox.client import connect
from tests.doubles.fake_runner import FakeRunner, failure, result, tensors
from tests.doubles.visitor import Visitor

QUICK = Limits(first_sign=5.0)
SERVER = Place(kind="server", server_id="s", channel_id="c")
APART = "This is somebody else's code. It ran apart: your variables are as they were."


@pytest.fixture
def ada(tutor: Tutor) -> Visitor:
    return Visitor(tutor, place=SERVER)


async def test_it_is_answered_privately_and_kept_nowhere(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    runner.will(result(inspection=tensors("mine")))
    await ada.posts("mine = torch.ones(2, 3)")
    runner.will(result(printed="theirs", inspection=tensors("theirs")))
    shown = await ada.runs_of_another("theirs = 1")
    assert "theirs" in shown
    assert APART in shown
    assert ada.seen.visibility == "private"
    assert ada.labels == ["Start"]
    assert [code for _, code in runner.aside] == ["theirs = 1"]
    assert runner.code == ["mine = torch.ones(2, 3)"]
    assert [cell.code for cell in await store.cells(1)] == ["mine = torch.ones(2, 3)"]
    looked = await ada.says("inspect")
    assert "mine" in looked
    assert "theirs" not in looked


async def test_its_session_is_its_own_and_ends_with_it(ada: Visitor, runner: FakeRunner) -> None:
    await ada.runs_of_another("a", "b")
    await ada.runs_of_another("c")
    names = [name for name, _ in runner.aside]
    assert names[0] == names[1] != names[2]
    assert runner.left == [names[0], names[2]]
    assert not runner.session


async def test_it_stops_at_the_first_block_that_fails(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(), failure())
    shown = await ada.runs_of_another("a", "b", "c")
    assert [code for _, code in runner.aside] == ["a", "b"]
    assert "NameError" in shown
    assert not {"Edit & run", "Run again", "Submit"} & set(ada.labels)


async def test_the_answer_has_a_slot_apart_from_its_authors(ada: Visitor, tutor: Tutor) -> None:
    await ada.runs_of_another("a")
    bob = Visitor(tutor, "bob", place=SERVER)
    await bob.runs_of_another("a")
    slots = {ada.seen.slot, bob.seen.slot}
    assert len(slots) == 2
    assert not any(slot and slot.startswith("run:") for slot in slots)


async def test_an_open_inspector_is_left_alone(ada: Visitor, runner: FakeRunner) -> None:
    await ada.says("inspect")
    runner.will(result(inspection=tensors("theirs")))
    shown = await ada.runs_of_another("theirs = 1")
    assert len({reply.slot for reply in ada.replies}) == 1
    assert "theirs  new" in shown


async def test_its_session_ends_when_nobody_reads_on(tutor: Tutor, runner: FakeRunner) -> None:
    runner.will([Running(1.0, ()), Ended(result(), fresh=True)])
    ada = Visitor(tutor, place=SERVER)
    replies = tutor.handle(CodePosted(cells=("x",), own=False, **ada._where()))
    async for reply in replies:
        assert reply.visibility == "private"
        break
    await replies.aclose()
    assert runner.closed_early == 1
    assert len(runner.left) == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ([Lost("evicted", "yes")], "The session for it ended before the code did."),
        ([Refused(3.0)], "There is no free place just now."),
        ([Refused(None)], "does not answer"),
    ],
)
async def test_when_it_cannot_run_nothing_of_the_learners_is_said_to_be_gone(
    ada: Visitor, runner: FakeRunner, outcome: list[Lost | Refused], words: str
) -> None:
    runner.will(outcome)  # type: ignore[arg-type]
    shown = await ada.runs_of_another("x")
    assert words in shown
    assert "gone" not in shown


@pytest.mark.parametrize("cells", [(), (" ",), ("x" * 70_000,), ("x",) * 21])
async def test_what_cannot_be_run_is_said_privately(
    ada: Visitor, runner: FakeRunner, cells: tuple[str, ...]
) -> None:
    await ada.runs_of_another(*cells)
    assert ada.seen.visibility == "private"
    assert runner.aside == []


# On the real sandbox ----------------------------------------------------------------------------


@pytest.mark.jail
async def test_it_shares_nothing_with_the_learners_own_session(
    sandbox_socket: Path, services: Services
) -> None:
    async with connect(sandbox_socket) as executor:
        admission = Admission(executor, QUICK)
        ada = Visitor(Tutor(replace(services, runner=admission)), place=SERVER)
        before = (await executor.capacity()).sessions
        await ada.posts("x = torch.ones(2, 3)\nopen('mine.txt', 'w').write('secret')")
        shown = await ada.runs_of_another(
            "x = 'theirs'\nprint('x' in globals())",
            "print(x)\nimport os\nprint(os.path.exists('mine.txt'))",
            "print(no_such_name)",
            "print('never')",
        )
        assert "theirs\nFalse" in shown
        assert "NameError" in shown
        assert "never" not in shown
        assert (await executor.capacity()).sessions == before + 1
        assert "torch.Size([2, 3])" in await ada.posts("print(x.shape)")
        await admission.aclose()
