import math

import numpy as np
import pytest

from bot.pictures.heat_map import cell_size, cell_text, heat_map, pixels
from bot.pictures.palette import MAGENTA, coloured, ink_on
from bot.pictures.scene import Cells
from bot.tutor.drawing import HeatMap, Pixels
from tests.bot.pictures.samples import INF, NAN, heat, image


def colours(*values: float) -> list[tuple[int, ...]]:
    return [tuple(int(part) for part in row) for row in coloured(np.array(values, np.float64))]


def cells(drawn: HeatMap | Pixels) -> Cells:
    piece = heat_map(drawn) if isinstance(drawn, HeatMap) else pixels(drawn)
    (found,) = (item for item in piece.items if isinstance(item, Cells))
    return found


def test_below_zero_is_blue_above_is_red_and_zero_is_white() -> None:
    below, zero, above = colours(-1, 0, 2)
    assert below[2] > below[0]
    assert min(zero) > 240
    assert above[0] > above[2]


def test_zero_is_white_however_uneven_the_range_is() -> None:
    assert colours(-0.001, 0, 1000)[1] == colours(-5, 0, 5)[1]


@pytest.mark.parametrize("values", [(0, 1, 2), (-3, -2, -1), (5, 6, 9)])
def test_numbers_of_one_sign_go_from_dark_to_bright(values: tuple[float, ...]) -> None:
    brightness = [sum(colour) for colour in colours(*values)]
    assert brightness == sorted(brightness)
    assert brightness[0] < brightness[-1]


def test_what_is_no_number_has_a_colour_that_no_number_has() -> None:
    nan, plus, minus, *known = colours(NAN, INF, -INF, *np.linspace(-1, 1, 99))
    assert nan == MAGENTA
    assert plus == minus == (0, 0, 0)
    assert not {nan, plus} & set(known)
    assert not {nan, plus} & set(colours(*np.linspace(0, 1, 99)))


@pytest.mark.parametrize("values", [(1.7e308, -1.7e308), (5e-324, 1e308), (7, 7), (NAN, NAN)])
def test_extreme_numbers_have_colours_too(values: tuple[float, ...]) -> None:
    assert len(colours(*values)) == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"), (-0.0, "0"), (0.661, "0.66"), (-1.519, "-1.52"), (9.996, "10.0"), (12.34, "12.3"),
        (123.4, "123"), (9999.6, "1e4"), (-1.7e308, "-2e308"), (0.00012, "1e-4"), (NAN, "NaN"),
        (INF, "∞"), (-INF, "-∞"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, shown: str) -> None:
    assert cell_text(value) == shown
    assert len(shown) <= 6


def test_whole_numbers_stay_whole() -> None:
    assert cell_text(12345, "whole") == "12345"
    assert cell_text(1, "whole") == "1"
    assert cell_text(1e15, "whole") == "1e15"


def test_round_numbers_are_written_as_torch_writes_them() -> None:
    drawn = HeatMap(1, 5, (1.0, -0.0, 20.0, NAN, INF), ("1", "5"))
    assert cell_size(drawn).numbers == ("1.", "0.", "20.", "NaN", "∞")
    assert cell_size(HeatMap(1, 2, (1.0, 0.5), ("1", "2"))).numbers == ("1.00", "0.50")


def test_few_cells_have_numbers_and_many_have_none() -> None:
    assert len(cell_size(heat(6, 6)).numbers) == 36
    assert not cell_size(heat(6, 7)).numbers


def test_numbers_that_do_not_fit_are_left_out() -> None:
    assert not cell_size(heat(1, 36)).numbers
    assert len(cell_size(HeatMap(1, 12, (1,) * 12, ("1", "12"), whole=True)).numbers) == 12


@pytest.mark.parametrize("rows", [1, 5, 24, 64])
@pytest.mark.parametrize("columns", [1, 5, 24, 64])
def test_cells_are_equal_and_fill_their_picture(rows: int, columns: int) -> None:
    drawn = cells(heat(rows, columns))
    assert drawn.box.width % columns == 0
    assert drawn.box.height % rows == 0
    assert drawn.box.width <= 690
    assert drawn.box.height <= 560
    assert len(drawn.colours) == rows * columns * 3


def test_each_strange_number_carries_a_mark() -> None:
    drawn = cells(heat(24, 24, NAN, 1.0, INF, -INF))
    assert drawn.signs == ((0, "nan"), (2, "+inf"), (3, "-inf"))


def test_an_image_keeps_its_pixels_as_they_are() -> None:
    shown = image(28)
    drawn = cells(shown)
    assert drawn.colours == shown.data
    assert drawn.box.width == drawn.box.height >= 28 * 8


def test_a_grey_image_is_grey() -> None:
    drawn = cells(Pixels(2, 1, 1, bytes([7, 200]), ("1", "2")))
    assert drawn.colours == bytes([7, 7, 7, 200, 200, 200])


def test_a_number_reads_on_every_colour_a_cell_can_have() -> None:
    def light(colour: tuple[int, ...]) -> float:
        parts = [math.pow(part / 255, 2.2) for part in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    grounds = [*colours(*np.linspace(-1, 1, 200)), *colours(*np.linspace(0, 1, 200)), MAGENTA]
    for ground in grounds:
        ink = ink_on((ground[0], ground[1], ground[2]))
        bright, dark = sorted((light(ink), light(ground)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, (ground, ink)
