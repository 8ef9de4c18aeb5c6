import math
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.tutor.drawing import Card, Graph, HeatMap, Pixels
from bot.tutor.inspector import choosing
from bot.tutor.inspector.card import MOST_PANELS, card
from bot.tutor.inspector.checking import checked
from bot.tutor.inspector.graph import graph_drawing, graph_text, in_order
from bot.tutor.inspector.seen import Seen
from bot.tutor.inspector.text import MOST_LINE, everything, text_of
from sandbox.inspection import (
    MOST_DETAILED,
    MOST_GRAPH_NODES,
    MOST_GRID_CELLS,
    MOST_REPORT_BYTES,
    GraphNode,
    Grid,
    Histogram,
    Inspection,
    Preview,
    Was,
)
from tests.bot.tutor.inspector.reports import ENGLISH, KOREAN, REPORTS, grid, one, seen
from tests.doubles.fake_runner import tensor

FORBIDDEN = {"\u202e", "\u200b", "\x1b", "\x00", "\n", "\ud800", "\u2066"}
hostile = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def words_in(thing: Any) -> list[str]:
    """Return every string in a tree of records, except the session's own name of a tensor."""
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, tuple | list):
        return [word for part in thing for word in words_in(part)]
    if isinstance(thing, msgspec.Struct):
        kept = (name for name in thing.__struct_fields__ if name not in ("key", "values"))
        return [word for name in kept for word in words_in(getattr(thing, name))]
    if is_dataclass(thing):
        return [word for field in fields(thing) for word in words_in(getattr(thing, field.name))]
    return []


@hostile
@given(REPORTS)
def test_whatever_a_process_reports_stays_small_and_tame(report: Inspection) -> None:
    found = checked(report)
    assert len(found.tensors) <= MOST_DETAILED
    assert len({tensor.name for tensor in found.tensors}) == len(found.tensors)
    for word in words_in(found):
        assert len(word) <= 60
        assert not FORBIDDEN & set(word)
    for shown in found.tensors:
        assert all(size >= 0 for size in shown.shape)
        for number in (shown.min, shown.mean, shown.max, shown.std):
            assert number is None or math.isfinite(number)
        if shown.grid:
            assert len(shown.grid.data) == 4 * shown.grid.rows * shown.grid.columns
        if shown.preview:
            size = shown.preview.width * shown.preview.height * shown.preview.channels
            assert len(shown.preview.data) == size


@hostile
@given(REPORTS, st.sampled_from([ENGLISH, KOREAN]))
def test_whatever_was_checked_can_be_worded_and_drawn(report: Inspection, say: Any) -> None:
    found = checked(report)
    text = text_of(say, everything(found))
    assert all(len(line) <= MOST_LINE for line in text.split("\n"))
    assert not FORBIDDEN - {"\n"} & set(text)
    assert isinstance(card(say, found.tensors), Card)
    assert text_of(say, choosing.after_run(found, "x")) is not None
    if found.detail:
        graph = found.detail.graph
        drawn = graph_drawing(say, found.detail.tensor.name, graph, found.detail.more_nodes)
        assert len(drawn.steps) <= MOST_GRAPH_NODES
        for position, step in enumerate(drawn.steps):
            assert all(position < other < len(drawn.steps) for other in step.inputs)
        assert all(len(line) < 400 for line in graph_text(say, graph, 0).split("\n"))


def test_an_honest_report_comes_through_whole() -> None:
    report = tensor(
        "W",
        shape=(2, 3),
        grid=grid((1, 2, 3), (4, 5, 6)),
        histogram=Histogram(-1.0, 1.0, (1, 5)),
        was=Was(shape=(6,)),
        change="in_place",
        writes=2,
        min=1.0,
        mean=2.5,
        max=6.0,
    )
    (found,) = seen(report).tensors
    for name in report.__struct_fields__:
        assert getattr(found, name) == getattr(report, name), name


@pytest.mark.parametrize(
    "forged",
    [
        Grid(2, 3, bytes(23)),
        Grid(2, 3, bytes(28)),
        Grid(3, 2, bytes(24)),
        Grid(0, 0, b""),
        Grid(-1, -1, bytes(4)),
        Grid(2, 3, bytes(24), row_step=0),
        Grid(2, 3, bytes(24), row_step=2),
        Grid(2, 3, bytes(24), index=(0,)),
    ],
)
def test_a_grid_that_is_not_of_this_tensor_is_left_out(forged: Grid) -> None:
    assert one(shape=(2, 3), grid=forged).grid is None
    assert one(shape=(2, 3), grid=Grid(2, 3, bytes(24))).grid is not None


def test_a_grid_beyond_what_a_report_may_hold_is_left_out() -> None:
    side = math.isqrt(MOST_GRID_CELLS) + 1
    large = Grid(side, side, bytes(4 * side * side))
    assert one(shape=(side, side), grid=large).grid is None


def test_pictures_beyond_the_size_of_a_report_are_left_out() -> None:
    large = Grid(24, 24, bytes(4 * 576))
    found = seen(*(tensor(f"x{n}", shape=(24, 24), grid=large) for n in range(24)))
    kept = [shown for shown in found.tensors if shown.grid]
    assert 0 < sum(len(shown.grid.data) for shown in kept if shown.grid) <= MOST_REPORT_BYTES
    assert len(found.tensors) == 24
    assert len(kept) < 24


