from bot.tutor.event import Place
from bot.tutor.reply import Code, Image, Note, Reply
from bot.tutor.tutor import Tutor
from sandbox.inspection import Inspection
from tests.doubles.fake_runner import FakeRunner, failure, result, tensor, tensors
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import Visitor, words_of

IN_A_CHAT = Place(kind="dm")


def in_slot(ada: Visitor, slot: str | None) -> list[Reply]:
    return [reply for reply in ada.replies if reply.slot == slot]


def said(reply: Reply) -> str:
    return "\n".join(map(words_of, reply.parts))


async def test_before_any_run_the_inspector_opens_empty_and_waits(
    ada: Visitor, runner: FakeRunner
) -> None:
    assert "Run some code that makes one" in await ada.says("inspect")
    slot = ada.seen.slot
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x")
    assert "x  new" in said(in_slot(ada, slot)[-1])


async def test_an_open_inspector_is_edited_after_each_run_and_the_run_says_one_line(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x")
    await ada.says("inspect")
    slot = ada.seen.slot
    assert slot is not None
    pictures.drawn.clear()
    changed = Inspection(tensors=(tensor("x", change="in_place", writes=1), tensor("y")))
    runner.will(result(inspection=changed))
    await ada.posts("x += 1")
    (run,) = in_slot(ada, "run:3")
    assert "Tensor inspector: 2 changed" in [p.text for p in run.parts if isinstance(p, Note)]
    assert not [part for part in run.parts if isinstance(part, Code | Image)]
    at_once, drawn = in_slot(ada, slot)
    assert "x  changed in place · [2, 3]" in said(at_once)
    assert [type(part) for part in drawn.parts] == [type(at_once.parts[0]), Image]
    assert len(pictures.drawn) == 1


async def test_an_open_inspector_shows_four_tensors_the_changed_ones_first(
    tutor: Tutor, runner: FakeRunner
) -> None:
    ada = Visitor(tutor, place=IN_A_CHAT)
    await ada.says("inspect")
    idle = [tensor(name, change="unchanged") for name in "abcde"]
    runner.will(result(inspection=Inspection(tensors=(*idle, tensor("z")))))
    await ada.posts("z")
    lines = said(ada.seen).splitlines()
    assert lines[1].startswith("[z  new")
    assert lines[-1] == "+2 more: All tensors"


async def test_a_run_that_changes_nothing_says_so_in_its_one_line(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("inspect")
    runner.will(result(inspection=Inspection(tensors=(tensor("x", change="unchanged"),))))
    await ada.posts("1")
    assert "Tensor inspector: nothing changed" in said(ada.replies[0])


async def test_a_terminal_prints_what_changed_and_nothing_twice(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("inspect")
    idle = [tensor(name, change="unchanged") for name in "abc"]
    runner.will(
        result(inspection=Inspection(tensors=(*idle, tensor("z")))),
        result(inspection=Inspection(tensors=tuple(idle))),
    )
    await ada.posts("z")
    assert [line.split()[0] for line in ada.text.splitlines()[1:]] == ["[z", "+3"]
    assert ada.labels == []
    assert "Close the inspector" in labels(ada)
    await ada.posts("1")
    assert {reply.slot for reply in ada.replies} == {"run:3"}
    assert ada.labels[-2:] == ["All tensors", "Close the inspector"]


async def test_a_closed_inspector_leaves_runs_their_card_again(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("inspect")
    slot = ada.seen.slot
    assert "is closed" in await ada.presses("Close the inspector")
    assert ada.seen.slot == slot
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x")
    assert {reply.slot for reply in ada.replies} == {"run:3"}
    assert [part for part in ada.seen.parts if isinstance(part, Image)]


async def test_the_inspector_hears_of_a_clean_slate_and_of_a_lost_session(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x")
    await ada.says("inspect")
    await ada.says("reset")
    assert "no tensors to look at" in ada.text
    runner.will(result(inspection=tensors("x")), result("killed", alive=False))
    await ada.posts("x")
    assert "x  new" in ada.text
    await ada.posts("boom")
    assert "no tensors to look at" in ada.text


async def test_after_a_restored_run_the_inspector_shows_the_variables_as_they_are(
    tutor: Tutor, runner: FakeRunner
) -> None:
    ada = Visitor(tutor, place=IN_A_CHAT)
    runner.will(result(inspection=tensors("x")), result("timeout", restored=True))
    await ada.posts("x")
    await ada.says("inspect")
    await ada.posts("while True: pass")
    assert "x  [2, 3] float32" in ada.text
    assert "new" not in ada.text


async def test_variables_that_a_replay_brought_back_are_in_the_inspector(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors("x")), result("killed", alive=False))
    await ada.posts("x")
    await ada.posts("boom")
    await ada.says("inspect")
    await ada.posts("1")
    runner.will(result(inspection=tensors("x")), result(inspection=tensors("x")))
    replay = next(label for label in labels(ada) if "Bring the variables back" in label)
    ada.replies = [reply for reply in ada.replies if replay in str(reply.actions)]
    await ada.presses(replay)
    assert "x  new" in ada.text


def labels(ada: Visitor) -> list[str]:
    return [a.label for r in ada.replies for a in r.actions if hasattr(a, "label")]


async def test_everybody_has_an_inspector_of_their_own(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(inspection=tensors("x")), result(inspection=tensors("b")))
    await ada.posts("x")
    await ada.says("inspect")
    ben = Visitor(ada.tutor, "ben")
    await ben.posts("b")
    assert "b  new" in ben.text
    assert all((reply.slot or "").startswith("run:") for reply in ben.replies)
    await ben.says("inspect")
    assert ben.seen.slot != ada.seen.slot


async def test_an_error_leaves_the_inspector_with_what_is_there(
    ada: Visitor, runner: FakeRunner
) -> None:
    await ada.says("inspect")
    broken = failure()
    runner.will(result("error", error=broken.error, inspection=tensors("x")))
    await ada.posts("x; y")
    assert "NameError" in said(ada.replies[0])
    assert "x  new" in ada.text
