from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.layers import Stop, arranged, spread


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """Return the inputs of each node, all further on."""
    count = draw(st.integers(1, 30))
    return [
        sorted(draw(st.sets(st.integers(at + 1, count - 1), max_size=4))) if at + 1 < count else []
        for at in range(count)
    ]


@given(graphs(), st.integers(1, 5))
def test_everything_flows_down_one_layer_at_a_time(inputs: list[list[int]], most: int) -> None:
    laid = arranged(inputs, most)
    for upper, lower in laid.flows:
        assert upper[0] == lower[0] + 1
        assert upper[1] in laid.layers[upper[0]]
        assert lower[1] in laid.layers[lower[0]]


@given(graphs(), st.integers(1, 5))
def test_each_node_stands_once_and_no_layer_holds_too_many(
    inputs: list[list[int]], most: int
) -> None:
    laid = arranged(inputs, most)
    nodes = [stop.node for layer in laid.layers for stop in layer if not stop.lane]
    assert sorted(nodes) == list(range(len(inputs)))
    assert all(sum(not stop.lane for stop in layer) <= most for layer in laid.layers)
    assert all(len(set(layer)) == len(layer) for layer in laid.layers)


@given(graphs())
def test_from_each_input_a_way_leads_to_its_node(inputs: list[list[int]]) -> None:
    flows = set(arranged(inputs, 3).flows)
    for node, its in enumerate(inputs):
        for one in its:
            (place,) = {
                lower for upper, lower in flows if upper[1] == Stop(one) and lower[1].node == node
            }
            while place[1].lane:
                (place,) = {lower for upper, lower in flows if upper == place}
            assert place[1] == Stop(node)


@pytest.mark.parametrize("inputs", [[[0]], [[1], [0]], [[2], []], [[-1]]])
def test_a_graph_that_is_none_is_refused(inputs: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="as an input"):
        arranged(inputs, 3)


@given(st.lists(st.tuples(st.floats(-999, 999), st.integers(1, 60)), min_size=1, max_size=12))
def test_centres_keep_their_order_and_distance(wanted: list[tuple[float, int]]) -> None:
    wishes, widths = [wish for wish, _ in wanted], [width for _, width in wanted]
    centres = spread(wishes, widths, 10, 1000)
    assert centres is not None
    edges = [(x - width / 2, x + width / 2) for x, width in zip(centres, widths, strict=True)]
    assert edges[0][0] >= -0.001
    assert edges[-1][1] <= 1000.001
    for (_, right), (left, _) in pairwise(edges):
        assert left - right >= 9.999


def test_wishes_that_fit_come_true() -> None:
    assert spread([50, 200, 300], [20, 20, 20], 10, 400) == [50, 200, 300]


def test_what_does_not_fit_is_told() -> None:
    assert spread([0, 0], [60, 60], 10, 100) is None