@pytest.mark.parametrize(
    "forged", [Preview(4, 4, 3, bytes(16)), Preview(65, 65, 1, bytes(4225)), Preview(0, 0, 1, b"")]
)
def test_a_preview_that_is_none_is_left_out(forged: Preview) -> None:
    assert one(shape=(100, 100), preview=forged).preview is None


def test_a_slice_that_is_not_there_is_left_out() -> None:
    assert one(shape=(2, 3, 4), grid=Grid(3, 4, bytes(48), index=(2,))).grid is None
    assert one(shape=(2, 3, 4), grid=Grid(3, 4, bytes(48), index=(1,))).grid is not None


def test_memory_is_never_more_than_the_elements_can_take() -> None:
    assert one(shape=(2, 3), bytes=2**60).bytes == 24
    assert one(shape=(2**40,), bytes=4).bytes == 4  # expanded: it has one element in storage
    assert one(shape=(2, 3), dtype="odd", bytes=77).bytes == 77


def test_numbers_that_contradict_each_other_are_left_out() -> None:
    assert one(min=3.0, mean=2.0, max=1.0).min is None
    assert one(min=math.nan, max=math.inf).max is None
    assert one(shape=(2, 3), nan=7).nan is None
    assert one(std=-1.0).std is None


def test_a_tensor_with_an_impossible_shape_is_left_out_and_the_others_stay() -> None:
    found = seen(tensor("bad", shape=(-1, 2)), tensor("deep", shape=(1,) * 65), tensor("good"))
    assert [shown.name for shown in found.tensors] == ["good"]


def test_words_that_are_none_become_a_question_mark() -> None:
    found = one(dtype="float32\u202e", device="<b>", layout="evil")
    assert (found.dtype, found.device, found.layout) == ("?", "?", "?")


def test_two_names_that_look_the_same_are_shown_once() -> None:
    found = seen(tensor("x"), tensor("x\u200b", shape=(9,)))
    assert [(shown.name, shown.shape) for shown in found.tensors] == [("x", (2, 3))]


def test_a_name_is_cleaned_to_show_and_kept_to_ask_for() -> None:
    found = one("d['\u202ea']")
    assert (found.name, found.key) == ("d['a']", "d['\u202ea']")


def test_the_nodes_of_a_graph_come_before_their_inputs() -> None:
    shared = (
        GraphNode("MulBackward0", "z", (2,), (1, 2)),
        GraphNode(None, "w", (2,)),
        GraphNode("AddBackward0", None, (2,), (1, 3)),
        GraphNode(None, "b", (2,)),
    )
    ordered = in_order(shared)
    assert [node.variable or node.name for node in ordered] == ["z", "AddBackward0", "b", "w"]
    assert [node.inputs for node in ordered] == [(3, 1), (3, 2), (), ()]


def test_a_graph_in_a_circle_loses_the_edge_that_closes_it() -> None:
    circle = (GraphNode("A", None, None, (1,)), GraphNode("B", None, None, (0, 1, 7, -1)))
    assert [node.inputs for node in in_order(circle)] == [(1,), ()]
    assert in_order(()) == ()


def test_a_heat_map_holds_the_numbers_of_the_grid() -> None:
    shown = one("x", shape=(4, 3), grid=grid((1.5, -2, math.nan), (0, 1, 2), row_step=2))
    (panel,) = card(ENGLISH, [shown]).panels
    assert isinstance(panel.picture, HeatMap)
    assert panel.picture.values[:2] == (1.5, -2.0)
    assert panel.picture.edges == ("4", "3")
    assert panel.picture.caption == "1 in 2 rows"
    assert card(ENGLISH, [shown]).legend == "blue < 0 < red · magenta: NaN"


def test_what_looks_like_an_image_is_drawn_as_one_with_its_own_sizes() -> None:
    preview = Preview(2, 2, 3, bytes(12), step=2)
    first = one(shape=(3, 4, 4), preview=preview)
    last = one(shape=(4, 5, 3), preview=preview)
    pictures = [panel.picture for panel in card(ENGLISH, [first, last]).panels]
    assert all(isinstance(picture, Pixels) for picture in pictures)
    assert [picture.edges for picture in pictures if picture] == [("4", "4"), ("4", "5")]


def test_a_card_has_at_most_four_panels() -> None:
    many = [one(f"x{n}") for n in range(9)]
    assert len(card(ENGLISH, many).panels) == MOST_PANELS


def test_remembering_weighs_as_much_as_it_holds() -> None:
    large = seen(tensor(shape=(24, 24), grid=Grid(24, 24, bytes(2304))))
    assert large.weight >= 2304
    assert Seen().weight > 0


def test_a_graph_without_names_is_still_drawn() -> None:
    nodes = in_order((GraphNode("SumBackward0", None, (), (1,)), GraphNode(None, None, None)))
    drawn = graph_drawing(ENGLISH, "loss", nodes, 3)
    assert isinstance(drawn, Graph)
    assert [step.label for step in drawn.steps] == ["Sum", "a leaf without a name"]
    assert drawn.aside == "3 more steps"
