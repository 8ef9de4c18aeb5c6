import pytest

from bot.pictures.fonts import STRONG
from bot.pictures.operation import operand, operation
from bot.pictures.palette import RED
from bot.pictures.scene import Block, Line, Piece, Words
from bot.tutor.drawing import Box, Operation
from tests.bot.pictures.samples import BROADCAST, CONVOLUTION, JOINED, PRODUCT, VECTOR


def framed_in_red(piece: Piece) -> list[str]:
    """Return the texts that stand in a red frame."""
    frames = [one.box for one in piece.items if isinstance(one, Block) and one.edge == RED]
    inside = [
        one.text
        for one in piece.items
        if isinstance(one, Words) and any(one.box.meets(frame) for frame in frames)
    ]
    assert len(inside) == len(frames)
    return inside


def face(dims: tuple[str, ...], *, upright: bool = False) -> Block:
    """Return the front sheet of an operand whose largest size is 10."""
    blocks = [
        one for one in operand(Box("x", dims), 10, upright=upright).items if isinstance(one, Block)
    ]
    return blocks[-1]


@pytest.mark.parametrize(
    ("drawn", "marked"),
    [(PRODUCT, ["4", "5 ≠ 4"]), (VECTOR, ["4", "5 ≠ 4"]), (CONVOLUTION, ["1 ≠ 3", "3"]),
     (JOINED, ["4", "5 ≠ 4"]), (BROADCAST, ["4", "3"])],
    ids=["product", "vector", "convolution", "joined", "broadcast"],
)  # fmt: skip
def test_sizes_that_clash_are_framed_and_say_what_they_would_have_to_be(
    drawn: Operation, marked: list[str]
) -> None:
    assert framed_in_red(operation(drawn)) == marked


def test_the_edges_that_clash_are_thick() -> None:
    edges = [one for one in operation(PRODUCT).items if isinstance(one, Line) and one.colour == RED]
    across, down = edges
    assert across.points[0][1] == across.points[1][1]
    assert down.points[0][0] == down.points[1][0]
    assert across.thickness == down.thickness > 4


def test_larger_sizes_have_longer_edges() -> None:
    wide, tall = face(("2", "10")).box, face(("10", "2")).box
    assert wide.width > wide.height
    assert tall.height > tall.width
    assert face(("3", "3")).box.width == face(("3", "3")).box.height


def test_a_vector_lies_and_stands_where_it_is_a_column() -> None:
    assert face(("10",)).box.width > face(("10",)).box.height
    assert face(("10",), upright=True).box.width < face(("10",), upright=True).box.height


def test_more_dimensions_are_sheets_behind_each_other() -> None:
    sheets = [one for one in operand(Box("x", ("8", "3", "3")), 8).items if isinstance(one, Block)]
    assert len(sheets) == 3
    shown = [
        one.text for one in operand(Box("x", ("8", "3", "3")), 8).items if isinstance(one, Words)
    ]
    assert "[8, 3, 3]" in shown


def test_sizes_are_compared_from_the_right() -> None:
    sizes: dict[int, list[str]] = {}
    for one in operation(BROADCAST).items:
        if isinstance(one, Words) and (one.text.isdigit() or one.text in "✓≠"):
            sizes.setdefault(one.box.centre[0] // 20, []).append(one.text)
    assert [sizes[place] for place in sorted(sizes)] == [
        ["8", "✓"],
        ["3", "3", "✓"],
        ["4", "3", "≠"],
    ]


def test_eight_sizes_are_whole_beside_each_other() -> None:
    dims = ("128", "64", "32", "100", "512", "3", "224", "224")
    drawn = Operation("", "+", (Box("activations", dims), Box("b", dims)), "", right_aligned=True)
    shown = [one.text for one in operation(drawn).items if isinstance(one, Words)]
    assert [text for text in shown if text.isdigit()] == [*dims, *dims]


def test_operands_too_wide_for_a_line_stand_below_each_other() -> None:
    names = [
        one for one in operation(JOINED).items if isinstance(one, Words) and one.kind == STRONG
    ]
    tops = [one.top for one in names if one.text in {"a", "b", "empty"}]
    assert len(set(tops)) == 3


@pytest.mark.parametrize(
    "boxes",
    [(), (Box("x", ("3",), (1,)),), (Box("x", ("3",), (-1,)),), (Box("x", ()),) * 9],
    ids=["none", "beyond", "negative", "nine"],
)
@pytest.mark.parametrize("right_aligned", [True, False])
def test_what_contradicts_itself_is_refused(boxes: tuple[Box, ...], right_aligned: bool) -> None:
    with pytest.raises(ValueError, match=r"operands|clash"):
        operation(Operation("", "@", boxes, "", right_aligned))
