import pytest

from bot.tutor.drawing import Card
from bot.tutor.event import CodePosted
from bot.tutor.ports import Ended
from bot.tutor.reply import Code, Image, Reply
from bot.tutor.tutor import Tutor
from sandbox.inspection import Inspection, Sharing, TensorReport
from tests.bot.tutor.inspector.reports import grid
from tests.doubles.fake_runner import FakeRunner, result, tensor, tensors
from tests.doubles.recorded_pictures import PNG, RecordedPictures
from tests.doubles.visitor import Visitor


def report(*made: TensorReport, **more: object) -> Inspection:
    return Inspection(tensors=made, **more)  # type: ignore[arg-type]


def images(reply: Reply) -> list[Image]:
    return [part for part in reply.parts if isinstance(part, Image)]


def words(reply: Reply) -> list[str]:
    return [part.text for part in reply.parts if isinstance(part, Code)]


async def test_the_words_come_at_once_and_the_picture_takes_their_place(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=report(tensor("x", grid=grid((1, 2, 3), (4, 5, 6))))))
    await ada.posts("x")
    first, second = ada.replies
    assert first.slot == second.slot == "run:1"
    assert (words(first), images(first)) == (["x  new · [2, 3] float32 · cpu · 24 B"], [])
    (image,) = images(second)
    assert (image.png, image.alt) == (PNG, words(first)[0])
    assert words(second) == []
    assert first.actions == second.actions


async def test_the_words_are_there_before_anything_is_drawn(
    tutor: Tutor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    runner.will([Ended(result(inspection=tensors("x")), fresh=True)])
    replies = tutor.handle(CodePosted(cells=("x",), **Visitor(tutor)._where()))
    await anext(replies)
    assert pictures.drawn == []
    await replies.aclose()


async def test_a_card_shows_two_tensors_that_changed_and_words_the_rest(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    made = tensor("a"), tensor("b", change="in_place", writes=2), tensor("c")
    runner.will(result(inspection=report(*made, deleted=("old",), omitted=4)))
    await ada.posts("...")
    (card,) = pictures.drawn
    assert isinstance(card, Card)
    assert [panel.name for panel in card.panels] == ["a", "b"]
    assert [panel.accent for panel in card.panels] == ["new", "changed"]
    assert card.aside == "2 of 7"
    (image,) = images(ada.seen)
    assert "c  " not in image.alt
    assert [line.split()[0] for line in words(ada.seen)[0].splitlines()] == [
        "c",
        "deleted:",
        "+4",
    ]


async def test_what_two_tensors_share_is_not_said_again_under_the_card(
    ada: Visitor, runner: FakeRunner
) -> None:
    a = tensor("a", shares_with=(Sharing("c", writes_show=True),))
    c = tensor("c", shares_with=(Sharing("a", writes_show=True),))
    runner.will(result(inspection=report(a, tensor("b"), c)))
    await ada.posts("...")
    assert "shares memory with" in images(ada.seen)[0].alt
    assert "shares" not in words(ada.seen)[0]


@pytest.mark.parametrize(
    "inspection",
    [
        None,
        report(),
        report(tensor("x", change="unchanged")),
        report(deleted=("x",)),
    ],
)
async def test_where_no_tensor_changed_there_is_no_card(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures, inspection: Inspection | None
) -> None:
    runner.will(result(inspection=inspection))
    await ada.posts("print(x)")
    assert len(ada.replies) == 1
    assert pictures.drawn == []


async def test_a_picture_that_cannot_be_drawn_leaves_the_words(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    pictures.broken = True
    runner.will(result(inspection=tensors("x")))
    assert "x  new" in await ada.posts("x")
    assert len(ada.replies) == 1


async def test_all_tensors_are_one_press_away_and_do_not_replace_the_run(
    ada: Visitor, runner: FakeRunner
) -> None:
    runner.will(result(inspection=tensors("x")), result())
    await ada.posts("x")
    assert ada.labels[-1] == "All tensors"
    slot = ada.seen.slot
    assert "x  new" in await ada.presses("All tensors")
    assert ada.seen.slot != slot
    await ada.posts("1")
    assert "All tensors" not in ada.labels


async def test_only_the_last_of_several_blocks_gets_a_card(
    ada: Visitor, runner: FakeRunner, pictures: RecordedPictures
) -> None:
    runner.will(result(inspection=tensors("x")), result(inspection=tensors("x", "y")))
    await ada.posts("x", "y")
    assert len(pictures.drawn) == 1
    assert words(ada.seen) == ["x  new · [2, 3] float32 · cpu · 24 B"]
    assert len(images(ada.seen)) == 1


async def test_a_forged_report_cannot_break_the_reply(ada: Visitor, runner: FakeRunner) -> None:
    forged = report(tensor("\u202ex\n```", shape=(-1,)), tensor("y", dtype="\x1b[2J", bytes=2**70))
    runner.will(result(inspection=forged))
    await ada.posts("...")
    assert "y  new · [2, 3] ? · cpu" in images(ada.seen)[0].alt
