"""What is kept about somebody: shown in one file, and deleted when they say so twice."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.event import CodePosted, Place
from bot.tutor.ports import Ended, Running
from bot.tutor.reply import Button, File, Ref
from bot.tutor.run_view import MOST_FILE
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from tests.doubles.fake_runner import FakeRunner, result, tensors
from tests.doubles.visitor import Visitor, offers

DM = Place(kind="dm", channel_id="d")
SERVER = Place(kind="server", server_id="s", channel_id="c")
TERMINAL = Place(kind="terminal")


@pytest.fixture(params=[DM, TERMINAL], ids=["chat", "console"])
def ada(tutor: Tutor, request: pytest.FixtureRequest) -> Visitor:
    return Visitor(tutor, place=request.param)


async def study(ada: Visitor) -> None:
    await ada.says("learn")
    await ada.posts("x = 1")
    await ada.says("challenge")
    await ada.posts("F_new = F * 2")
    await ada.says("submit")
    await ada.says("hint")
    await ada.writes("y = 2")


def rows(tmp_path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(tmp_path / "tutor.db")) as database:
        tables = ("learner", "identity", "position", "reading", "attempt", "note", "cell", "draft")
        return {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables
        }


# Export -----------------------------------------------------------------------------------------


async def test_an_export_holds_all_that_was_done(ada: Visitor) -> None:
    await study(ada)
    await ada.says("mydata", "export")
    (file,) = [part for part in ada.seen.parts if isinstance(part, File)]
    assert file.name == "my-data.json"
    assert file.data.endswith(b"}\n")
    kept = json.loads(file.data)
    assert kept["name"] == "ada"
    assert [cell["code"] for cell in kept["cells"]] == ["x = 1", "F_new = F * 2"]
    assert [attempt["outcome"] for attempt in kept["attempts"]] == ["wrong"]
    assert [draft["code"] for draft in kept["drafts"]] == ["y = 2"]
    assert ada.seen.visibility == "private"


async def test_an_export_is_of_whoever_asks_and_private_in_a_server(tutor: Tutor) -> None:
    ada, bob = Visitor(tutor, place=SERVER), Visitor(tutor, "bob", place=SERVER)
    await ada.posts("secret = 1")
    for export in (bob.says("mydata", "export"), bob.writes("mydata export")):
        await export
        (file,) = [part for part in bob.seen.parts if isinstance(part, File)]
        assert json.loads(file.data)["name"] == "bob"
        assert b"secret" not in file.data
        assert bob.seen.visibility == "private"


async def test_a_long_export_is_packed(tutor: Tutor, store: SqliteStore) -> None:
    ada = Visitor(tutor, place=DM)
    await ada.says("learn")
    for number in range(MOST_FILE // 60_000 + 2):
        await ada.posts(f"x = {number}  # " + "a" * 60_000)
    shown = await ada.says("mydata", "export")
    assert "packed" in shown
    (file,) = [part for part in ada.seen.parts if isinstance(part, File)]
    assert len(file.data) < MOST_FILE
    assert json.loads(gzip.decompress(file.data))["name"] == "ada"


# Delete -----------------------------------------------------------------------------------------


async def test_deleting_asks_first_and_then_leaves_nothing(
    ada: Visitor, tmp_path: Path, runner: FakeRunner
) -> None:
    await study(ada)
    shown = await ada.says("mydata", "delete")
    assert "for good" in shown
    assert rows(tmp_path)["cell"] == 2
    (danger,) = [a for a in ada.seen.actions if isinstance(a, Button) and a.style == "danger"]
    assert danger.label == "Delete everything"
    assert "Everything about you is deleted." in await ada.presses("Delete everything")
    assert rows(tmp_path) == dict.fromkeys(rows(tmp_path), 0)
    assert runner.forgotten == [1]


async def test_whoever_comes_back_is_a_stranger(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x = torch.ones(2, 3)")
    await ada.says("mydata", "delete")
    await ada.presses("Delete everything")
    shown = await ada.presses("Start")
    assert "Section 1 of 6" in shown
    assert "deletes them" in shown
    assert "no tensors to look at" in await ada.says("inspect")


async def test_it_can_be_thought_better_of(ada: Visitor, tmp_path: Path) -> None:
    await study(ada)
    await ada.says("mydata", "delete")
    before = rows(tmp_path)
    assert "Step 1 of 3" in await ada.presses("Keep everything")
    assert rows(tmp_path) == before


async def test_what_was_asked_before_more_was_done_is_asked_again(
    ada: Visitor, tmp_path: Path, restarted: Callable[[], Visitor]
) -> None:
    await study(ada)
    await ada.says("mydata", "delete")
    old = dict(offers(ada.seen.actions))["Delete everything"]
    await ada.posts("z = 3")
    shown = await ada.sends(old)
    assert "There is more to delete since this was asked" in shown
    assert rows(tmp_path)["learner"] == 1
    new = dict(offers(ada.seen.actions))["Delete everything"]
    await restarted().sends(new)
    assert rows(tmp_path)["learner"] == 0


async def test_somebody_elses_confirmation_deletes_nobody(
    ada: Visitor, tutor: Tutor, tmp_path: Path
) -> None:
    await ada.says("mydata", "delete")
    ref = dict(offers(ada.seen.actions))["Delete everything"]
    bob = Visitor(tutor, "bob", place=DM)
    await bob.sends(ref)
    assert rows(tmp_path)["learner"] == 2


@pytest.mark.parametrize("args", [(), ("nonsense",), ("\ud800" * 50,)])
async def test_without_a_choice_there_is_one(ada: Visitor, args: tuple[str, ...]) -> None:
    shown = await ada.says("mydata", *args)
    assert "are kept" in shown
    assert ada.labels[:2] == ["Get a copy of it", "Delete all of it …"]
    assert "for good" in await ada.presses("Delete all of it …")


@pytest.mark.parametrize("word", ["내정보", "mydata"])
async def test_it_is_asked_for_in_both_languages(ada: Visitor, word: str) -> None:
    await ada.says("language", "ko")
    await ada.says(word, "삭제")
    assert "모두 지우기" in ada.labels


# Meanwhile --------------------------------------------------------------------------------------


async def test_a_run_that_goes_on_ends_kindly_and_keeps_nothing(
    tutor: Tutor, runner: FakeRunner, tmp_path: Path
) -> None:
    ada = Visitor(tutor, place=DM)
    await ada.says("learn")
    runner.will([Running(1.0, ()), Ended(result(), fresh=True)])
    run = tutor.handle(CodePosted(cells=("x = 1",), **ada._where()))
    slot = (await anext(run)).slot
    await ada.says("mydata", "delete")
    await ada.presses("Delete everything")
    said = [reply async for reply in run]
    assert len(said) == 1
    assert said[0].slot == slot
    assert "was deleted meanwhile" in str(said[0].parts)
    assert rows(tmp_path) == dict.fromkeys(rows(tmp_path), 0)


async def test_a_submission_that_is_graded_ends_kindly_and_keeps_nothing(
    services: Services, tmp_path: Path
) -> None:
    tutor = Tutor(services)
    ada = Visitor(tutor, place=DM)
    await ada.says("challenge")
    other = Visitor(tutor, place=DM)

    class DeletesMeanwhile:
        def __getattr__(self, name: str) -> object:
            return getattr(services.assessor, name)

        async def assess(self, *args: object) -> object:
            await other.says("mydata", "delete")
            await other.presses("Delete everything")
            return await services.assessor.assess(*args)  # type: ignore[arg-type]

    tutor._services = replace(services, assessor=DeletesMeanwhile())  # type: ignore[arg-type]
    await ada.posts("F_new = F * 2")
    await ada.presses("Submit")
    assert "was deleted meanwhile" in ada.text
    assert rows(tmp_path) == dict.fromkeys(rows(tmp_path), 0)
    assert tutor._meanwhile.being_graded == set()
    assert "Checking" not in str(ada.replies[-1])
    assert ada.replies[0].slot == ada.replies[-1].slot


async def test_the_next_learner_gets_nothing_of_the_one_who_left(
    tutor: Tutor, store: SqliteStore
) -> None:
    ada = Visitor(tutor, place=DM)
    await study(ada)
    await ada.says("mydata", "delete")
    await ada.presses("Delete everything")
    bob = Visitor(tutor, "bob", place=DM)
    await bob.says("learn")
    known = await store.known(bob._actor)
    assert known is not None
    assert known.id == 2
    assert "no longer there" in await bob.sends(Ref("again", ("00000000",)))
