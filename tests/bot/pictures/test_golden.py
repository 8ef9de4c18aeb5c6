"""Golden pictures; after a change that is meant, `python -m tests.bot.pictures.renew`, and look."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bot.pictures.draw import draw
from tests.bot.pictures.renew import FOLDER
from tests.bot.pictures.samples import CARD, GOLDEN

TILE = 4
FAR = 50
"""Of 255, by which the mean colour of 4 by 4 pixels may differ: edges may be smoothed otherwise,
as another FreeType would, but no letter may be another."""


def difference(one: Image.Image, other: Image.Image) -> int:
    """Return how far the most different tiles are apart; 255 for different sizes."""
    if one.size != other.size:
        return 255
    tiles = (np.asarray(picture.reduce(TILE), np.int16) for picture in (one, other))
    return int(np.abs(np.subtract(*tiles)).max())


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("name", GOLDEN)
def test_pictures_look_as_they_did_when_somebody_last_looked_at_them(name: str) -> None:
    golden = opened((FOLDER / f"{name}.png").read_bytes())
    assert difference(opened(draw(GOLDEN[name])), golden) <= FAR


def test_there_is_no_golden_picture_of_nothing() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(GOLDEN)


def test_golden_pictures_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 400_000


def test_the_tolerance_tells_one_digit_from_another() -> None:
    first, second = CARD.panels
    other = replace(first, statistics=first.statistics.replace("1.79", "1.70"))
    changed = opened(draw(replace(CARD, panels=(other, second))))
    assert difference(changed, opened(draw(CARD))) > FAR


def test_the_tolerance_overlooks_what_smoothing_does() -> None:
    picture = opened(draw(CARD))
    width, height = picture.size
    smooth = picture.resize((width * 3, height * 3)).resize(picture.size)
    assert smooth.tobytes() != picture.tobytes()
    assert difference(smooth, picture) <= FAR


@pytest.mark.parametrize("name", GOLDEN)
def test_pictures_are_opaque_and_set_off_from_dark_and_light_chats(name: str) -> None:
    picture = Image.open(io.BytesIO(draw(GOLDEN[name])))
    assert picture.mode in {"RGB", "P"}
    assert "transparency" not in picture.info
    rim = picture.convert("L").getpixel((0, picture.height // 2))
    ground = picture.convert("L").getpixel((5, 5))
    assert isinstance(rim, int)
    assert isinstance(ground, int)
    assert ground + 40 < rim < 160
