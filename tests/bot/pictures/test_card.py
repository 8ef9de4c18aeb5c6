from dataclasses import replace

import pytest

from bot.pictures.card import MOST_PILLS, histogram, panel
from bot.pictures.palette import BLUE, TONES
from bot.pictures.scene import Block, Cells, Piece, Words
from bot.tutor.drawing import Bars, HeatMap, Panel, Pill
from tests.bot.pictures.samples import heat

W = Panel("W", "[3, 5]", "float32 · cpu · 60 B", "min -1   mean 0   max 1", heat(3, 5))


def texts(piece: Piece) -> list[str]:
    return [one.text for one in piece.items if isinstance(one, Words)]


def test_a_long_name_leaves_room_for_the_shape() -> None:
    shown = texts(panel(replace(W, name="activations_after_the_first_layer_of_the_encoder_block")))
    assert shown[0].startswith("activations")
    assert shown[0].endswith("...")
    assert shown[1] == "[3, 5]"


def test_a_long_shape_leaves_room_for_the_name() -> None:
    shown = texts(panel(replace(W, shape=f"[{', '.join(['1'] * 64)}]")))
    assert shown[0] == "W"
    assert shown[1].endswith("...")


def test_words_stand_beside_a_narrow_picture_and_below_a_wide_one() -> None:
    for picture, below in ((heat(3, 5), False), (heat(3, 8), True)):
        piece = panel(replace(W, picture=picture))
        (cells,) = (one for one in piece.items if isinstance(one, Cells))
        statistics = next(
            one for one in piece.items if isinstance(one, Words) and one.text.startswith("min")
        )
        assert (statistics.top >= cells.box.bottom) == below
        assert (statistics.left >= cells.box.right) != below


def test_a_panel_grows_with_what_it_says() -> None:
    alone = panel(W)
    more = panel(replace(W, pills=tuple(Pill(f"remark number {one}") for one in range(6))))
    assert more.height > alone.height


def test_remarks_have_the_colour_of_their_tone_and_do_not_pile_up() -> None:
    piece = panel(replace(W, pills=(Pill("1 NaN", "bad"),) * 50))
    frames = [one for one in piece.items if isinstance(one, Block) and one.edge == TONES["bad"]]
    assert len(frames) == MOST_PILLS


def test_the_highest_bar_has_full_height_and_an_empty_bin_is_no_bar() -> None:
    bars = [one for one in histogram(Bars((0, 5, 10), ""), 300).items if isinstance(one, Block)]
    empty, half, full = bars
    assert full.box.height == 2 * half.box.height > 0
    assert empty.fill != BLUE


@pytest.mark.parametrize("counts", [(-1, 3), (1,) * 65])
def test_a_histogram_that_is_none_is_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="histogram"):
        histogram(Bars(counts), 300)


@pytest.mark.parametrize(
    "wrong",
    [
        HeatMap(2, 2, (1.0,) * 3, ("", "")),
        HeatMap(-1, 2, (), ("", "")),
        HeatMap(65, 65, (0.0,) * 4225, ("", "")),
    ],
)
def test_a_heat_map_that_contradicts_itself_is_refused(wrong: HeatMap) -> None:
    with pytest.raises(ValueError, match=r"heat map|values for"):
        panel(replace(W, picture=wrong))
