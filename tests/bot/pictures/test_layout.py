from itertools import combinations, pairwise

import pytest

from bot.pictures.draw import draw, laid_out
from bot.pictures.fonts import SMALLEST, Type
from bot.pictures.graph import graph
from bot.pictures.paint import cell_box
from bot.pictures.scene import Block, Cells, Line, Piece, Polygon, Rect, Words
from bot.tutor.drawing import Card, Graph, Operation, Progress, Step, Tally
from tests.bot.pictures.samples import CHAIN, JOINED_UP, LAID_OUT, LOSS, STACK, TANGLE

Laid = Card | Operation | Graph | Progress | Tally

samples = pytest.mark.parametrize("drawing", LAID_OUT.values(), ids=LAID_OUT.keys())


def texts(piece: Piece) -> list[Words]:
    return [item for item in piece.items if isinstance(item, Words)]


@samples
def test_everything_lies_within_the_picture(drawing: Laid) -> None:
    piece = laid_out(drawing)
    assert piece.width == 760
    for item in piece.items:
        box = item.box
        assert 0 <= box.left <= box.right <= piece.width, item
        assert 0 <= box.top <= box.bottom <= piece.height, item


@samples
def test_no_words_overlap_words_or_pictures(drawing: Laid) -> None:
    piece = laid_out(drawing)
    there = [item for item in piece.items if isinstance(item, Words | Cells)]
    for one, other in combinations(there, 2):
        assert not one.box.meets(other.box), (one, other)


@samples
def test_no_words_run_out_of_the_block_they_start_in(drawing: Laid) -> None:
    piece = laid_out(drawing)
    frames = [item.box for item in piece.items if isinstance(item, Block | Polygon)]
    for one in texts(piece):
        for frame in frames:
            if _holds(frame, one.left, one.top):
                assert one.box.right <= frame.right, (one, frame)
                assert one.box.bottom <= frame.bottom, (one, frame)


def _holds(frame: Rect, x: int, y: int) -> bool:
    return frame.left <= x < frame.right and frame.top <= y < frame.bottom


@samples
def test_no_text_is_smaller_than_a_phone_can_show(drawing: Laid) -> None:
    assert all(one.kind.size >= SMALLEST for one in texts(laid_out(drawing)))


def test_smaller_text_cannot_even_be_asked_for() -> None:
    with pytest.raises(ValueError, match="23 pixels"):
        Type(23)


@samples
def test_numbers_stay_in_their_cells(drawing: Laid) -> None:
    for item in laid_out(drawing).items:
        if isinstance(item, Cells) and item.numbers:
            boxes = [cell_box(item, position) for position in range(len(item.numbers))]
            for number, box in zip(item.numbers, boxes, strict=True):
                shown = Words(0, 0, number, Type(SMALLEST), (0, 0, 0)).box
                assert shown.width <= box.width
                assert shown.height <= box.height


@samples
def test_every_drawing_becomes_a_picture(drawing: Laid) -> None:
    assert draw(drawing).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "drawing", [LOSS, CHAIN, STACK, TANGLE, JOINED_UP], ids=lambda one: one.title
)
def test_no_line_of_a_graph_runs_through_a_step(drawing: Graph) -> None:
    piece = graph(drawing)
    labels = [item.box for item in texts(piece)]
    for item in piece.items:
        if isinstance(item, Line):
            for start, end in pairwise(item.points):
                for part in range(101):
                    x = start[0] + (end[0] - start[0]) * part // 100
                    y = start[1] + (end[1] - start[1]) * part // 100
                    assert not any(_holds(box, x, y) for box in labels)


def test_an_arrow_leads_into_each_step_from_each_of_its_inputs() -> None:
    piece = graph(LOSS)
    arrows = [item for item in piece.items if isinstance(item, Line) and item.arrow]
    assert len(arrows) == sum(len(step.inputs) for step in LOSS.steps)
    for arrow in arrows:
        assert arrow.points[-1][1] > arrow.points[0][1]


def test_leaves_and_the_result_have_shapes_of_their_own() -> None:
    steps = (Step("add", "[2]", False, (1, 2)), Step("mul", "[2]", False), Step("x", "[2]", True))
    piece = graph(Graph("", steps))
    result, step = (item for item in piece.items if isinstance(item, Block))
    (leaf,) = (item for item in piece.items if isinstance(item, Polygon))
    assert len(leaf.points) == 6
    assert result.thickness > step.thickness
