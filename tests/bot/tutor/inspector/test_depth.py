import struct
from typing import Any

import pytest

from bot.storage.sqlite import SqliteStore
from bot.tutor.drawing import Card, Graph, HeatMap, Pixels
from bot.tutor.ports import Ended, Lost, Queued, Refused, Running
from bot.tutor.reply import Button, Image, Ref, Reply
from sandbox.inspection import (
    Detail,
    Gradient,
    GraphNode,
    Grid,
    Inspection,
    Look,
    ModuleReport,
    ModuleRow,
    Preview,
    TensorReport,
)
from tests.bot.tutor.inspector.reports import grid
from tests.doubles.fake_runner import FakeRunner, result, tensor, tensors
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import Visitor, words_of


async def session(ada: Visitor, runner: FakeRunner, *names: str) -> None:
    runner.will(result(inspection=tensors(*(names or ("x",)))))
    await ada.posts("...")


def knows(runner: FakeRunner, report: TensorReport, **more: Any) -> None:
    runner.details[report.name] = Detail(report, **more)


def images(reply: Reply) -> list[Image]:
    return [part for part in reply.parts if isinstance(part, Image)]


async def test_one_tensor_is_shown_with_all_there_is_to_know(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    await session(ada, runner, "W")
    knows(
        runner,
        tensor(
            "W",
            requires_grad=True,
            min=-0.5,
            mean=0.0,
            max=0.5,
            std=0.25,
            nan=1,
            zeros=2,
            strides=(3, 1),
            values="[[1, 2, 3],\n [4, 5, 6]]",
            grid=grid((1, 2, 3), (4, 5, 6)),
            gradient=Gradient("changed", 0.293),
        ),
    )
    shown = await ada.says("inspect", "W")
    assert runner.looks == [Look("W")]
    for line in (
        "elements: 6",
        "memory: 24 B",
        "min: -0.5",
        "std: 0.25",
        "NaN: 1",
        "zeros: 2",
        "requires_grad: True",
        "leaf: True",
        "gradient norm: 0.293",
        "strides: 3, 1",
    ):
        assert line in shown
    assert shown.endswith("[[1, 2, 3],\n [4, 5, 6]]")
    at_once, drawn = ada.replies
    assert at_once.slot == drawn.slot
    assert not images(at_once)
    (card,) = pictures.drawn[-1:]
    assert isinstance(card, Card)
    assert isinstance(card.panels[0].picture, HeatMap)


async def test_a_look_is_no_cell(ada: Visitor, runner: FakeRunner, store: SqliteStore) -> None:
    await session(ada, runner)
    knows(runner, tensor("x", change="in_place", writes=9))
    before = await store.cells(1)
    await ada.says("inspect", "x")
    assert await store.cells(1) == before
    assert len(runner.ran) == 1
    assert "x  new" in await ada.sends(Ref("inspect"))


async def test_without_a_session_nothing_is_opened_to_look_at(
    ada: Visitor, runner: FakeRunner
) -> None:
    assert "You have no session now" in await ada.says("inspect", "x")
    assert runner.looks == []
    assert not runner.session


async def test_how_a_tensor_came_to_be_is_drawn_and_told(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    await session(ada, runner, "loss")
    graph = (
        GraphNode("SumBackward0", "loss", (), (1,)),
        GraphNode("MulBackward0", None, (3,), (2, 3)),
        GraphNode(None, "w", (3,)),
        GraphNode(None, "x", (3,)),
    )
    knows(runner, tensor("loss", shape=()), graph=graph, more_nodes=2)
    await ada.says("inspect", "loss")
    words = "loss = Sum [] comes from Mul [3]\nMul [3] comes from w [3], x [3]\n2 more steps"
    at_once, drawn = ada.replies
    assert words in "\n".join(map(words_of, at_once.parts))
    assert images(drawn)[-1].alt == words
    drawing = pictures.drawn[-1]
    assert isinstance(drawing, Graph)
    assert [step.is_leaf for step in drawing.steps] == [False, False, True, True]


async def test_what_looks_like_an_image_is_shown_as_numbers_and_as_an_image(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    await session(ada, runner, "img")
    cells = Grid(2, 2, bytes(16), index=(0,))
    knows(runner, tensor("img", shape=(3, 2, 2), grid=cells, preview=Preview(2, 2, 3, bytes(12))))
    await ada.says("inspect", "img")
    card = pictures.drawn[-1]
    assert isinstance(card, Card)
    assert [type(panel.picture) for panel in card.panels] == [HeatMap, Pixels]


# Slices -----------------------------------------------------------------------------------------


def cube(index: tuple[int, ...]) -> TensorReport:
    data = struct.pack("<4f", *range(4))
    return tensor("c", shape=(3, 4, 2, 2), grid=Grid(2, 2, data, index=index))


async def test_the_slices_beside_the_one_shown_are_a_press_away(
    ada: Visitor, runner: FakeRunner
) -> None:
    await session(ada, runner, "c")
    knows(runner, cube((1, 0)), index=(1, 0))
    shown = await ada.says("inspect", "c")
    assert "slice: [1, 0, :, :]" in shown
    assert [label for label in ada.labels if "Slice" in label] == [
        "Slice [0, 0, :, :]",
        "Slice [2, 0, :, :]",
        "Slice [1, 1, :, :]",
    ]
    slot = ada.seen.slot
    knows(runner, cube((2, 0)), index=(2, 0))
    assert "slice: [2, 0, :, :]" in await ada.presses("Slice [2, 0, :, :]")
    assert runner.looks[-1] == Look("c", (2, 0))
    assert ada.seen.slot == slot


async def test_every_button_fits_into_a_hundred_characters(
    ada: Visitor, runner: FakeRunner
) -> None:
    name = "n" * 60
    await session(ada, runner, name)
    deep = (9_999_999,) * 6
    knows(runner, tensor(name, shape=(*deep, 2, 2), grid=Grid(2, 2, bytes(16), index=(0,) * 6)))
    await ada.says("inspect", name)
    refs = [action.ref for action in ada.seen.actions if isinstance(action, Button)]
    assert any(ref.verb == "inspect" and len(ref.args) == 3 for ref in refs)
    assert all(len("|".join((ref.verb, *ref.args))) <= 100 for ref in refs)


async def test_a_button_with_a_slice_that_is_none_is_stale(
    ada: Visitor, runner: FakeRunner
) -> None:
    await session(ada, runner)
    for written in ("-1", "a", "1.", "9" * 99, "²"):
        shown = await ada.sends(Ref("inspect", ("x", written, "0" * 8)))
        assert "no longer there" in shown
    assert runner.looks == []


# What can come between --------------------------------------------------------------------------


async def test_a_name_that_is_not_there_gets_those_that_look_like_it(
    ada: Visitor, runner: FakeRunner
) -> None:
    await session(ada, runner, "weights", "bias", "x")
    shown = await ada.says("inspect", "weigths")
    assert "There is no tensor `weigths` now. There is: `weights`." in shown
    assert "weights" in ada.labels
    assert "There is: `weights`, `bias`, `x`." in await ada.says("inspect", "z")


async def test_a_name_that_the_last_report_has_is_shown_from_there(
    ada: Visitor, runner: FakeRunner
) -> None:
    await session(ada, runner)
    assert "elements: 6" in await ada.says("inspect", "x")


async def test_a_model_is_told_of_by_its_name(ada: Visitor, runner: FakeRunner) -> None:
    rows = (ModuleRow("fc", "Linear", 6),)
    model = ModuleReport("net", "Net", 6, 6, 24, True, rows)
    runner.will(result(inspection=Inspection(tensors=(), modules=(model,))))
    await ada.posts("...")
    shown = await ada.says("inspect", "net")
    assert "net  new · Net\n   6 parameters · all trainable" in shown
    assert "   fc: Linear · 6" in shown
    assert runner.looks == []


async def test_hostile_names_are_shown_tame(ada: Visitor, runner: FakeRunner) -> None:
    await session(ada, runner)
    shown = await ada.says("inspect", "\u202e`x`\x1b\ud800")
    assert "There is no tensor `'x'" in shown
    assert not {"\u202e", "\x1b", "\ud800"} & set(shown)
    assert runner.looks[0].name.encode()


async def test_while_a_look_waits_its_message_says_so(ada: Visitor, runner: FakeRunner) -> None:
    await session(ada, runner)
    runner.will([Queued(2), Running(1.0, ()), Ended(result(), fresh=False)])
    await ada.says("inspect", "x")
    said = [" ".join(map(words_of, reply.parts)) for reply in ada.replies]
    assert "you are number 2" in said[0]
    assert "Running for 1.0 s" in said[1]
    assert len({reply.slot for reply in ada.replies}) == 1


@pytest.mark.parametrize(
    ("final", "words"),
    [
        (Lost("idle", "no"), "Its variables are gone."),
        (Refused(3.0), "Try again in 3 seconds."),
        (Refused(None), "does not answer"),
        (Ended(result("timeout", restored=True, seconds=20.0), fresh=False), "Stopped after 20.0"),
        (Ended(result("killed", alive=False), fresh=False), "Your variables are gone"),
    ],
)
async def test_a_look_that_comes_to_nothing_says_why(
    ada: Visitor, runner: FakeRunner, final: Any, words: str
) -> None:
    await session(ada, runner)
    runner.will([final])
    assert words in await ada.says("inspect", "x")
    is_gone = "gone" in words
    assert ("All tensors" in ada.labels) is not is_gone
    assert ("no tensors" in await ada.sends(Ref("inspect"))) is is_gone


async def test_a_forged_detail_is_not_believed(ada: Visitor, runner: FakeRunner) -> None:
    await session(ada, runner, "a", "b")
    runner.details["z"] = Detail(tensor("z", shape=(-5,)))
    assert "There is no tensor `z` now." in await ada.says("inspect", "z")


async def test_tensors_are_the_learners_own(ada: Visitor, runner: FakeRunner) -> None:
    await session(ada, runner)
    ben = Visitor(ada.tutor, "ben")
    assert "no tensors to look at" in await ben.sends(Ref("inspect"))
