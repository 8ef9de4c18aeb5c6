from bot.tutor.reply import Ref
from sandbox.inspection import Inspection
from tests.doubles.fake_runner import FakeRunner, result, tensor, tensors
from tests.doubles.visitor import Visitor


async def test_before_any_run_there_is_nothing_to_look_at(ada: Visitor) -> None:
    assert "Run some code that makes one" in await ada.says("inspect")


async def test_inspect_shows_the_tensors_of_the_last_run(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(inspection=tensors("x")), result(inspection=tensors("x", "y")))
    await ada.posts("x")
    await ada.posts("y")
    shown = await ada.says("inspect")
    assert "x  [2, 3] float32 · cpu · 24 B\ny  [2, 3]" in shown
    assert "elements: 6" in await ada.presses("y")
    assert "y  [2, 3]" in await ada.presses("All tensors")


async def test_one_tensor_is_shown_in_detail(ada: Visitor, runner: FakeRunner) -> None:
    report = tensor("W", requires_grad=True, min=-0.5, mean=0.0, max=0.5, nan=1, values="[[1]]")
    runner.will(result(inspection=Inspection(tensors=(report,))))
    await ada.posts("W")
    shown = await ada.says("inspect", "W")
    for line in ("shape: [2, 3]", "memory: 24 B", "min: -0.5", "NaN: 1", "requires_grad: True"):
        assert line in shown
    assert shown.endswith("[[1]]")


async def test_an_unknown_tensor_gets_those_that_are_there(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x")
    assert "There is no tensor `z` in your last run." in await ada.says("inspect", "z")
    assert "x" in ada.labels


async def test_tensors_are_the_learners_own(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(inspection=tensors("x")))
    await ada.posts("x")
    ben = Visitor(ada.tutor, "ben")
    assert "no tensors to look at" in await ben.sends(Ref("inspect", ("x",)))


async def test_what_died_with_its_session_is_not_shown(ada: Visitor, runner: FakeRunner) -> None:
    runner.will(result(inspection=tensors("x")), result("killed", alive=False))
    await ada.posts("x")
    await ada.posts("boom")
    assert "no tensors to look at" in await ada.says("inspect")
