from bot.tutor.drawing import Card
from bot.tutor.reply import Ref
from sandbox.inspection import Inspection, ModuleReport
from tests.doubles.fake_runner import FakeRunner, result, tensor, tensors
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import Visitor


async def test_all_tensors_come_four_to_a_page_in_one_message(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    runner.will(result(inspection=tensors(*"abcdefghij")))
    await ada.posts("...")
    await ada.presses("All tensors")
    slot = ada.seen.slot
    assert [reply.slot for reply in ada.replies] == [slot, slot]
    assert "Page 2 of 3" in ada.labels
    assert "Page 1 of 3" not in ada.labels
    await ada.presses("Page 2 of 3")
    assert ada.seen.slot == slot
    card = pictures.drawn[-1]
    assert isinstance(card, Card)
    assert [panel.name for panel in card.panels] == ["e", "f", "g", "h"]
    shown = await ada.presses("Page 3 of 3")
    assert "i  new" in shown
    assert "j  new" in shown
    assert "Page 2 of 3" in ada.labels


async def test_the_first_page_has_the_models_and_counts_what_is_not_described(
    ada: Visitor, runner: FakeRunner
) -> None:
    model = ModuleReport("net", "Linear", 6, 6, 24, False, (), change="unchanged")
    runner.will(result(inspection=Inspection(tensors("a").tensors, 30, (model,))))
    await ada.posts("...")
    shown = await ada.presses("All tensors")
    assert "net  Linear" in shown
    assert "+30 more" in shown


async def test_a_page_that_is_not_there_any_more_is_the_last_one(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors(*"abcde")))
    await ada.posts("...")
    assert "e  new" in await ada.sends(Ref("tensors", ("99", "0" * 8)))
    assert "no longer there" in await ada.sends(Ref("tensors", ("x", "0" * 8)))
    assert "no longer there" in await ada.sends(Ref("tensors", ("99",)))


async def test_a_press_on_somebody_elses_page_never_edits_it(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors(*"abcde")), result(inspection=tensors(*"vwxyz")))
    await ada.posts("...")
    await ada.presses("All tensors")
    ben = Visitor(ada.tutor, "ben")
    await ben.posts("...")
    ben.replies = ada.replies
    slot = ada.seen.slot
    assert "z  new" in await ben.presses("Page 2 of 2")
    assert ben.seen.slot != slot


async def test_from_a_page_one_tensor_is_looked_into(ada: Visitor, runner: FakeRunner) -> None:
    odd = tensor("d['\u202ea']")
    long = tensor("n" * 60)
    runner.will(result(inspection=Inspection(tensors=(tensor("x"), odd, long))))
    await ada.posts("...")
    await ada.presses("All tensors")
    page = ada.replies
    for label, name in (("x", "x"), ("d['a']", "d['\u202ea']")):
        ada.replies = page
        await ada.presses(label)
        assert runner.looks[-1].name == name
    ada.replies = page
    (label,) = [one for one in ada.labels if one.startswith("nnn")]
    await ada.presses(label)
    assert runner.looks[-1].name == "n" * 60


async def test_without_tensors_there_is_nothing_to_page_through(ada: Visitor) -> None:
    assert "no tensors to look at" in await ada.sends(Ref("inspect"))
