"""Draws pictures on a terminal with 24-bit colour: two pixels to a letter cell, one above the other."""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.platforms.console.cells import Line, Span, own
from bot.tutor.drawing import Card, HeatMap, Pixels

LEAST_COLUMNS = 40
"""A narrower screen shows no picture that one could recognise."""

MOST_COLUMNS = 72
MOST_LINES = 28
MOST_PIXELS = 16_000_000
"""Larger pictures are not even decoded."""

MARGIN = "    "
_LARGE_CELLS = 12
_UPPER_HALF = "▀"

Colour = tuple[int, int, int]

_NAN: Colour = (232, 28, 232)
_INFINITE: Colour = (0, 0, 0)
_BELOW: Colour = (33, 102, 172)
_ZERO: Colour = (246, 246, 246)
_ABOVE: Colour = (178, 24, 43)
_SMALL: Colour = (0, 42, 99)
_LARGE: Colour = (251, 227, 75)


@dataclass(frozen=True, slots=True)
class Raster:
    """Pixels, 8-bit RGB row by row."""

    width: int
    height: int
    rgb: bytes

    def at(self, x: int, y: int) -> Colour | None:
        """Return the colour of a pixel, None below the last row."""
        if y >= self.height:
            return None
        start = 3 * (y * self.width + x)
        return self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]


def of_png(png: bytes, columns: int) -> list[Line]:
    """Return a picture as lines that fit a screen of so many columns; none if it cannot be read."""
    raster = _decoded(png, min(columns - len(MARGIN), MOST_COLUMNS), 2 * MOST_LINES)
    return half_blocks(raster) if raster else []


def _decoded(png: bytes, width: int, height: int) -> Raster | None:
    # Imported by the first picture: the console opens without Pillow.
    from PIL import Image as Picture  # noqa: PLC0415

    try:
        with Picture.open(io.BytesIO(png), formats=("PNG", "JPEG", "GIF", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            whole = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for what is no picture
        return None
    ground = Picture.new("RGBA", whole.size, "white")
    picture = Picture.alpha_composite(ground, whole).convert("RGB")
    picture.thumbnail((width, height))
    return Raster(picture.width, picture.height, picture.tobytes())


def of_card(card: Card, columns: int) -> list[Line]:
    """Return the heat maps and previews of a card, each under the name of its tensor."""
    lines: list[Line] = []
    for panel in card.panels:
        raster = _raster(panel.picture)
        if raster is not None and raster.width <= columns - len(MARGIN):
            lines += [(Span("  "), Span(own(panel.name), "bold")), *half_blocks(raster)]
    legend = own(card.legend)
    return [*lines, (Span("  "), Span(legend, "dim"))] if lines and legend else lines


def _raster(picture: HeatMap | Pixels | None) -> Raster | None:
    match picture:
        case HeatMap():
            return _heat(picture) if len(picture.values) > 1 else None
        case Pixels():
            return _enlarged(_preview(picture))
        case None:
            return None


def half_blocks(raster: Raster) -> list[Line]:
    """Return the lines of a raster."""
    return [(Span(MARGIN), *_line(raster, y)) for y in range(0, raster.height, 2)]


def _line(raster: Raster, y: int) -> Iterator[Span]:
    """Yield a line, with neighbours of the same colours in one span."""
    styles = (_style(raster, x, y) for x in range(raster.width))
    for style, same in groupby(styles):
        yield Span(_UPPER_HALF * sum(1 for _ in same), style)


def _style(raster: Raster, x: int, y: int) -> str:
    above, below = raster.at(x, y), raster.at(x, y + 1)
    ground = "" if below is None else ";48;2;{};{};{}".format(*below)
    return "38;2;{};{};{}".format(*(above or _INFINITE)) + ground


# Numbers ----------------------------------------------------------------------------------------


def _heat(heat_map: HeatMap) -> Raster:
    known = [value for value in heat_map.values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    pixels = b"".join(bytes(_colour(value, low, high)) for value in heat_map.values)
    return _enlarged(Raster(heat_map.columns, heat_map.rows, pixels))


def _colour(value: float, low: float, high: float) -> Colour:
    """Return blue below zero and red above where there are both, else dark to bright."""
    if math.isnan(value):
        return _NAN
    if math.isinf(value):
        return _INFINITE
    if low < 0 < high:
        part = value / max(-low, high)
        return _between(_ZERO, _ABOVE if part > 0 else _BELOW, abs(part))
    span = high / 2 - low / 2  # halves, for the span of two extreme numbers may be infinite
    return _between(_SMALL, _LARGE, (value / 2 - low / 2) / span if span else 0.5)


def _between(first: Colour, last: Colour, part: float) -> Colour:
    red, green, blue = (
        round(one + (other - one) * part) for one, other in zip(first, last, strict=True)
    )
    return red, green, blue


def _preview(pixels: Pixels) -> Raster:
    rgb = pixels.data if pixels.channels == 3 else bytes(v for v in pixels.data for _ in range(3))
    return Raster(pixels.width, pixels.height, rgb)


def _enlarged(raster: Raster) -> Raster:
    """Return a small raster with every pixel doubled."""
    if max(raster.width, raster.height) > _LARGE_CELLS:
        return raster
    rows = (_row(raster, y) for y in range(raster.height) for _ in range(2))
    return Raster(2 * raster.width, 2 * raster.height, b"".join(rows))


def _row(raster: Raster, y: int) -> bytes:
    colours: Sequence[Colour | None] = [raster.at(x, y) for x in range(raster.width)]
    return b"".join(2 * bytes(colour) for colour in colours if colour)
