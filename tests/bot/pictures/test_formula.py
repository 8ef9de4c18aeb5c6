import numpy as np
import pytest
from PIL import Image

from bot.pictures.formula import formula
from bot.pictures.palette import GROUND
from bot.tutor.drawing import Formula


def inked(latex: str) -> Image.Image:
    """Return where the formula has ink, cut out, as black (0) and white (255)."""
    picture = np.asarray(formula(Formula(latex)), np.int16)[4:-4, 4:-4]
    covered = np.abs(picture - np.array(GROUND)).max(axis=2) > 100
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    found = covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Image.fromarray((found * 255).astype(np.uint8))


def test_letters_with_holes_stay_open() -> None:
    zero = inked("0")
    assert zero.getpixel((zero.width // 2, zero.height // 2)) == 0
    assert zero.getpixel((2, zero.height // 2)) == 255


def test_letters_without_holes_are_filled() -> None:
    bar = inked("|")
    assert np.asarray(bar).mean() > 200


def test_a_fraction_is_taller_than_a_number_and_has_a_line() -> None:
    fraction = inked(r"\frac{1}{2}")
    assert fraction.height > 2 * inked("1").height
    assert any(np.asarray(fraction)[row].all() for row in range(fraction.height))


def test_what_is_crossed_out_is_crossed_out() -> None:
    plain, crossed = np.asarray(inked("y")), np.asarray(inked(r"\cancel{y}"))
    assert (crossed > 0).sum() > (plain > 0).sum()


def test_a_wide_formula_has_smaller_letters_before_it_makes_the_picture_wider() -> None:
    narrow, wide = inked("x"), formula(Formula(" + ".join(["xyzabc"] * 4)))
    assert wide.width <= 760
    assert formula(Formula(" + ".join(["xyzabc"] * 5))).width <= 1140
    assert narrow.height > 0


def test_a_short_formula_is_not_blown_up_by_a_chat() -> None:
    assert formula(Formula("x")).width == 380


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{aligned} z &= xW^\top + b \\ a &= \mathrm{ReLU}(z) \end{aligned}",
        r"f(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}",
        r"W \in \mathbb{R}^{m \times n}, \quad \mathcal{L} = -\log p(y \mid x)",
        r"\theta_{t+1} = \theta_t - \eta \nabla_\theta \mathcal{L}(\theta_t)",
        r"\underbrace{a+b}_{n} \overline{x} \vec{v} \boxed{q}",
        "(m, k) × (k, n) → (m, n)",
    ],
)
def test_the_math_of_lessons_can_be_set(latex: str) -> None:
    assert np.asarray(inked(latex)).any()
